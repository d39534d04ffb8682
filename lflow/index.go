package lflow

import (
	"cmp"
	"slices"
	"sync"

	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
	"github.com/ovnwalk/ovnwalk/packet"
)

// flowIndex finds the flows of a datapath without looking at all of them.
type flowIndex struct {
	match, actions, ids ovsdb.Col

	mask  uint32 // of the real tool's hash table of flows
	count int
	bySrc map[ovsdb.UUID][]flowRow // by datapath or by group of datapaths
	of    map[ovsdb.UUID][]ovsdb.UUID
	mu    sync.Mutex
	byRow map[ovsdb.UUID]*Flow
}

// flowRow is what sorting flows takes.
type flowRow struct {
	row      ovsdb.Row
	place    place
	priority int32
	order    uint32 // where the real tool's hash table has it
}

// place is a table of a pipeline.
type place struct {
	pipeline Pipeline
	table    uint8
}

// tableSet is the flows of a datapath, by table.
type tableSet struct {
	once sync.Once
	at   map[place]*table
}

// table is the flows of one table, the one that wins first.
type table struct {
	rows  []flowRow
	flows []*Flow
}

func (x *flowIndex) load(n *Network) {
	groups := n.db.Table("Logical_DP_Group")
	members, _ := groups.Col("datapaths")
	x.of = map[ovsdb.UUID][]ovsdb.UUID{} // datapath -> what its flows are listed under
	for r := range groups.Unsorted() {
		for _, u := range r.Refs(members) {
			if n.datapath[u] == nil {
				n.warn("Logical_DP_Group %s: no Datapath_Binding %s", r.UUID(), u)
				continue
			}
			x.of[u] = append(x.of[u], r.UUID())
		}
	}
	t := n.db.Table("Logical_Flow")
	x.match, _ = t.Col("match")
	x.actions, _ = t.Col("actions")
	x.ids, _ = t.Col("external_ids")
	dp, _ := t.Col("logical_datapath")
	group, _ := t.Col("logical_dp_group")
	pipeline, _ := t.Col("pipeline")
	tableID, _ := t.Col("table_id")
	priority, _ := t.Col("priority")
	x.count = t.Len()
	x.mask = hashMask(x.count)
	x.bySrc = map[ovsdb.UUID][]flowRow{}
	x.byRow = map[ovsdb.UUID]*Flow{}
	for r := range t.Unsorted() {
		fr := flowRow{row: r, priority: int32(r.Int(priority)), order: r.UUID().Prefix() & x.mask}
		fr.place.table = uint8(r.Int(tableID))
		if r.String(pipeline) == "egress" {
			fr.place.pipeline = Egress
		}
		d, hasDP := r.Ref(dp)
		g, hasGroup := r.Ref(group)
		if hasDP {
			if n.datapath[d] == nil {
				n.warn("Logical_Flow %s: no Datapath_Binding %s: logical flow missing datapath", r.UUID(), d)
			}
			x.bySrc[d] = append(x.bySrc[d], fr)
		}
		if hasGroup {
			if _, ok := groups.Get(g); !ok {
				n.warn("Logical_Flow %s: no Logical_DP_Group %s", r.UUID(), g)
			}
			x.bySrc[g] = append(x.bySrc[g], fr)
		}
		if !hasDP && !hasGroup {
			n.warn("Logical_Flow %s: logical flow missing datapath", r.UUID())
		}
	}
}

// FlowCount returns how many logical flows the database has.
func (n *Network) FlowCount() int { return n.flows.count }

// tablesOf sorts a datapath's flows into its tables.
func (n *Network) tablesOf(d *Datapath) map[place]*table {
	d.tables.once.Do(func() {
		at := map[place]*table{}
		add := func(rows []flowRow) {
			for _, r := range rows {
				t := at[r.place]
				if t == nil {
					t = &table{}
					at[r.place] = t
				}
				t.rows = append(t.rows, r)
			}
		}
		add(n.flows.bySrc[d.uuid])
		for _, g := range n.flows.of[d.uuid] {
			add(n.flows.bySrc[g])
		}
		for _, t := range at {
			slices.SortFunc(t.rows, func(a, b flowRow) int {
				return cmp.Or(cmp.Compare(b.priority, a.priority), cmp.Compare(a.order, b.order), compareUUID(a.row.UUID(), b.row.UUID()))
			})
			t.rows = slices.CompactFunc(t.rows, func(a, b flowRow) bool { return a.row.UUID() == b.row.UUID() })
		}
		n.flows.mu.Lock()
		defer n.flows.mu.Unlock()
		for _, t := range at {
			t.flows = make([]*Flow, len(t.rows))
			for i, r := range t.rows {
				t.flows[i] = n.flowOf(r)
			}
		}
		d.tables.at = at
	})
	return d.tables.at
}

// flowOf returns the one Flow of a row.  The index is locked.
func (n *Network) flowOf(r flowRow) *Flow {
	u := r.row.UUID()
	f := n.flows.byRow[u]
	if f == nil {
		f = &Flow{UUID: u, Pipeline: r.place.pipeline, Table: int(r.place.table), Priority: int(r.priority), n: n, row: r.row}
		n.flows.byRow[u] = f
	}
	return f
}

func compareUUID(a, b ovsdb.UUID) int { return slices.Compare(a[:], b[:]) }

// Flows returns the flows of a table, in the order in which they are tried.
// The caller must not change the slice.
func (n *Network) Flows(d *Datapath, p Pipeline, tableID int) []*Flow {
	if t := n.tablesOf(d)[place{p, uint8(tableID)}]; t != nil {
		return t.flows
	}
	return nil
}

// Hit is what a look-up found.
type Hit struct {
	Flow *Flow // nil where no flow matched

	// Unparsed are flows that do not parse, of a priority at which they could
	// have won.
	Unparsed []*ParseError

	// Rivals are flows of the same priority that match too.
	Rivals []*Flow
}

// Lookup finds the flow that a packet takes in a table: of those that match,
// the first of the highest priority.
func (n *Network) Lookup(d *Datapath, p Pipeline, tableID int, pkt *packet.Packet) (h Hit) {
	flows := n.Flows(d, p, tableID)
	for i, f := range flows {
		if h.Flow != nil && f.Priority != h.Flow.Priority {
			break
		}
		matched := f.Match(pkt, d)
		if f.err != nil || matched && len(f.bound) > 0 {
			if err, ok := f.Err(d).(*ParseError); ok {
				h.Unparsed = append(h.Unparsed, err)
				continue
			}
		}
		switch {
		case !matched:
		case h.Flow == nil:
			h.Flow = flows[i]
		default:
			h.Rivals = append(h.Rivals, f)
		}
	}
	return h
}

// Stage returns the name of a table's stage, as its first flow has it; "" where
// none tells.
func (n *Network) Stage(d *Datapath, p Pipeline, tableID int) string {
	for _, f := range n.Flows(d, p, tableID) {
		if f.Err(d) == nil {
			return f.Stage()
		}
	}
	return ""
}
