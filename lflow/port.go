package lflow

import (
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
	"github.com/ovnwalk/ovnwalk/packet"
)

// Port is a logical port.
type Port struct {
	Name     string
	Name2    string // what a person called it, "" for none
	UUID     string
	Type     string // "" for a VIF
	Key      uint64
	Datapath *Datapath

	// Peer is the port at the other end, for ports of type patch and l3gateway.
	Peer *Port

	// Distributed is the port that stands for a port of type chassisredirect.
	Distributed *Port

	// Security is what the port may send from and receive at; nil allows all.
	Security []Addresses

	short  string
	named  bool   // whether the database gives Name2
	number uint32 // its place among the network's ports
	row    ovsdb.Row
}

// Addresses is an Ethernet address and the IP addresses that go with it.
type Addresses struct {
	MAC  uint64
	IPv4 []uint64
	IPv6 []packet.Value
}

// String returns the addresses as port_security has them.
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

// Label returns the port's name as a trace shows it: the one that people know,
// or the one that flows use.
func (p *Port) Label(friendly bool) string {
	if friendly {
		return p.short
	}
	return p.Name
}

// Has reports whether key is the port's on its datapath.
func (p *Port) Has(datapath int, key uint64) bool {
	return p.Datapath.Index == datapath && p.Key == key
}

// Given returns the addresses that the port was given, as column mac of
// Port_Binding has them: each an Ethernet address and the IP addresses after it,
// those of a router's port with the lengths of their networks' prefixes, or a
// word such as "unknown" or "dynamic".
func (p *Port) Given() []string {
	t := p.row.Table()
	c, ok := t.Col("mac")
	if !ok {
		return nil
	}
	return p.row.Strings(c)
}

// Only returns the key that alone can be the port's.
func (p *Port) Only() (key uint64, ok bool) { return p.Key, true }

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

// portRow is a row of table Port_Binding as one goroutine reads it.
type portRow struct {
	Port
	peer *string
	bad  []string // what of port_security has no Ethernet address
}

// read reads what a port is by itself.
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
		if a, ok := parseAddresses(s); ok {
			p.Security = append(p.Security, a)
		} else {
			p.bad = append(p.bad, s)
		}
	}
}

// parseAddresses reads an Ethernet address and the IP addresses after it, up to
// the first word that is neither.  Prefix lengths are passed over.
func parseAddresses(s string) (a Addresses, ok bool) {
	fields := strings.Fields(s)
	if len(fields) == 0 {
		return a, false
	}
	if a.MAC, ok = packet.ParseMAC(fields[0]); !ok {
		return a, false
	}
	for _, f := range fields[1:] {
		addr, _, _ := strings.Cut(f, "/")
		if v4, ok := packet.ParseIPv4(addr); ok {
			a.IPv4 = append(a.IPv4, v4)
		} else if v6, ok := packet.ParseIPv6(addr); ok {
			a.IPv6 = append(a.IPv6, v6)
		} else {
			break
		}
	}
	return a, true
}
