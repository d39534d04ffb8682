package vet

import (
	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/expr/action"
	"github.com/ovnwalk/ovnwalk/internal/shadow"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// flow is a logical flow with all that the checks need of it.  A flow that many
// datapaths share is one.
type flow struct {
	*lflow.Flow
	on     *shadow.Datapaths
	parses *shadow.Datapaths // those on which it parses; a port group may be on some only

	match   expr.Expr // as it is written, nil where the flow does not parse
	actions action.Actions
	texts   [2]string // the texts that were parsed, match and actions
}

// names returns the names of the datapaths that have the flow.
func (f *flow) names() []string {
	out := make([]string, len(f.on.List))
	for i, d := range f.on.List {
		out[i] = d.DisplayName(true)
	}
	return out
}

// gather lists every flow once, in the order of its first datapath, pipeline,
// table and priority.
func (v *checker) gather() (flows []*flow) {
	for _, found := range v.n.Search(func(lflow.FlowRow) bool { return true }) {
		flows = append(flows, &flow{Flow: found.Flow, on: v.sets.Of(found.Datapaths)})
	}
	return flows
}
