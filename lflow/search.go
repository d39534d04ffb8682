package lflow

import (
	"cmp"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
	"github.com/ovnwalk/ovnwalk/trace"
)

// Found is a result of a search.
type Found struct {
	Flow      *Flow
	Datapaths []*Datapath // those that have the flow, in the network's order
}

// FlowRow is a row of table Logical_Flow, for a search.
type FlowRow struct {
	n   *Network
	row ovsdb.Row
	at  *flowRow // nil if the row was not looked up in the index
	has []*Datapath
}

// indexed returns the index's data of the row.
func (r FlowRow) indexed() *flowRow {
	if r.at != nil {
		return r.at
	}
	at := r.n.flows.places.row(r.row)
	return &at.flowRow
}

// Datapaths returns the datapaths that have the flow, in the network's order.  Rows
// with the same datapaths may share the slice, which the caller must not change.
func (r FlowRow) Datapaths() []*Datapath {
	if r.at != nil {
		return r.has
	}
	var list []*Datapath
	add := func(u ovsdb.UUID) {
		if d := r.n.datapath[u]; d != nil {
			list = append(list, d)
		}
	}
	at := r.n.flows.places.row(r.row)
	if at.hasDP {
		add(at.dp)
	}
	groups := r.n.db.Table("Logical_DP_Group")
	if group, ok := groups.Get(at.group); ok && at.hasGroup {
		members, _ := groups.Col("datapaths")
		for _, u := range group.Refs(members) {
			add(u)
		}
	}
	return union(list, nil)
}

// Pipeline returns the pipeline that the flow is in.
func (r FlowRow) Pipeline() Pipeline { return r.indexed().place.pipeline() }

// Table returns the number of the flow's table.
func (r FlowRow) Table() int { return r.indexed().place.table() }

// Priority returns the flow's priority.
func (r FlowRow) Priority() int { return int(r.indexed().priority) }

// Stage returns the name of the flow's stage, or "".
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

// Flow returns the flow of the row.
func (r FlowRow) Flow() *Flow { return r.n.newFlow(r.indexed()) }

// Rows yields the rows of all flows, including those without a datapath, in the order of the
// source. It is faster than Search, which sorts them.
func (n *Network) Rows() iter.Seq[FlowRow] {
	return func(yield func(FlowRow) bool) {
		for r := range n.flows.rows.Unsorted() {
			if !yield(FlowRow{n: n, row: r}) {
				return
			}
		}
	}
}

// Search returns the flows for which is returns true, sorted by datapath, pipeline, table and
// priority. It parses none.
func (n *Network) Search(is func(FlowRow) bool) []Found {
	var all []*table
	has := map[*table][]*Datapath{}
	for _, u := range n.usedTables() {
		all = append(all, u.tables...)
		for _, t := range u.tables {
			has[t] = u.has
		}
	}
	return n.search(all, has, is)
}

// EachTable calls visit for each table that has flows, ingress first, with the flows of
// all datapaths as Search returns them.  It keeps no flow after the call, so that a
// network of half a million flows takes little memory.
func (n *Network) EachTable(visit func(p Pipeline, table int, flows []Found)) {
	at := map[place][]*table{}
	has := map[*table][]*Datapath{}
	for _, u := range n.usedTables() {
		for _, t := range u.tables {
			at[t.place] = append(at[t.place], t)
			has[t] = u.has
		}
	}
	for _, p := range slices.Sorted(maps.Keys(at)) {
		visit(p.pipeline(), p.table(), n.search(at[p], has, func(FlowRow) bool { return true }))
	}
}

// usedSource is a source and the datapaths that have its flows.
type usedSource struct {
	*source
	has []*Datapath
}

// usedTables returns the sources of datapaths, split into tables.
func (n *Network) usedTables() (out []usedSource) {
	place := map[*source]int{}
	for _, d := range n.Datapaths {
		for _, s := range d.sources {
			i, ok := place[s]
			if !ok {
				i = len(out)
				place[s] = i
				out = append(out, usedSource{source: s})
				s.once.Do(func() { s.split(n) })
			}
			out[i].has = append(out[i].has, d)
		}
	}
	return out
}

// search returns the flows of tables for which is returns true.
func (n *Network) search(tables []*table, has map[*table][]*Datapath, is func(FlowRow) bool) (out []Found) {
	twice := map[*Flow]int{} // flows that two sources list
	for _, t := range tables {
		t.sort()
		for k := range t.rows {
			r := &t.rows[k]
			if !is(FlowRow{n, n.flows.rows.At(r.slot), r, has[t]}) {
				continue
			}
			f := n.newFlow(r)
			if i, ok := twice[f]; ok {
				out[i].Datapaths = union(out[i].Datapaths, has[t])
				continue
			}
			if r.twice != 0 {
				twice[f] = len(out)
			}
			out = append(out, Found{f, has[t]})
		}
	}
	slices.SortFunc(out, func(a, b Found) int {
		return cmp.Or(cmp.Compare(a.Datapaths[0].Index, b.Datapaths[0].Index), cmp.Compare(a.Flow.Pipeline, b.Flow.Pipeline),
			cmp.Compare(a.Flow.Table, b.Flow.Table), cmp.Compare(b.Flow.Priority, a.Flow.Priority), before(a.Flow, b.Flow))
	})
	return out
}

// union returns the datapaths that are in either list, in the network's order.
func union(a, b []*Datapath) []*Datapath {
	all := slices.Concat(a, b)
	slices.SortFunc(all, func(a, b *Datapath) int { return cmp.Compare(a.Index, b.Index) })
	return slices.Compact(all)
}

// DatapathOf returns the datapath with a tunnel key; ok is false if there is none.
func (n *Network) DatapathOf(key int64) (d *Datapath, ok bool) {
	i := slices.IndexFunc(n.Datapaths, func(d *Datapath) bool { return d.TunnelKey == key })
	if i < 0 {
		return nil, false
	}
	return n.Datapaths[i], true
}

// DatapathOfRef returns the datapath to which a trace refers: the one with the
// UUID of r or, if r has none, with its tunnel key.  ok is false if r is nil or
// refers to a datapath of another network.
func (n *Network) DatapathOfRef(r *trace.DatapathRef) (d *Datapath, ok bool) {
	switch {
	case r == nil:
		return nil, false
	case r.UUID == "":
		return n.DatapathOf(r.Key)
	}
	u, err := ovsdb.ParseUUID(r.UUID)
	if err != nil {
		return nil, false
	}
	d, ok = n.datapath[u]
	return d, ok
}

// FlowEnv returns the environment for parsing the matches of flows.
func (n *Network) FlowEnv() expr.Env { return n.flowEnv() }

// Binder returns the Binder for compiling a match, which resolves the names of ports and port
// groups.
func (n *Network) Binder() expr.Binder { return binder{n: n} }

// ParsedMatch returns the text of the flow's match that is parsed: with the values of its
// template variables.
func (f *Flow) ParsedMatch() (string, error) {
	text := f.MatchText()
	if f.n.vars != nil && strings.Contains(text, "^") {
		text = f.expandShown(text)
	}
	return f.expand(text)
}
