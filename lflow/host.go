package lflow

import (
	"cmp"
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
)

// Encap is a tunnel endpoint of a chassis: a row of table Encap.
type Encap struct {
	Type string // geneve, vxlan or stt
	IP   string
}

// tunnelTypes are the types of tunnels, the one that chassis prefer first.
var tunnelTypes = []string{"geneve", "stt", "vxlan"}

// TunnelType returns the type of the tunnels between two chassis with these endpoints: of those that
// both have, the one that chassis prefer; "" if there is none.
func TunnelType(from, to []Encap) string {
	for _, typ := range tunnelTypes {
		is := func(e Encap) bool { return e.Type == typ }
		if slices.ContainsFunc(from, is) && slices.ContainsFunc(to, is) {
			return typ
		}
	}
	return ""
}

// Gateway is a gateway chassis of a chassisredirect port, with its priority. The port is on the
// chassis with the highest priority.
type Gateway struct {
	Chassis  *Chassis
	Priority int
}

// Chassis returns every chassis, sorted by name.
func (n *Network) Chassis() []*Chassis {
	t := n.db.Table("Chassis")
	var out []*Chassis
	for r := range t.Rows() {
		out = append(out, n.chassisOf(r))
	}
	slices.SortFunc(out, func(a, b *Chassis) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// Encaps returns the tunnel endpoints of the chassis, sorted by type and address.
func (n *Network) Encaps(c *Chassis) []Encap {
	t := n.db.Table("Chassis")
	col, _ := t.Col("encaps")
	r, ok := t.Get(c.uuid)
	if !ok {
		return nil
	}
	var out []Encap
	for _, u := range r.Refs(col) {
		if e, ok := n.encap(u); ok {
			out = append(out, e)
		}
	}
	slices.SortFunc(out, func(a, b Encap) int { return cmp.Or(strings.Compare(a.Type, b.Type), strings.Compare(a.IP, b.IP)) })
	return out
}

// TransportZones returns the transport zones of a chassis: chassis with some have tunnels only
// to those with one of them.
func (n *Network) TransportZones(c *Chassis) []string {
	t := n.db.Table("Chassis")
	col, has := t.Col("transport_zones")
	r, ok := t.Get(c.uuid)
	if !has || !ok {
		return nil
	}
	var out []string
	for _, s := range r.Strings(col) {
		out = append(out, strings.Clone(s))
	}
	return out
}

// LacksInterconnection reports whether there are chassis of other interconnect zones to which one of the
// zone's own chassis has no tunnels.
func (n *Network) LacksInterconnection() bool {
	own := n.own()
	col, _ := n.db.Table("Chassis").Col("other_config")
	return len(own) < n.db.Table("Chassis").Len() && slices.ContainsFunc(own, func(r ovsdb.Row) bool {
		v, _ := r.MapGet(col, "is-interconn")
		return v != "true"
	})
}

func (n *Network) encap(u ovsdb.UUID) (Encap, bool) {
	t := n.db.Table("Encap")
	typ, _ := t.Col("type")
	ip, _ := t.Col("ip")
	r, ok := t.Get(u)
	return Encap{strings.Clone(r.String(typ)), strings.Clone(r.String(ip))}, ok
}

// ChassisOf returns the chassis of a port: the one to which it is bound or, if it is not bound,
// the expected one: the gateway chassis of the highest priority of a chassisredirect or
// external port, or the chassis in the options of a port of a gateway router. ok is false if
// the database has no such chassis.
func (n *Network) ChassisOf(p *Port) (c *Chassis, ok bool) {
	cols := portCols(n.db.Table("Port_Binding"))
	u, ok := p.row.Ref(cols.chassis)
	if !ok {
		u, ok = n.gateway(p)
	}
	if !ok {
		name, _ := p.row.MapGet(cols.options, p.Type+"-chassis") // l3gateway, l2gateway
		for _, c := range n.Chassis() {
			if name != "" && c.Name == name {
				return c, true
			}
		}
		return nil, false
	}
	r, ok := n.db.Table("Chassis").Get(u)
	if !ok {
		return nil, false
	}
	return n.chassisOf(r), true
}

// RemoteChassis returns the chassis of a port of type remote in another interconnect zone: the
// one to which it is bound or that its options request, by name, host name or UUID. ok is false
// if the database has no such chassis.
func (n *Network) RemoteChassis(p *Port) (c *Chassis, ok bool) {
	t := n.db.Table("Port_Binding")
	for _, column := range []string{"chassis", "requested_chassis"} {
		col, has := t.Col(column)
		if !has {
			continue
		}
		if u, ok := p.row.Ref(col); ok {
			if r, ok := n.db.Table("Chassis").Get(u); ok {
				return n.chassisOf(r), true
			}
		}
	}
	options, _ := t.Col("options")
	name, _ := p.row.MapGet(options, "requested-chassis")
	for _, c := range n.Chassis() {
		if name != "" && (c.Name == name || c.Hostname == name || c.uuid.String() == name) {
			return c, true
		}
	}
	return nil, false
}

// PortEncap returns the encapsulation to which packets for a port must be sent
// (column encap of Port_Binding); ok is false if the row names none.
func (n *Network) PortEncap(p *Port) (e Encap, ok bool) {
	col, has := n.db.Table("Port_Binding").Col("encap")
	if !has {
		return Encap{}, false
	}
	u, set := p.row.Ref(col)
	if !set {
		return Encap{}, false
	}
	return n.encap(u)
}

// Gateways returns the gateway chassis of a chassisredirect port, from its HA chassis
// group or its gateway chassis, by descending priority and then by name.
func (n *Network) Gateways(p *Port) []Gateway {
	c := portCols(n.db.Table("Port_Binding"))
	table, refs := "Gateway_Chassis", p.row.Refs(c.gateways)
	if g, ok := p.row.Ref(c.haGroup); ok {
		groups := n.db.Table("HA_Chassis_Group")
		members, _ := groups.Col("ha_chassis")
		if r, ok := groups.Get(g); ok {
			table, refs = "HA_Chassis", r.Refs(members)
		}
	}
	t := n.db.Table(table)
	chassis, _ := t.Col("chassis")
	priority, _ := t.Col("priority")
	all := n.db.Table("Chassis")
	var out []Gateway
	for _, u := range refs {
		r, ok := t.Get(u)
		if !ok {
			continue
		}
		cu, ok := r.Ref(chassis)
		if !ok {
			continue
		}
		if row, ok := all.Get(cu); ok {
			out = append(out, Gateway{n.chassisOf(row), int(r.Int(priority))})
		}
	}
	slices.SortFunc(out, func(a, b Gateway) int {
		return cmp.Or(cmp.Compare(b.Priority, a.Priority), strings.Compare(a.Chassis.Name, b.Chassis.Name))
	})
	return out
}

func (n *Network) chassisOf(r ovsdb.Row) *Chassis {
	t := r.Table()
	name, _ := t.Col("name")
	host, _ := t.Col("hostname")
	return &Chassis{Name: strings.Clone(r.String(name)), Hostname: strings.Clone(r.String(host)), uuid: r.UUID()}
}

// Same reports whether two chassis are the same row.  Either may be nil.
func (c *Chassis) Same(d *Chassis) bool {
	return c == d || c != nil && d != nil && c.uuid == d.uuid
}
