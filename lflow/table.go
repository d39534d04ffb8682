package lflow

import (
	"cmp"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/ovnwalk/ovnwalk/packet"
)

// source is a datapath or a group of datapaths under which flows are listed.
type source struct {
	rows []flowRow

	once   sync.Once
	tables []*table // in the order of their places

	compiled *compiledSource // the tables in an index, or nil
}

// table is the flows of a source in one place.
type table struct {
	n      *Network
	place  place
	rows   []flowRow // once sorted, in the order in which they are tried
	sorted bool      // whether they were sorted in an index

	once  sync.Once
	flows []atomic.Pointer[Flow] // made on first use

	compiled *compiledTable // the table's classifier in an index, or nil

	work       atomic.Int64 // number of flows that lookups tried one by one
	classifier atomic.Pointer[classifier]
}

// at returns the source's flows in a place, or nil.
func (s *source) at(n *Network, at place) *table {
	s.once.Do(func() { s.split(n) })
	i, ok := slices.BinarySearchFunc(s.tables, at, func(t *table, at place) int { return cmp.Compare(t.place, at) })
	if !ok {
		return nil
	}
	return s.tables[i]
}

// split sorts the source's rows into tables.
func (s *source) split(n *Network) {
	if s.compiled != nil {
		s.restore(n)
		return
	}
	slices.SortFunc(s.rows, func(a, b flowRow) int { return cmp.Compare(a.place, b.place) })
	for from := 0; from < len(s.rows); {
		to := from + 1
		for to < len(s.rows) && s.rows[to].place == s.rows[from].place {
			to++
		}
		s.tables = append(s.tables, &table{n: n, place: s.rows[from].place, rows: s.rows[from:to:to]})
		from = to
	}
}

// sort sorts the table's rows in the order in which they are tried.
func (t *table) sort() {
	t.once.Do(func() {
		if left := t.n.leftOut(); left != nil && slices.ContainsFunc(t.rows, left) {
			t.rows, t.compiled = slices.DeleteFunc(slices.Clone(t.rows), left), nil
		}
		t.flows = make([]atomic.Pointer[Flow], len(t.rows))
		if t.sorted {
			if t.compiled != nil {
				t.restore()
			}
			return
		}
		slices.SortFunc(t.rows, func(a, b flowRow) int {
			if c := cmp.Or(cmp.Compare(b.priority, a.priority), cmp.Compare(a.order, b.order)); c != 0 {
				return c
			}
			return t.n.uuid(a).Compare(t.n.uuid(b))
		})
	})
}

// forget releases the table's flows and its classifier, which are made again on next use.
func (t *table) forget() {
	clear(t.flows)
	t.classifier.Store(nil)
}

// flow returns the i-th flow in the order in which they are tried.
func (t *table) flow(i int) *Flow {
	if f := t.flows[i].Load(); f != nil {
		return f
	}
	f := t.n.newFlow(&t.rows[i])
	if !t.flows[i].CompareAndSwap(nil, f) {
		return t.flows[i].Load()
	}
	return f
}

// newFlow makes the flow of a row. A row in two sources has one flow.
func (n *Network) newFlow(r *flowRow) *Flow {
	row := n.flows.rows.At(r.slot)
	f := &Flow{
		UUID: UUID(row.UUID()), Pipeline: r.place.pipeline(), Table: r.place.table(), Priority: int(r.priority),
		n: n, row: row, order: r.order,
	}
	if r.twice == 0 {
		return f
	}
	n.flows.mu.Lock()
	defer n.flows.mu.Unlock()
	if known := n.flows.twice[r.slot]; known != nil {
		return known
	}
	n.flows.twice[r.slot] = f
	return f
}

// try searches the table for a packet's flow: by hash after enough lookups, else one flow after
// the other.
func (t *table) try(p *packet.Packet, d *Datapath, h *lookup) {
	if c := t.classifier.Load(); c != nil {
		c.try(p, d, h)
		return
	}
	t.sort()
	tried := 0
	for ; tried < len(t.rows); tried++ {
		if h.decided(int(t.rows[tried].priority)) {
			break
		}
		h.try(t.flow(tried), p, d)
	}
	if len(t.rows) >= manyFlows && t.work.Add(int64(tried)) > scansBeforeIndex*int64(len(t.rows)) {
		t.classify()
	}
}

const (
	// manyFlows is the number of flows from which a table may be hashed.
	manyFlows = 12

	// scansBeforeIndex is the number of scans of a table before its flows are hashed, which
	// reads all of them.
	scansBeforeIndex = 3
)
