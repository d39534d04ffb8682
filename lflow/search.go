package lflow

import (
	"cmp"
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
)

// Found is a flow that a search found.
type Found struct {
	Flow      *Flow
	Datapaths []*Datapath // those that have the flow, in the network's order
}

// FlowRow is a row of table Logical_Flow, for a search.
type FlowRow struct {
	n   *Network
	row ovsdb.Row
	at  *flowRow
	has []*Datapath
}

// Datapaths returns the datapaths that have the flow, in the network's order.  Rows
// with the same datapaths share the slice, which the caller must not change.
func (r FlowRow) Datapaths() []*Datapath { return r.has }

// Pipeline returns the pipeline that the flow is in.
func (r FlowRow) Pipeline() Pipeline { return r.at.place.pipeline() }

// Table returns the number of the flow's table.
func (r FlowRow) Table() int { return r.at.place.table() }

// Priority returns the flow's priority.
func (r FlowRow) Priority() int { return int(r.at.priority) }

// Stage returns the name of the flow's stage, "" where the database does not say.
func (r FlowRow) Stage() string {
	s, _ := r.row.MapGet(r.n.flows.ids, "stage-name")
	return s
}

// UUID returns the row's UUID.
func (r FlowRow) UUID() UUID { return UUID(r.row.UUID()) }

// Match returns the flow's match as the database has it.
func (r FlowRow) Match() string { return r.row.String(r.n.flows.match) }

// Actions returns the flow's actions as the database has them.
func (r FlowRow) Actions() string { return r.row.String(r.n.flows.actions) }

// Search returns the flows that are what is looked for, in the order of their
// datapaths, pipelines, tables and priorities.  It parses none.
func (n *Network) Search(is func(FlowRow) bool) []Found {
	var out []Found
	for i := range n.flows.sources {
		s := &n.flows.sources[i]
		has := n.datapathsOf(s)
		if len(has) == 0 {
			continue
		}
		s.once.Do(func() { s.split(n) })
		for _, t := range s.tables {
			t.sort()
			for k := range t.rows {
				if is(FlowRow{n, n.flows.rows.At(t.rows[k].slot), &t.rows[k], has}) {
					out = append(out, Found{n.newFlow(&t.rows[k]), has})
				}
			}
		}
	}
	slices.SortFunc(out, func(a, b Found) int {
		return cmp.Or(cmp.Compare(a.Datapaths[0].Index, b.Datapaths[0].Index), cmp.Compare(a.Flow.Pipeline, b.Flow.Pipeline),
			cmp.Compare(a.Flow.Table, b.Flow.Table), cmp.Compare(b.Flow.Priority, a.Flow.Priority), before(a.Flow, b.Flow))
	})
	return out
}

// datapathsOf returns the datapaths that have a source's flows.
func (n *Network) datapathsOf(s *source) (out []*Datapath) {
	for _, d := range n.Datapaths {
		if slices.Contains(d.sources, s) {
			out = append(out, d)
		}
	}
	return out
}

// DatapathOf returns the datapath of a tunnel key, nil where there is none.
func (n *Network) DatapathOf(key int64) *Datapath {
	for _, d := range n.Datapaths {
		if d.TunnelKey == key {
			return d
		}
	}
	return nil
}

// FlowEnv returns what gives the names in flows' matches their meaning.
func (n *Network) FlowEnv() expr.Env { return n.flowEnv() }

// Binder returns what resolves the names of ports and port groups in a match,
// lead when it is compiled.
func (n *Network) Binder() expr.Binder { return binder{n} }

// ParsedMatch returns the flow's match as it is parsed: with the values of its
// template variables, if it has any.
func (f *Flow) ParsedMatch() (string, error) {
	text := f.MatchText()
	if f.n.chassis != nil && strings.Contains(text, "^") {
		text = f.expandShown(text)
	}
	return f.expand(text)
}
