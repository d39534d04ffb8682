package diff

import (
	"cmp"
	"fmt"
	"hash/maphash"
	"maps"
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/mmapfault"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/bridge"
	"github.com/ovnwalk/ovnwalk/internal/witness"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// change is a difference between the contents of the two databases: a logical
// flow of one datapath that only one of them has, or one that means something
// else because of a row that it depends on.
type change struct {
	side  int // whose flow it is, 0 for the old database
	d     *lflow.Datapath
	f     *lflow.Flow
	state state

	differs bool // whether a packet that takes the flow shows a difference

	// row is the row on which the flow depends, nil for a flow that only one side
	// has; within are the packets for which it differs, nil for all that it matches.
	row    *rowChange
	within []*witness.Region

	// same are the flows of the other side with the same stage, priority and actions,
	// which only that side has.
	same []*change
}

// state is whether packets cover a change.
type state uint8

const (
	uncovered   state = iota // no packet took the flow
	covered                  // a packet did
	unreachable              // no packet can
	equivalent               // flows of the other side do the same with all its packets
)

// rowChange is a row beside the flows that differs.
type rowChange struct {
	table, key string
	rows       [2]*lflow.Content // nil if a side has none
	columns    []string          // those that differ
	shown      bool              // the report shows the difference, whether packets cover it or not
	depends    []*change         // the flows on which the row has an effect
}

// String returns what differs, for people.
func (r *rowChange) String() string {
	text := r.table + " " + r.key
	switch {
	case r.rows[0] == nil:
		return fmt.Sprintf("%s (%s) is new", text, r.rows[1].UUID)
	case r.rows[1] == nil:
		return fmt.Sprintf("%s (%s) is gone", text, r.rows[0].UUID)
	}
	return fmt.Sprintf("%s (%s): %s differs", text, r.rows[0].UUID, strings.Join(r.columns, ", "))
}

// String returns the flow, for people.
func (c *change) String() string {
	where := "only in the old database"
	if c.side == 1 {
		where = "only in the new database"
	}
	if c.row != nil {
		where = "depends on " + c.row.table + " " + c.row.key
	}
	return fmt.Sprintf("%s/%s: flow %s, priority %d, %s: %s", c.d.DisplayName(true),
		stageOf(c.f), c.f.UUID, c.f.Priority, where, c.f.MatchText())
}

// contentDiff is what differs between the contents of two databases.
type contentDiff struct {
	flows []*change
	rows  []*rowChange
}

// identities returns the identity of each datapath, by which it is found in the other database: its
// name if one datapath in each has it, else its northbound UUID.
func identities(sides [2]*side) (of [2]map[*lflow.Datapath]string) {
	var count [2]map[string]int
	for i, n := range sides {
		count[i], of[i] = map[string]int{}, map[*lflow.Datapath]string{}
		for _, d := range n.Datapaths {
			count[i][d.Type+" "+d.Name]++
		}
	}
	for i, n := range sides {
		for _, d := range n.Datapaths {
			name := d.Type + " " + d.Name
			if d.Name == "" || count[0][name] > 1 || count[1][name] > 1 {
				name = d.NBUUID
			}
			of[i][d] = name
		}
	}
	return of
}

// contents compares two databases by content: logical flows, and the rows beside them.
func (p *Pair) contents() *contentDiff {
	c := &contentDiff{flows: p.flows()}
	if p.alike().rows {
		return c
	}
	c.compareRows(p.Networks())
	c.findDependents(p.Networks())
	return c
}

// hashSeed is that of this run.
var hashSeed = maphash.MakeSeed()

// rowDigest identifies a logical flow by its content and by the datapaths that have it.
type rowDigest struct{ says, datapaths uint64 }

// digestFlow returns a flow's row by content: its pipeline, stage, priority, match and
// actions.
func digestFlow(h *maphash.Hash, r lflow.FlowRow) uint64 {
	h.SetSeed(hashSeed)
	h.WriteByte(byte(r.Pipeline()))
	if stage := r.Stage(); stage != "" {
		h.WriteString(stage)
	} else {
		h.WriteByte(byte(r.Table()))
	}
	for shift := 0; shift < 32; shift += 8 {
		h.WriteByte(byte(r.Priority() >> shift))
	}
	h.WriteString(r.Match())
	h.WriteByte(0)
	h.WriteString(r.Actions())
	return h.Sum64()
}

// flowTable returns the rows of a network's logical flows.
func flowTable(n *lflow.Network) *ovsdb.Table { return bridge.Snapshot(n).Table("Logical_Flow") }

// digests returns digests of the rows of a network's flows, by their numbers. Rows that are unchanged
// since an earlier network's side are not read.
func digests(n *lflow.Network, earlier *side) []uint64 {
	t := flowTable(n)
	says := make([]uint64, t.Numbers())
	var kept func(uint32) bool
	if earlier != nil {
		kept = t.Kept(flowTable(earlier.Network))
	}
	var h maphash.Hash
	n.Search(func(r lflow.FlowRow) bool {
		number, _ := t.Find(ovsdb.UUID(r.UUID()))
		if kept != nil && kept(number) {
			says[number] = earlier.says()[number]
		} else {
			says[number] = digestFlow(&h, r)
		}
		return false
	})
	return says
}

// rowDigests returns the contents of a network's rows.
func (s *side) rowDigests(ids map[*lflow.Datapath]string) map[rowDigest]bool {
	t, says := flowTable(s.Network), s.says()
	has := make(map[rowDigest]bool, len(says))
	known := map[*lflow.Datapath]uint64{}
	last, sum := []*lflow.Datapath(nil), uint64(0)
	s.Search(func(r lflow.FlowRow) bool {
		if list := r.Datapaths(); len(last) != len(list) || &last[0] != &list[0] {
			last, sum = list, 0
			for _, d := range list {
				if known[d] == 0 {
					known[d] = maphash.String(hashSeed, ids[d])
				}
				sum += known[d]
			}
		}
		number, _ := t.Find(ovsdb.UUID(r.UUID()))
		has[rowDigest{says[number], sum}] = true
		return false
	})
	return has
}

// compareFlows compares flows by datapath, pipeline, stage, priority, match and
// actions.  Rows that both databases have for the same datapaths are settled first; few
// are left to be compared for each datapath.
func compareFlows(sides [2]*side) (flows []*change) {
	ids := identities(sides)
	var has [2]map[rowDigest]bool
	mmapfault.Each(len(sides), len(sides), func(i int) { has[i] = sides[i].rowDigests(ids[i]) })
	differs := map[uint64]bool{}
	for i := range sides {
		for k := range has[i] {
			if !has[1-i][k] {
				differs[k.says] = true
			}
		}
	}
	if len(differs) == 0 {
		return nil
	}
	type place struct {
		datapath string
		says     uint64
	}
	var found [2][]lflow.Found
	var says [2]map[lflow.UUID]uint64
	var at [2]map[place]bool
	mmapfault.Each(len(sides), len(sides), func(i int) {
		s := sides[i]
		says[i], at[i] = map[lflow.UUID]uint64{}, map[place]bool{}
		t := flowTable(s.Network)
		found[i] = s.Search(func(r lflow.FlowRow) bool {
			number, _ := t.Find(ovsdb.UUID(r.UUID()))
			sum := s.says()[number]
			if !differs[sum] {
				return false
			}
			says[i][r.UUID()] = sum
			for _, d := range r.Datapaths() {
				at[i][place{ids[i][d], sum}] = true
			}
			return true
		})
	})
	type peer struct {
		datapath, stage, actions string
		pipeline                 lflow.Pipeline
		priority                 int
	}
	var peers [2]map[peer][]*change
	for i := range sides {
		peers[i] = map[peer][]*change{}
		for _, f := range found[i] {
			sum := says[i][f.Flow.UUID]
			for _, d := range f.Datapaths {
				if at[1-i][place{ids[i][d], sum}] {
					continue
				}
				x := &change{side: i, d: d, f: f.Flow}
				flows = append(flows, x)
				k := peer{ids[i][d], stageName(f.Flow.Stage(), false, f.Flow.Table), f.Flow.ActionsText(), f.Flow.Pipeline, f.Flow.Priority}
				peers[i][k] = append(peers[i][k], x)
			}
		}
	}
	for i := range peers {
		for k, list := range peers[i] {
			for _, x := range list {
				x.same = peers[1-i][k]
			}
		}
	}
	return flows
}

// StageFlows is the number of logical flows of a stage that only one of two databases has. A flow of
// several datapaths counts for each.
type StageFlows struct {
	Pipeline string `json:"pipeline"`
	Stage    string `json:"stage"`
	Added    int    `json:"added"`
	Removed  int    `json:"removed"`
}

// FlowChanges compares the logical flows of two databases up to their UUIDs: by
// datapath, pipeline, stage, priority, match and actions.  Stages come in the order of
// their pipelines and tables.  It calls added, unless that is nil, with each flow that
// only the second database has.
func (p *Pair) FlowChanges(added func(*lflow.Datapath, *lflow.Flow)) []StageFlows {
	type key struct {
		router   bool
		pipeline lflow.Pipeline
		stage    string
	}
	type count struct {
		StageFlows
		table int // the highest: stages move when others come between
	}
	of := map[key]*count{}
	for _, x := range p.flows() {
		k := key{x.d.Type == "logical-router", x.f.Pipeline, stageOf(x.f)}
		s := of[k]
		if s == nil {
			s = &count{StageFlows: StageFlows{Pipeline: k.pipeline.String(), Stage: k.stage}}
			of[k] = s
		}
		s.table = max(s.table, x.f.Table)
		if x.side == 0 {
			s.Removed++
			continue
		}
		s.Added++
		if added != nil {
			added(x.d, x.f)
		}
	}
	var all []StageFlows
	for _, k := range slices.SortedFunc(maps.Keys(of), func(a, b key) int {
		return cmp.Or(order(a.router, b.router), cmp.Compare(a.pipeline, b.pipeline), cmp.Compare(of[a].table, of[b].table), cmp.Compare(a.stage, b.stage))
	}) {
		all = append(all, of[k].StageFlows)
	}
	return all
}

// order compares truths, false before true.
func order(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// compareRows compares the rows beside the flows.
func (c *contentDiff) compareRows(nets [2]*lflow.Network) {
	type name struct{ table, key string }
	var of [2]map[name][]*lflow.Content
	var order []name
	for i, n := range nets {
		of[i] = map[name][]*lflow.Content{}
		for _, row := range n.Contents() {
			k := name{row.Table, row.Key}
			if of[0][k] == nil && of[i][k] == nil {
				order = append(order, k)
			}
			of[i][k] = append(of[i][k], &row)
		}
	}
	for _, k := range order {
		a, b := of[0][k], of[1][k]
		for i := range max(len(a), len(b)) {
			r := &rowChange{table: k.table, key: k.key}
			if i < len(a) {
				r.rows[0] = a[i]
			}
			if i < len(b) {
				r.rows[1] = b[i]
			}
			if r.rows[0] != nil && r.rows[1] != nil {
				for j, col := range r.rows[0].Columns {
					if r.rows[1].Columns[j] != col {
						r.columns = append(r.columns, col.Name)
					}
				}
				if len(r.columns) == 0 {
					continue
				}
			}
			c.rows = append(c.rows, r)
		}
	}
}
