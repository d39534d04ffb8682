package lflow

import (
	"cmp"
	"slices"

	"github.com/ovnwalk/ovnwalk/expr/action"
	"github.com/ovnwalk/ovnwalk/internal/ovstext"
	"github.com/ovnwalk/ovnwalk/packet"
)

// Learned is an Ethernet address that was learned on a port.
type Learned struct {
	Port uint64       // the port's tunnel key
	IP   packet.Value // the IP address bound to it, IPv4 mapped into IPv6; zero in the FDB
	MAC  uint64
}

// options are the DHCP options in the database.
type options struct{ v4, v6 *action.Options }

// loadBindings reads MAC bindings and the FDB. If there are several entries for one address,
// the last one is used, so it is stored first.
func (n *Network) loadBindings() {
	t := n.db.Table("MAC_Binding")
	port, _ := t.Col("logical_port")
	ip, _ := t.Col("ip")
	mac, _ := t.Col("mac")
	dp, _ := t.Col("datapath")
	for _, r := range idlOrder(t) {
		p := n.port(r.String(port))
		addr, okIP := parseIP(r.String(ip))
		m, okMAC := ovstext.ParseEthernet(r.String(mac))
		switch {
		case p == nil:
			n.warn("MAC_Binding %s: missing port %s", r.UUID(), r.String(port))
		case p.Datapath != n.datapathOf(r, dp):
			n.warn("MAC_Binding %s: port %s is in wrong datapath", r.UUID(), p.Name)
		case !okIP:
			n.warn("MAC_Binding %s: %s: bad IP address", r.UUID(), r.String(ip))
		case !okMAC:
			n.warn("MAC_Binding %s: %s: bad Ethernet address", r.UUID(), r.String(mac))
		default:
			p.Datapath.macs = append(p.Datapath.macs, Learned{p.Key, addr, m})
		}
	}
	t = n.db.Table("FDB")
	mac, _ = t.Col("mac")
	dpKey, _ := t.Col("dp_key")
	portKey, _ := t.Col("port_key")
	byKey := map[int64]*Datapath{}
	for _, d := range n.Datapaths {
		if byKey[d.TunnelKey] == nil {
			byKey[d.TunnelKey] = d
		}
	}
	for _, r := range idlOrder(t) {
		m, ok := ovstext.ParseEthernet(r.String(mac))
		if !ok {
			n.warn("FDB %s: %s: bad Ethernet address", r.UUID(), r.String(mac))
			continue
		}
		if d := byKey[r.Int(dpKey)]; d != nil {
			d.fdb = append(d.fdb, Learned{Port: uint64(r.Int(portKey)) & 0xffff, MAC: m})
		}
	}
	for _, d := range n.Datapaths {
		slices.Reverse(d.macs)
		slices.SortStableFunc(d.macs, Learned.compare)
		slices.Reverse(d.fdb)
		slices.SortStableFunc(d.fdb, func(a, b Learned) int { return cmp.Compare(a.MAC, b.MAC) })
	}
}

// compare orders entries by port and IP address.
func (e Learned) compare(f Learned) int { return cmp.Or(cmp.Compare(e.Port, f.Port), e.IP.Cmp(f.IP)) }

// bound returns the bindings of an IP address on a port. The first one is used.
func (d *Datapath) bound(port uint64, ip packet.Value) []Learned {
	want := Learned{IP: ip, Port: port & 0xffff}
	from, _ := slices.BinarySearchFunc(d.macs, want, Learned.compare)
	to := from
	for to < len(d.macs) && d.macs[to].compare(want) == 0 {
		to++
	}
	return d.macs[from:to]
}

// MACBinding returns the Ethernet address to which an IP address (IPv4 mapped into IPv6) is
// bound on a port.
func (d *Datapath) MACBinding(port uint64, ip packet.Value) (mac uint64, ok bool) {
	if all := d.bound(port, ip); len(all) > 0 {
		return all[0].MAC, true
	}
	return 0, false
}

// HasMACBinding reports whether an IP address is bound to that Ethernet address
// on a port.
func (d *Datapath) HasMACBinding(port uint64, ip packet.Value, mac uint64) bool {
	return slices.ContainsFunc(d.bound(port, ip), func(e Learned) bool { return e.MAC == mac })
}

// FDB returns the key of the port where an Ethernet address was learned.
func (d *Datapath) FDB(mac uint64) (port uint64, ok bool) {
	i, ok := slices.BinarySearchFunc(d.fdb, mac, func(e Learned, mac uint64) int { return cmp.Compare(e.MAC, mac) })
	if !ok {
		return 0, false
	}
	return d.fdb[i].Port, true
}

// MACBindings returns the bindings of IP addresses, sorted by port and address. If there are
// several for one address, the first is used.
func (d *Datapath) MACBindings() []Learned { return slices.Clone(d.macs) }

// FDBEntries returns the entries of the FDB, sorted by address. If there are several for one
// address, the first is used.
func (d *Datapath) FDBEntries() []Learned { return slices.Clone(d.fdb) }

func (n *Network) loadOptions() {
	read := func(table string) *action.Options {
		t := n.db.Table(table)
		name, _ := t.Col("name")
		code, _ := t.Col("code")
		typ, _ := t.Col("type")
		var out []action.Option
		for r := range t.Rows() {
			out = append(out, action.Option{Name: r.String(name), Code: int(r.Int(code)), Type: r.String(typ)})
		}
		return action.NewOptions(out)
	}
	n.options = options{read("DHCP_Options"), read("DHCPv6_Options")}
}

// parseIP parses an IPv4 address, mapped into IPv6, or an IPv6 address.
func parseIP(s string) (packet.Value, bool) {
	if v, ok := packet.ParseIPv4(s); ok {
		return packet.MapIPv4(v), true
	}
	return packet.ParseIPv6(s)
}
