package diff

import (
	"cmp"
	"fmt"
	"hash/maphash"
	"maps"
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/witness"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// change is a difference between the contents of the two databases: a logical
// flow of one datapath that only one of them has, or one that means something
// else because of a row that it depends on.
type change struct {
	side   int // whose flow it is, 0 for the old database
	d      *lflow.Datapath
	f      *lflow.Flow
	within []*witness.Region // the packets for which it differs, nil for all that it matches
	row    *rowChange        // nil for a flow that only one side has
	state  state
}

// state is what is known of a change.
type state uint8

const (
	unmet       state = iota // no packet took the flow
	met                      // a packet did
	unreachable              // no packet can
)

// rowChange is a row beside the flows that differs.
type rowChange struct {
	table, key string
	rows       [2]*lflow.Content // nil where a side lacks it
	columns    []string          // those that differ
	shown      bool              // the report says what differs, whatever packets do
	depends    []*change         // the flows through which packets meet the row
}

// String returns what differs, for people.
func (r *rowChange) String() string {
	text := r.table + " " + r.key
	switch {
	case r.rows[0] == nil:
		return fmt.Sprintf("%s (%.8s) is new", text, r.rows[1].UUID)
	case r.rows[1] == nil:
		return fmt.Sprintf("%s (%.8s) is gone", text, r.rows[0].UUID)
	}
	return fmt.Sprintf("%s (%.8s): %s differs", text, r.rows[0].UUID, strings.Join(r.columns, ", "))
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
		stageName(c.f.Stage(), c.f.Pipeline == lflow.Egress, c.f.Table), c.f.UUID, c.f.Priority, where, c.f.MatchText())
}

// contents is what differs between two databases.
type contents struct {
	flows []*change
	rows  []*rowChange
}

// identities returns each datapath's identity, by which it is found in the other
// database: its name where one datapath of each has it, else its northbound
// UUID.
func identities(nets [2]*lflow.Network) (of [2]map[*lflow.Datapath]string) {
	var count [2]map[string]int
	for i, n := range nets {
		count[i], of[i] = map[string]int{}, map[*lflow.Datapath]string{}
		for _, d := range n.Datapaths {
			count[i][d.Type+" "+d.Name]++
		}
	}
	for i, n := range nets {
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

// hashSeed is that of this run.
var hashSeed = maphash.MakeSeed()

// contentsOf compares two databases by content: logical flows, and the rows beside
// them.
func contentsOf(nets [2]*lflow.Network) *contents {
	c := &contents{}
	found := c.compareFlows(nets)
	c.compareRows(nets)
	for _, r := range c.rows {
		r.dependents(nets, found)
	}
	return c
}

// compareFlows compares flows by datapath, pipeline, stage, priority, match and
// actions, and returns all of both databases.
func (c *contents) compareFlows(nets [2]*lflow.Network) (found [2][]lflow.Found) {
	ids := identities(nets)
	type place struct {
		datapath string
		flow     uint64
	}
	var has [2]map[place]bool
	var sums [2][]uint64
	for i, n := range nets {
		has[i] = map[place]bool{}
		found[i] = n.Search(func(lflow.FlowRow) bool { return true })
		for _, f := range found[i] {
			stage := f.Flow.Stage()
			if stage == "" {
				stage = fmt.Sprint(f.Flow.Table)
			}
			sum := maphash.String(hashSeed, fmt.Sprintf("%d\x00%s\x00%d\x00%s\x00%s", f.Flow.Pipeline, stage, f.Flow.Priority, f.Flow.MatchText(), f.Flow.ActionsText()))
			sums[i] = append(sums[i], sum)
			for _, d := range f.Datapaths {
				has[i][place{ids[i][d], sum}] = true
			}
		}
	}
	for i := range nets {
		for k, f := range found[i] {
			for _, d := range f.Datapaths {
				if !has[1-i][place{ids[i][d], sums[i][k]}] {
					c.flows = append(c.flows, &change{side: i, d: d, f: f.Flow})
				}
			}
		}
	}
	return found
}

// StageFlows is how many logical flows of a stage only one of two databases has.  A
// flow of several datapaths counts for each.
type StageFlows struct {
	Pipeline, Stage string
	Added, Removed  int
}

// FlowChanges compares the logical flows of two databases up to their UUIDs: by
// datapath, pipeline, stage, priority, match and actions.  Stages come in the order of
// their pipelines and tables.  It calls added, unless that is nil, with each flow that
// only the second database has.
func FlowChanges(before, after *lflow.Network, added func(*lflow.Datapath, *lflow.Flow)) []StageFlows {
	c := &contents{}
	c.compareFlows([2]*lflow.Network{before, after})
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
	for _, x := range c.flows {
		k := key{x.d.Type == "logical-router", x.f.Pipeline, stageName(x.f.Stage(), x.f.Pipeline == lflow.Egress, x.f.Table)}
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
func (c *contents) compareRows(nets [2]*lflow.Network) {
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

// maxDependents bounds how many flows are looked at for one row.
const maxDependents = 24

// dependents finds the flows through which packets meet a row that differs, on
// both sides.
func (r *rowChange) dependents(nets [2]*lflow.Network, found [2][]lflow.Found) {
	for i, n := range nets {
		is := r.refers(n)
		if is == nil {
			continue
		}
		for _, f := range found[i] {
			if !is(f.Flow.MatchText(), f.Flow.ActionsText()) {
				continue
			}
			for _, d := range f.Datapaths {
				if within, ok := r.region(n, d, f.Flow); ok && len(r.depends) < maxDependents*(i+1) {
					r.depends = append(r.depends, &change{side: i, d: d, f: f.Flow, within: within, row: r})
				}
			}
		}
	}
}

// refers returns what identifies the flows that refer to a row, nil where nothing does.
func (r *rowChange) refers(n *lflow.Network) func(match, actions string) bool {
	has := func(words ...string) func(string, string) bool {
		return func(match, actions string) bool {
			return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(match, w) || strings.Contains(actions, w) })
		}
	}
	switch r.table {
	case "Address_Set":
		return named("$" + r.key)
	case "Port_Group":
		name, _, _ := strings.Cut(r.key, " on ")
		return named("@" + name)
	case "Port_Binding":
		return has(`"`+r.key+`"`, "check_in_port_sec", "check_out_port_sec")
	case "Multicast_Group":
		_, name, _ := strings.Cut(r.key, " ")
		return has(`"` + name + `"`)
	case "MAC_Binding":
		return has("get_arp(", "get_nd(", "lookup_arp", "lookup_nd")
	case "FDB":
		return has("get_fdb(", "lookup_fdb(")
	case "Load_Balancer":
		return has("chk_lb_hairpin", "ct_snat_to_vip")
	case "DHCP_Options", "DHCPv6_Options":
		return has("put_dhcp_opts(", "put_dhcpv6_opts(")
	case "Chassis_Template_Var":
		_, name, _ := strings.Cut(r.key, " ")
		return named("^" + name)
	}
	return nil // a walk does not read the row
}

// named returns what finds a name in a match or actions as a whole word.
func named(name string) func(match, actions string) bool {
	in := func(text string) bool {
		for {
			i := strings.Index(text, name)
			if i < 0 {
				return false
			}
			text = text[i+len(name):]
			if text == "" || !isName(text[0]) {
				return true
			}
		}
	}
	return func(match, actions string) bool { return in(match) || in(actions) }
}

func isName(c byte) bool {
	return c == '_' || c == '.' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}
