package explain

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/open"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/trace"
)

// Northbound is a northbound database, with the rows from which logical flows were generated.
type Northbound struct {
	db    *ovsdb.Snapshot
	rows  map[uint32][]ovsdb.Row              // by the first 32 bits of their UUIDs
	owner map[ovsdb.UUID]string               // of ACLs, routes and the like: "switch sw0"
	title func(ovsdb.Row, *trace.Flow) string // the name of a row's object in the orchestrator, or nil
}

// OpenNorth reads a northbound database, in any format of southbound databases.
func OpenNorth(ctx context.Context, path string) (*Northbound, error) {
	db, err := open.Path(ctx, path, ovsdb.Options{Schema: ovsdb.Northbound})
	if err != nil {
		return nil, err
	}
	n := &Northbound{db: db, rows: map[uint32][]ovsdb.Row{}, owner: map[ovsdb.UUID]string{}}
	for _, name := range db.Tables() {
		for r := range db.Table(name).Rows() {
			n.rows[prefix(r.UUID())] = append(n.rows[prefix(r.UUID())], r)
		}
	}
	for _, o := range owners {
		t := db.Table(o.table)
		nameCol, _ := t.Col("name")
		for _, column := range o.columns {
			c, ok := t.Col(column)
			if !ok {
				continue
			}
			for r := range t.Rows() {
				for _, u := range r.Refs(c) {
					n.own(u, o.called+" "+called(r, nameCol))
				}
			}
		}
	}
	return n, nil
}

// Warnings returns the warnings about the database's source.
func (n *Northbound) Warnings() (out []string) {
	for _, w := range n.db.Warnings {
		out = append(out, w.String())
	}
	return out
}

// UseTitles sets a function that describes rows in the terms of the orchestrator; it returns "" for
// other rows. The flow is one that was generated from the row, or nil.
func (n *Northbound) UseTitles(title func(ovsdb.Row, *trace.Flow) string) {
	if n != nil {
		n.title = title
	}
}

// Snapshot returns the database.
func (n *Northbound) Snapshot() *ovsdb.Snapshot { return n.db }

// Close releases the database.
func (n *Northbound) Close() error { return n.db.Close() }

// Changed reports whether the file of the database was truncated or overwritten since it was opened.
func (n *Northbound) Changed() error { return n.db.Changed() }

// ErrOtherNetwork means that the northbound and the southbound database belong to different networks.
var ErrOtherNetwork = errors.New("the northbound database belongs to another network: it has none of the switches and routers of the southbound one; give the one of the same cluster and zone")

// Of returns ErrOtherNetwork if none of a network's datapaths was made from a switch or router of the
// database, though both have some: Datapath_Binding has the UUID of the northbound row.
func (n *Northbound) Of(network *lflow.Network) error {
	if shares, comparable := n.shares(network); comparable && !shares {
		return ErrOtherNetwork
	}
	return nil
}

// shares reports whether a datapath of a network was made from a switch or router of the database.
// comparable is false if one of the two has none.
func (n *Northbound) shares(network *lflow.Network) (shares, comparable bool) {
	switches, routers := n.db.Table("Logical_Switch"), n.db.Table("Logical_Router")
	if switches.Len()+routers.Len() == 0 {
		return false, false
	}
	for _, d := range network.Datapaths {
		u, err := ovsdb.ParseUUID(d.NBUUID)
		if err != nil || d.Type == "" {
			continue
		}
		comparable = true
		_, isSwitch := switches.Get(u)
		_, isRouter := routers.Get(u)
		if isSwitch || isRouter {
			return true, true
		}
	}
	return false, comparable
}

// owners are the tables with rows that refer to the rows from which flows are generated.
var owners = []struct {
	table, called string
	columns       []string
}{
	{"Logical_Switch", "switch", []string{"acls", "ports", "qos_rules", "load_balancer", "dns_records", "forwarding_groups"}},
	{"Logical_Router", "router", []string{"ports", "static_routes", "policies", "nat", "load_balancer"}},
	{"Port_Group", "port group", []string{"acls"}},
	{"Load_Balancer_Group", "group", []string{"load_balancer"}},
}

func (n *Northbound) own(u ovsdb.UUID, owner string) {
	if n.owner[u] != "" {
		owner = n.owner[u] + ", " + owner
	}
	n.owner[u] = owner
}

func prefix(u ovsdb.UUID) uint32 { return binary.BigEndian.Uint32(u[:]) }

// called returns the name of a row or, if it has none, a prefix of its UUID.
func called(r ovsdb.Row, name ovsdb.Col) string {
	if s := r.String(name); s != "" {
		return s
	}
	return r.UUID().String()[:8]
}

// Origins describes the rows from which a flow was made: those whose UUIDs begin with the flow's
// stage-hint, one text each.
func (n *Northbound) Origins(f *trace.Flow) []string {
	if f == nil {
		return nil
	}
	return n.rowsOf(f.Hint, f)
}

// RowsOf describes the rows whose UUIDs begin with a stage-hint.
func (n *Northbound) RowsOf(stageHint string) []string { return n.rowsOf(stageHint, nil) }

func (n *Northbound) rowsOf(stageHint string, f *trace.Flow) []string {
	if n == nil || stageHint == "" {
		return nil
	}
	hint, err := strconv.ParseUint(stageHint, 16, 32)
	if err != nil {
		return nil
	}
	var out []string
	for _, r := range n.rows[uint32(hint)] {
		text := n.describe(r)
		if n.title != nil {
			if title := n.title(r, f); title != "" {
				text = title + ", " + text
			}
		}
		if o := n.owner[r.UUID()]; o != "" {
			text += " of " + o
		}
		out = append(out, text)
	}
	slices.Sort(out)
	return out
}

// describe describes a row.
func (n *Northbound) describe(r ovsdb.Row) string {
	t := r.Table()
	str := func(column string) string {
		c, _ := t.Col(column)
		return r.String(c)
	}
	list := func(column string) string {
		c, _ := t.Col(column)
		return strings.Join(r.Strings(c), " ")
	}
	pairs := func(column string) string {
		c, _ := t.Col(column)
		var out []string
		for k, v := range r.Map(c) {
			if v == "" {
				v = "nothing"
			}
			out = append(out, k+" to "+v)
		}
		if len(out) > 3 {
			out = append(out[:3], fmt.Sprintf("%d more", len(out)-3))
		}
		return strings.Join(out, "; ")
	}
	num := func(column string) int64 {
		c, _ := t.Col(column)
		return r.Int(c)
	}
	nameCol, _ := t.Col("name")
	name := called(r, nameCol)
	switch t.Name() {
	case "ACL":
		return fmt.Sprintf("ACL %s (%s, priority %d, %s, %s)", name, str("direction"), num("priority"), str("match"), str("action"))
	case "QoS":
		return fmt.Sprintf("QoS rule %s (%s, priority %d, %s)", name, str("direction"), num("priority"), str("match"))
	case "Logical_Router_Policy":
		return fmt.Sprintf("routing policy %s (priority %d, %s, %s)", name, num("priority"), str("match"), str("action"))
	case "Logical_Router_Static_Route":
		return fmt.Sprintf("static route %s (%s via %s)", name, str("ip_prefix"), str("nexthop"))
	case "NAT":
		return fmt.Sprintf("NAT %s (%s, %s to %s)", name, str("type"), str("external_ip"), str("logical_ip"))
	case "Load_Balancer":
		return fmt.Sprintf("load balancer %s (%s)", name, pairs("vips"))
	case "Logical_Switch_Port":
		if s := list("port_security"); s != "" {
			return fmt.Sprintf("switch port %s (port security %s)", name, s)
		}
		return "switch port " + name
	case "Logical_Router_Port":
		return fmt.Sprintf("router port %s (%s %s)", name, str("mac"), list("networks"))
	case "Logical_Switch":
		return "switch " + name
	case "Logical_Router":
		return "router " + name
	case "DHCP_Options":
		return fmt.Sprintf("DHCP options %s (%s)", name, str("cidr"))
	}
	return t.Name() + " " + name
}

// having describes the rows with an address: NAT rules, virtual addresses and ports.
func (n *Northbound) having(address string) []string {
	var out []string
	for _, h := range []struct{ table, column string }{
		{"NAT", "external_ip"}, {"Load_Balancer", "vips"}, {"Logical_Switch_Port", "addresses"}, {"Logical_Router_Port", "networks"},
	} {
		t := n.db.Table(h.table)
		c, ok := t.Col(h.column)
		if !ok {
			continue
		}
		for r := range t.Rows() {
			has := names(r.String(c), address) || slices.ContainsFunc(r.Strings(c), func(s string) bool { return names(s, address) })
			for vip := range r.Map(c) {
				has = has || names(vip, address)
			}
			if !has {
				continue
			}
			text := n.describe(r)
			if o := n.owner[r.UUID()]; o != "" {
				text += " of " + o
			}
			out = append(out, text)
		}
	}
	return out
}
