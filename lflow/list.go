package lflow

import (
	"cmp"
	"iter"
	"slices"
)

// ExternalID returns a value of the datapath's external_ids, such as name.
func (d *Datapath) ExternalID(key string) (string, bool) {
	c, ok := d.row.Table().Col("external_ids")
	if !ok {
		return "", false
	}
	return d.row.MapGet(c, key)
}

// ListFlows yields the flows of a datapath in the order of "ovn-sbctl lflow-list": by pipeline,
// table, descending priority, match and actions. It does not keep them, so that listing a large
// network takes little memory.
func (n *Network) ListFlows(d *Datapath) iter.Seq[*Flow] {
	return func(yield func(*Flow) bool) {
		at := map[place][]*table{}
		for _, s := range d.sources {
			s.once.Do(func() { s.split(n) })
			for _, t := range s.tables {
				t.sort()
				at[t.rows[0].place] = append(at[t.rows[0].place], t)
			}
		}
		places := make([]place, 0, len(at))
		for p := range at {
			places = append(places, p)
		}
		slices.Sort(places)
		for _, p := range places {
			for _, f := range n.listFlows(at[p]) {
				if !yield(f) {
					return
				}
			}
		}
	}
}

// listFlows returns the flows of tables in the order of a list.
func (n *Network) listFlows(tables []*table) []*Flow {
	type entry struct {
		flow           *Flow
		match, actions string
	}
	var all []entry
	for _, t := range tables {
		for i := range t.rows {
			f := n.newFlow(&t.rows[i])
			all = append(all, entry{f, f.MatchText(), f.ActionsText()})
		}
	}
	slices.SortFunc(all, func(a, b entry) int {
		return cmp.Or(cmp.Compare(b.flow.Priority, a.flow.Priority), cmp.Compare(a.match, b.match), cmp.Compare(a.actions, b.actions), before(a.flow, b.flow))
	})
	flows := make([]*Flow, len(all))
	for i, e := range all {
		flows[i] = e.flow
	}
	return slices.Compact(flows)
}
