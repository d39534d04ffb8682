package diff

import (
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/lflow"
)

// maxDependents bounds how many flows are looked at for one row and side.
const maxDependents = 24

// findDependents finds the flows on which rows that differ have an effect, on both
// sides.
func (c *contentDiff) findDependents(nets [2]*lflow.Network) {
	if len(c.rows) == 0 {
		return
	}
	for i, n := range nets {
		x := newReferences(c.rows)
		var rows [][]*rowChange // those of each flow that is found
		found := n.Search(func(r lflow.FlowRow) bool { return len(x.in(r.Match(), r.Actions())) > 0 })
		for _, f := range found {
			rows = append(rows, x.in(f.Flow.MatchText(), f.Flow.ActionsText()))
		}
		for k, f := range found {
			for _, r := range rows[k] {
				for _, d := range f.Datapaths {
					if r.count(i) == maxDependents {
						break
					}
					if within, ok := r.region(n, d, f.Flow); ok {
						r.depends = append(r.depends, &change{side: i, d: d, f: f.Flow, within: within, row: r})
					}
				}
			}
		}
	}
}

// count returns how many dependents of a side are known.
func (r *rowChange) count(side int) (n int) {
	for _, c := range r.depends {
		if c.side == side {
			n++
		}
	}
	return n
}

// references finds the rows that a flow refers to.
type references struct {
	named   map[string][]*rowChange // by the name with its sign, as flows have it
	actions map[string][]*rowChange // by a part of the actions
}

// newReferences returns what finds references to rows.
func newReferences(rows []*rowChange) *references {
	x := &references{named: map[string][]*rowChange{}, actions: map[string][]*rowChange{}}
	for _, r := range rows {
		names, actions := r.refers()
		for _, n := range names {
			x.named[n] = append(x.named[n], r)
		}
		for _, a := range actions {
			x.actions[a] = append(x.actions[a], r)
		}
	}
	return x
}

// unread are the tables that no walk reads.  A difference in them is one that no packet
// covers.
var unread = map[string]bool{
	"SB_Global": true, "DNS": true, "Static_MAC_Binding": true, "Mirror": true, "BFD": true, "Service_Monitor": true, "Encap": true,
	"ECMP_Nexthop": true, "Meter": true,
}

// refers returns how flows refer to a row: by names, or by what their actions do.  No
// flow refers to rows of other tables.
func (r *rowChange) refers() (names, actions []string) {
	switch r.table {
	case "Address_Set":
		return []string{"$" + r.key}, nil
	case "Port_Group":
		name, _, _ := strings.Cut(r.key, " on ")
		return []string{"@" + name}, nil
	case "Port_Binding":
		return []string{`"` + r.key + `"`}, []string{"check_in_port_sec", "check_out_port_sec"}
	case "Multicast_Group":
		_, name, _ := strings.Cut(r.key, " ")
		return []string{`"` + name + `"`}, nil
	case "MAC_Binding":
		return nil, []string{"get_arp(", "get_nd(", "lookup_arp", "lookup_nd"}
	case "FDB":
		return nil, []string{"get_fdb(", "lookup_fdb("}
	case "Load_Balancer":
		return nil, []string{"chk_lb_hairpin", "ct_snat_to_vip"}
	case "DHCP_Options", "DHCPv6_Options":
		return nil, []string{r.key + " = "}
	case "Chassis_Template_Var":
		_, name, _ := strings.Cut(r.key, " ")
		return []string{"^" + name}, nil
	}
	return nil, nil
}

// in returns the rows that a flow refers to, each once.
func (x *references) in(match, actions string) (out []*rowChange) {
	add := func(list []*rowChange) {
		for _, r := range list {
			if !slices.Contains(out, r) {
				out = append(out, r)
			}
		}
	}
	if len(x.named) > 0 {
		for _, text := range []string{match, actions} {
			names(text, func(name string) { add(x.named[name]) })
		}
	}
	for part, list := range x.actions {
		if strings.Contains(actions, part) {
			add(list)
		}
	}
	return out
}

// names calls f with the names of sets, groups, template variables and ports that a
// match or actions refer to, with their signs.
func names(text string, f func(string)) {
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '"':
			j := strings.IndexByte(text[i+1:], '"')
			if j < 0 {
				return
			}
			f(text[i : i+j+2])
			i += j + 1
		case '$', '@', '^':
			j := i + 1
			for j < len(text) && isName(text[j]) {
				j++
			}
			f(text[i:j])
			i = j - 1
		}
	}
}

func isName(c byte) bool {
	return c == '_' || c == '.' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}
