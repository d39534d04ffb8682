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

	compiled *compiledSource // where an index has the tables, else nil
}

// table is the flows that a source has in one place.
type table struct {
	n      *Network
	place  place
	rows   []flowRow // once sorted, the one that wins first
	sorted bool      // whether an index had them sorted

	once  sync.Once
	flows []atomic.Pointer[Flow] // made when they are first asked for

	compiled *compiledTable // where an index has the table's classifier, else nil

	work       atomic.Int64 // flows that lookups tried one by one
	classifier atomic.Pointer[classifier]
}

// at returns the source's flows in a place, nil where it has none.
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

// sort puts the table's rows in the order in which they are tried.
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

// forget releases the table's flows and its classifier, which are made again when
// they are needed.
func (t *table) forget() {
	clear(t.flows)
	t.classifier.Store(nil)
}

// flow returns the i-th flow that is tried.
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

// newFlow makes the flow of a row; a row that two sources list has only one.
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

// try looks for a packet's flow in the table: by hash once that pays, else one
// flow after the other.
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
	// manyFlows is how many flows a hash table is worth while for.
	manyFlows = 12

	// scansBeforeIndex is how often a table's flows may be gone through one by one
	// before they are all read for a hash table.
	scansBeforeIndex = 3
)
