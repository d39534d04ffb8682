package lflow

import (
	"cmp"
	"slices"
	"sync/atomic"

	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
)

// stage is a table of a datapath's pipeline, with the flows of the datapath and of its groups.
type stage struct {
	passThrough *Flow        // the only flow, if it matches every packet
	skip        atomic.Int32 // one more than the result of SkipPassThrough; 0 if unknown
	flows       []*Flow      // all of them in order, if they are few
	tables      []*table     // else their tables, sorted by descending priority
	ranked      []ranked     // the flows or the tables, in order
	all         atomic.Pointer[[]*Flow]
	rows        int          // of its tables
	lookups     atomic.Int32 // see countSteps
	steps       atomic.Int64
	screened    atomic.Pointer[[]screened]
}

// ranked is a flow with its priority, or a table with its highest one.
type ranked struct {
	priority int
	flow     *Flow
	table    *table
}

// fewFlows is the number of flows of a stage up to which they are merged into one list.
const fewFlows = manyFlows

// stage returns a table of a datapath's pipeline, or nil if it has no flows.
func (n *Network) stage(d *Datapath, p Pipeline, tableID int) *stage {
	if uint(tableID) >= uint(n.flows.tables) {
		return nil
	}
	at := tableID
	if p == Egress {
		at += n.flows.tables
	}
	if s := d.stages[at].Load(); s != nil {
		return s
	}
	s := n.newStage(d, placeOf(p, tableID))
	if !d.stages[at].CompareAndSwap(nil, s) {
		return d.stages[at].Load()
	}
	return s
}

func (n *Network) newStage(d *Datapath, at place) *stage {
	s := &stage{}
	for _, source := range d.sources {
		if t := source.at(n, at); t != nil {
			t.sort()
			s.rows += len(t.rows)
			s.tables = append(s.tables, t)
		}
	}
	if s.rows <= fewFlows {
		s.flows, s.tables = merge(s.tables), nil
	}
	if len(s.flows) == 1 && s.flows[0].MatchesAll() {
		s.passThrough = s.flows[0]
	}
	for _, f := range s.flows {
		s.ranked = append(s.ranked, ranked{priority: f.Priority, flow: f})
	}
	slices.SortStableFunc(s.tables, func(a, b *table) int { return cmp.Compare(b.rows[0].priority, a.rows[0].priority) })
	for _, t := range s.tables {
		s.ranked = append(s.ranked, ranked{priority: int(t.rows[0].priority), table: t})
	}
	return s
}

// SkipPassThrough returns the first table, from tableID on, that has another effect than sending
// every packet to the next table.
func (n *Network) SkipPassThrough(d *Datapath, p Pipeline, tableID int) int {
	s := n.stage(d, p, tableID)
	if s == nil || s.passThrough == nil {
		return tableID
	}
	if to := s.skip.Load(); to != 0 {
		return int(to) - 1
	}
	to := tableID
	if s.passThrough.IsPassThrough() {
		to = n.SkipPassThrough(d, p, tableID+1)
	}
	s.skip.Store(int32(to) + 1)
	return to
}

// list returns the stage's flows in the order in which they are tried.
func (s *stage) list() []*Flow {
	if s.tables == nil {
		return s.flows
	}
	if all := s.all.Load(); all != nil {
		return *all
	}
	all := merge(s.tables)
	s.all.Store(&all)
	return all
}

// merge returns the flows of several tables in the order in which they are
// tried.
func merge(tables []*table) []*Flow {
	var flows []*Flow
	for _, t := range tables {
		for i := range t.rows {
			flows = append(flows, t.flow(i))
		}
	}
	slices.SortFunc(flows, func(a, b *Flow) int { return cmp.Or(cmp.Compare(b.Priority, a.Priority), before(a, b)) })
	return slices.Compact(flows)
}

// before orders flows of the same priority as ovn-trace does.
func before(a, b *Flow) int {
	return cmp.Or(cmp.Compare(a.order, b.order), a.UUID.Compare(b.UUID))
}

func (n *Network) uuid(r flowRow) ovsdb.UUID { return n.flows.rows.At(r.slot).UUID() }

// Flows returns the flows of a table in the order in which they are tried. The caller must not
// change the slice.
func (n *Network) Flows(d *Datapath, p Pipeline, tableID int) []*Flow {
	s := n.stage(d, p, tableID)
	if s == nil {
		return nil
	}
	return s.list()
}

// Stage returns the name of a table's stage, from its first flow, or "".
func (n *Network) Stage(d *Datapath, p Pipeline, tableID int) string {
	name, _ := n.FindStage(d, p, tableID)
	return name
}

// FindStage is like Stage, and also reports whether the first flow has a name, which may be
// empty.
func (n *Network) FindStage(d *Datapath, p Pipeline, tableID int) (name string, ok bool) {
	for _, f := range n.Flows(d, p, tableID) {
		if f.Err(d) == nil {
			return f.ExternalID("stage-name")
		}
	}
	return "", false
}
