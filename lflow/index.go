package lflow

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/internal/mmapfault"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
)

// flowIndex finds the flows of a datapath without reading all of them. For each row it has 16
// bytes, in the list of the datapath or of the datapath group of the flow.
type flowIndex struct {
	rows                      *ovsdb.Table
	match, actions, ids, tags ovsdb.Col
	places                    placeColumns

	sources []source // of datapaths, then of datapath groups
	tables  int      // number of tables of a pipeline
	parsed  atomic.Int64
	forms   expr.FormCache[flowForm]

	actionsForms actionsForms

	compiled *compiled // the compiled index, or nil

	mu    sync.Mutex
	twice map[uint32]*Flow // of rows with both a datapath and a group
}

// flowRow is the data by which flows are sorted.
type flowRow struct {
	slot     uint32
	priority int32
	order    uint32 // position in ovn-trace's hash table
	place    place
	twice    uint16 // 1 if another source also lists the row
}

// place is a table of a pipeline.
type place uint16

func placeOf(p Pipeline, table int) place {
	if p == Egress {
		return 1<<8 | place(table&0xff)
	}
	return place(table & 0xff)
}

func (p place) pipeline() Pipeline {
	if p>>8 == 0 {
		return Ingress
	}
	return Egress
}

func (p place) table() int { return int(p & 0xff) }

// fewRows is the number of rows up to which one goroutine reads a table.
const fewRows = 20_000

// load lists all flows under their datapaths and datapath groups. It uses the compiled index if
// there is one.
func (x *flowIndex) load(n *Network, c *compiled) {
	x.rows = n.db.Table("Logical_Flow")
	x.match, _ = x.rows.Col("match")
	x.actions, _ = x.rows.Col("actions")
	x.ids, _ = x.rows.Col("external_ids")
	x.tags, _ = x.rows.Col("tags")
	x.places = placeColumnsOf(x.rows)
	x.twice = map[uint32]*Flow{}
	if c != nil {
		x.restore(n, c)
	} else {
		x.read(n)
	}
	for _, d := range n.Datapaths {
		d.stages = make([]atomic.Pointer[stage], 2*x.tables)
	}
}

// read reads the columns of each row that the index needs.
func (x *flowIndex) read(n *Network) {
	warned := len(n.Warnings)
	groups := n.db.Table("Logical_DP_Group")
	group := map[ovsdb.UUID]int{} // the sources of groups
	members, _ := groups.Col("datapaths")
	x.sources = make([]source, len(n.Datapaths), len(n.Datapaths)+groups.Len())
	of := make([][]int, len(n.Datapaths))
	for i := range of {
		of[i] = []int{i}
	}
	for r := range groups.Unsorted() {
		s := len(x.sources)
		x.sources = append(x.sources, source{})
		group[r.UUID()] = s
		for _, u := range r.Refs(members) {
			d := n.datapath[u]
			if d == nil {
				n.warn("Logical_DP_Group %s: no Datapath_Binding %s", r.UUID(), u)
				continue
			}
			of[d.Index] = append(of[d.Index], s)
		}
	}
	x.readRows(n, group)
	slices.SortFunc(n.Warnings[warned:], func(a, b Warning) int { return strings.Compare(a.Text, b.Text) }) // independent of the order of rows
	for i, d := range n.Datapaths {
		for _, s := range of[i] {
			if len(x.sources[s].rows) > 0 {
				d.sources = append(d.sources, &x.sources[s])
			}
		}
	}
}

// readRows reads the rows of the flows.
func (x *flowIndex) readRows(n *Network, group map[ovsdb.UUID]int) {
	parts := make([]indexPart, max(1, min(runtime.GOMAXPROCS(0), x.rows.Len()/fewRows)))
	mmapfault.Each(len(parts), len(parts), func(k int) { parts[k].read(n, x.rows, group, k, len(parts)) })
	for k := range parts {
		n.Warnings = append(n.Warnings, parts[k].warnings...)
		x.tables = max(x.tables, parts[k].tables)
	}
	x.list(parts)
}

// indexPart is the result of one goroutine.
type indexPart struct {
	listed   []flowGroup
	warnings []Warning
	tables   int
}

type flowGroup struct {
	source uint32
	row    flowRow
}

// placeColumns are the columns for the place of a flow.
type placeColumns struct {
	dp, group, pipeline, table, priority ovsdb.Col

	mask uint32 // of ovn-trace's hash table
}

func placeColumnsOf(t *ovsdb.Table) (c placeColumns) {
	c.dp, _ = t.Col("logical_datapath")
	c.group, _ = t.Col("logical_dp_group")
	c.pipeline, _ = t.Col("pipeline")
	c.table, _ = t.Col("table_id")
	c.priority, _ = t.Col("priority")
	c.mask = hashMask(t.Len())
	return c
}

// placedRow is a row with its datapath and datapath group.
type placedRow struct {
	flowRow
	dp, group       ovsdb.UUID
	hasDP, hasGroup bool
}

// row reads the data of a row.
func (c *placeColumns) row(r ovsdb.Row) (p placedRow) {
	p.slot, p.priority, p.order = r.Number(), int32(r.Int(c.priority)), r.UUID().Prefix()&c.mask
	pipeline := Ingress
	if r.String(c.pipeline) == "egress" {
		pipeline = Egress
	}
	p.place = placeOf(pipeline, int(r.Int(c.table)))
	p.dp, p.hasDP = r.Ref(c.dp)
	if p.group, p.hasGroup = r.Ref(c.group); p.hasDP && p.hasGroup {
		p.twice = 1
	}
	return p
}

func (x *indexPart) read(n *Network, t *ovsdb.Table, groups map[ovsdb.UUID]int, k, parts int) {
	c := &n.flows.places
	x.listed = make([]flowGroup, 0, t.Len()/parts+parts)
	for r := range t.Part(k, parts) {
		u, row := r.UUID(), c.row(r)
		x.tables = max(x.tables, row.place.table()+1)
		if row.hasDP {
			if known := n.datapath[row.dp]; known != nil {
				x.listed = append(x.listed, flowGroup{uint32(known.Index), row.flowRow})
			} else {
				x.warn("Logical_Flow %s: no Datapath_Binding %s: logical flow missing datapath", u, row.dp)
			}
		}
		if row.hasGroup {
			if s, ok := groups[row.group]; ok {
				x.listed = append(x.listed, flowGroup{uint32(s), row.flowRow})
			} else {
				x.warn("Logical_Flow %s: no Logical_DP_Group %s", u, row.group)
			}
		}
		if !row.hasDP && !row.hasGroup {
			x.warn("Logical_Flow %s: logical flow missing datapath", u)
		}
	}
}

func (x *indexPart) warn(format string, args ...any) {
	x.warnings = append(x.warnings, Warning{Text: fmt.Sprintf(format, args...)})
}

// list adds the results to the lists of the sources.
func (x *flowIndex) list(parts []indexPart) {
	ends := make([]uint32, len(x.sources)+1)
	for _, p := range parts {
		for i := range p.listed {
			ends[p.listed[i].source+1]++
		}
	}
	for i := range x.sources {
		ends[i+1] += ends[i]
	}
	rows := make([]flowRow, ends[len(x.sources)])
	next := append([]uint32(nil), ends...)
	for _, p := range parts {
		for i := range p.listed {
			l := &p.listed[i]
			rows[next[l.source]] = l.row
			next[l.source]++
		}
	}
	for i := range x.sources {
		x.sources[i].rows = rows[ends[i]:ends[i+1]:ends[i+1]]
	}
}

// FlowCount returns the number of logical flows in the database.
func (n *Network) FlowCount() int { return n.flows.rows.Len() }

// FlowsRead returns the number of logical flows that have been parsed.
func (n *Network) FlowsRead() int { return int(n.flows.parsed.Load()) }
