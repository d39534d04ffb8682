package lflow

import (
	"net"
	"strconv"
	"strings"

	"github.com/ovnwalk/ovnwalk/expr/action"
	"github.com/ovnwalk/ovnwalk/packet"
)

// macKey is what a MAC binding is found by.
type macKey struct {
	port uint64
	ip   packet.Value // IPv4 mapped into IPv6
}

// VIP is a virtual address of a load balancer.
type VIP struct {
	Text string // the address as the database has it, without the port
	Addr packet.Value
	IPv6 bool
	Port uint16 // 0 for every port
}

// options are the DHCP options that the database names.
type options struct{ v4, v6 *action.Options }

func (n *Network) loadBindings() {
	t := n.db.Table("MAC_Binding")
	port, _ := t.Col("logical_port")
	ip, _ := t.Col("ip")
	mac, _ := t.Col("mac")
	dp, _ := t.Col("datapath")
	for _, r := range idlOrder(t) {
		p := n.port[r.String(port)]
		addr, okIP := parseIP(r.String(ip))
		m, okMAC := packet.ParseMAC(r.String(mac))
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
			k := macKey{p.Key, addr}
			p.Datapath.macs[k] = append([]uint64{m}, p.Datapath.macs[k]...)
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
		m, ok := packet.ParseMAC(r.String(mac))
		if !ok {
			n.warn("FDB %s: %s: bad Ethernet address", r.UUID(), r.String(mac))
			continue
		}
		if d := byKey[r.Int(dpKey)]; d != nil {
			d.fdb[m] = uint64(r.Int(portKey)) & 0xffff
		}
	}
	t = n.db.Table("Load_Balancer")
	vips, _ := t.Col("vips")
	for _, r := range idlOrder(t) {
		var keys []string
		for k := range r.Map(vips) {
			keys = append(keys, k)
		}
		for _, k := range smapOrder(keys) {
			v, ok := parseVIP(k)
			if !ok {
				continue
			}
			if key := (vipKey{v.Addr, v.IPv6}); !has(n.vipAt, key) {
				n.vipAt[key] = len(n.vips)
			}
			n.vips = append(n.vips, v)
		}
	}
}

func has[K comparable, V any](m map[K]V, k K) bool {
	_, ok := m[k]
	return ok
}

// MACBinding returns the Ethernet address that an IP address (IPv4 mapped into
// IPv6) is bound to on a port.
func (d *Datapath) MACBinding(port uint64, ip packet.Value) (mac uint64, ok bool) {
	macs := d.macs[macKey{port & 0xffff, ip}]
	if len(macs) == 0 {
		return 0, false
	}
	return macs[0], true
}

// HasMACBinding reports whether an IP address is bound to that Ethernet address
// on a port.
func (d *Datapath) HasMACBinding(port uint64, ip packet.Value, mac uint64) bool {
	for _, m := range d.macs[macKey{port & 0xffff, ip}] {
		if m == mac {
			return true
		}
	}
	return false
}

// FDB returns the key of the port where an Ethernet address was learned.
func (d *Datapath) FDB(mac uint64) (port uint64, ok bool) {
	port, ok = d.fdb[mac]
	return port, ok
}

// vipKey is what a virtual address is found by.
type vipKey struct {
	addr packet.Value
	ipv6 bool
}

// VIP returns the first virtual address, in the order in which ovn-trace(8)
// holds them, that is one of the two: a packet's original destination as IPv4
// and as IPv6.
func (n *Network) VIP(v4, v6 packet.Value) (VIP, bool) {
	i, ok := n.vipAt[vipKey{v4, false}]
	if j, ok6 := n.vipAt[vipKey{v6, true}]; ok6 && (!ok || j < i) {
		i, ok = j, true
	}
	if !ok {
		return VIP{}, false
	}
	return n.vips[i], true
}

// VIPs returns the virtual addresses, in the order in which ovn-trace(8) holds
// them.  The caller must not change the slice.
func (n *Network) VIPs() []VIP { return n.vips }

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

// parseIP reads an IPv4 address, mapped into IPv6, or an IPv6 address.
func parseIP(s string) (packet.Value, bool) {
	if v, ok := packet.ParseIPv4(s); ok {
		return packet.MapIPv4(v), true
	}
	return packet.ParseIPv6(s)
}

// parseVIP reads ADDRESS, ADDRESS:PORT or [ADDRESS]:PORT.
func parseVIP(s string) (VIP, bool) {
	host, port := s, ""
	if h, p, err := net.SplitHostPort(s); err == nil {
		host, port = h, p
	}
	v := VIP{Text: strings.Trim(host, "[]")}
	if port != "" {
		p, err := strconv.ParseUint(port, 10, 16)
		if err != nil {
			return VIP{}, false
		}
		v.Port = uint16(p)
	}
	if a, ok := packet.ParseIPv4(v.Text); ok {
		v.Addr = packet.Uint(a)
		return v, true
	}
	a, ok := packet.ParseIPv6(v.Text)
	v.Addr, v.IPv6 = a, true
	return v, ok
}
