package lflow

import (
	"fmt"
	"sync/atomic"

	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
	"github.com/ovnwalk/ovnwalk/internal/ovstext"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/trace"
)

// Port is a logical port.
type Port struct {
	Name     string
	Name2    string // the friendly name, or ""
	UUID     string
	Type     string // "" for a VIF
	Key      uint64
	Datapath *Datapath

	// Peer is the port at the other end, for ports of type patch and l3gateway.
	Peer *Port

	// Distributed is the distributed port of a port of type chassisredirect.
	Distributed *Port

	// Security is the addresses that port security permits, as ovn-trace(8) parses them; nil
	// permits all.
	Security []Addresses

	short  string
	ref    atomic.Pointer[trace.PortRef]
	named  bool   // whether Name2 is from the database
	number uint32 // its index among the network's ports
	row    ovsdb.Row
}

// Addresses is an Ethernet address and the IP addresses that belong to it.
type Addresses struct {
	MAC  uint64
	IPv4 []uint64
	IPv6 []packet.Value
}

// String returns the addresses in the form of port_security.
func (a Addresses) String() string {
	b := packet.AppendMAC(nil, a.MAC)
	for _, ip := range a.IPv4 {
		b = packet.AppendIPv4(append(b, ' '), ip)
	}
	for _, ip := range a.IPv6 {
		b = packet.AppendIPv6(append(b, ' '), ip)
	}
	return string(b)
}

// DisplayName returns the port's name as a trace shows it: the friendly name, or the
// logical port name that flows use.
func (p *Port) DisplayName(friendly bool) string {
	if friendly {
		return p.short
	}
	return p.Name
}

// Ref returns the reference to the port in traces.
func (p *Port) Ref() *trace.PortRef {
	if r := p.ref.Load(); r != nil {
		return r
	}
	p.ref.CompareAndSwap(nil, &trace.PortRef{
		UUID: p.UUID, Key: p.Key, Type: p.Type, Datapath: p.Datapath.Ref(), Name: trace.Text{Friendly: p.short, Plain: p.Name},
	})
	return p.ref.Load()
}

// Has reports whether key is the port's key on its datapath.
func (p *Port) Has(datapath int, key uint64) bool {
	return p.Datapath.Index == datapath && p.Key == key
}

// AddressTexts returns the addresses in column mac of Port_Binding: each an Ethernet
// address followed by IP addresses, with prefix lengths on a router port, or a word
// such as "unknown" or "dynamic".
func (p *Port) AddressTexts() []string {
	t := p.row.Table()
	c, ok := t.Col("mac")
	if !ok {
		return nil
	}
	return p.row.Strings(c)
}

// SecurityTexts returns column port_security of Port_Binding: entries of an Ethernet address and
// IP addresses, including those that Security omits.
func (p *Port) SecurityTexts() []string {
	t := p.row.Table()
	c, ok := t.Col("port_security")
	if !ok {
		return nil
	}
	return p.row.Strings(c)
}

// OnlyKey returns the port's only key.
func (p *Port) OnlyKey() (key uint64, ok bool) { return p.Key, true }

type portColumns struct {
	name, datapath, key, typ, options, ids, security, chassis, gateways, haGroup ovsdb.Col
}

func portCols(t *ovsdb.Table) (c portColumns) {
	for name, col := range map[string]*ovsdb.Col{
		"logical_port": &c.name, "datapath": &c.datapath, "tunnel_key": &c.key, "type": &c.typ, "options": &c.options,
		"external_ids": &c.ids, "port_security": &c.security, "chassis": &c.chassis, "gateway_chassis": &c.gateways, "ha_chassis_group": &c.haGroup,
	} {
		*col, _ = t.Col(name)
	}
	return c
}

// portRow is a row of table Port_Binding as read by one goroutine.
type portRow struct {
	Port
	peer *string
	bad  []string // errors in port_security
}

// read reads the port's own columns.
func (p *portRow) read(n *Network, r ovsdb.Row, c portColumns) {
	p.Port = Port{Name: r.String(c.name), UUID: r.UUID().String(), Type: r.String(c.typ), Key: uint64(r.Int(c.key)) & 0xffff, row: r}
	p.Datapath = n.datapathOf(r, c.datapath)
	p.short = shorten(p.Name)
	if p.Name2, p.named = r.MapGet(c.ids, "name"); p.named {
		p.short = shorten(p.Name2)
	}
	if p.Type == "patch" || p.Type == "l3gateway" {
		if peer, ok := r.MapGet(c.options, "peer"); ok {
			p.peer = &peer
		}
	}
	for _, s := range r.Strings(c.security) {
		a, rest, ok := parseAddresses(s)
		if !ok {
			p.bad = append(p.bad, fmt.Sprintf("invalid syntax '%s' in port security. No MAC address found", s))
			continue
		}
		p.Security = append(p.Security, a)
		if rest != "" {
			p.bad = append(p.bad, fmt.Sprintf("invalid syntax '%s' in address: '%s' does not count", s, rest))
		}
	}
}

// parseAddresses parses a row of port security; rest is the part of it that is ignored.
func parseAddresses(s string) (a Addresses, rest string, ok bool) {
	read, rest, ok := ovstext.ParseAddresses(s)
	a.MAC = read.MAC
	for _, p := range read.IPs {
		if v := packet.FromAddr(p.Addr()); p.Addr().Is4() {
			a.IPv4 = append(a.IPv4, v.Lo)
		} else {
			a.IPv6 = append(a.IPv6, v)
		}
	}
	return a, rest, ok
}
