package vet

import (
	"fmt"

	"github.com/ovnwalk/ovnwalk/expr/action"
	"github.com/ovnwalk/ovnwalk/internal/northd"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// tableKey is a table of a datapath's pipeline.
type tableKey struct {
	pipeline lflow.Pipeline
	table    int
}

// nexts reports actions that continue in a table in which a datapath has no flow. An action with a table
// beyond the pipeline's last one does not parse, which is reported elsewhere.
func (v *checker) nexts(flows []*flow) {
	filled := map[tableKey][]bool{} // by the index of the datapath
	for _, f := range flows {
		at := tableKey{f.Pipeline, f.Table}
		if filled[at] == nil {
			filled[at] = make([]bool, len(v.n.Datapaths))
		}
		for _, d := range f.on.List {
			filled[at][d.Index] = true
		}
	}
	for _, f := range flows {
		seen := map[tableKey]bool{}
		eachNext(f.Pipeline, f.actions.List, func(to tableKey) {
			if seen[to] {
				return
			}
			seen[to] = true
			there := filled[to]
			var lacking []string
			for _, d := range f.on.List {
				if there == nil || !there[d.Index] {
					lacking = append(lacking, d.DisplayName(true))
				}
			}
			if lacking == nil {
				return
			}
			v.add(Finding{
				Code: NextEmpty, KnownReason: northd.NextReason(f.Stage()), Flows: []Where{where(f.Flow)}, Datapaths: lacking, Text: f.texts[1], End: len(f.texts[1]),
				Message: fmt.Sprintf("the actions go on to %s table %d, which has no flow on %s", to.pipeline, to.table, onText(lacking)),
			})
		})
	}
}

// eachNext calls f for every table to which actions in a pipeline lead.
func eachNext(in lflow.Pipeline, list []action.Action, f func(tableKey)) {
	for _, a := range list {
		if pipeline, table, ok := action.NextTable(a, in); ok {
			f(tableKey{pipeline, table})
		}
		if n, ok := a.(*action.Nested); ok {
			eachNext(in, n.List, f)
		}
	}
}
