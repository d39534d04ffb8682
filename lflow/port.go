package lflow

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"

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

	short string
	row   ovsdb.Row
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
	named bool // whether Name2 is given
	peer  *string
	bad   []string // what of port_security has no Ethernet address
}

func (p *portRow) read(n *Network, r ovsdb.Row, c portColumns) {
	p.Port = Port{Name: r.String(c.name), UUID: r.UUID().String(), Type: r.String(c.typ), Key: uint64(r.Int(c.key)) & 0xffff, row: r}
	p.Datapath = n.datapathOf(r, c.datapath)
	p.Name2, p.named = r.MapGet(c.ids, "name")
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

func (n *Network) loadPorts() {
	t := n.db.Table("Port_Binding")
	c := portCols(t)
	rows := idlOrder(t)
	ports := make([]portRow, len(rows))
	rest := ports
	var wait sync.WaitGroup
	for part := range slices.Chunk(rows, max(1, len(rows)/runtime.GOMAXPROCS(0)+1)) {
		into := rest[:len(part)]
		rest = rest[len(part):]
		wait.Go(func() {
			for i, r := range part {
				into[i].read(n, r, c)
			}
		})
	}
	wait.Wait()
	n.portAt = make([]*Port, t.Numbers())
	for i := range ports {
		n.addPort(&ports[i])
	}
	for _, p := range n.Ports {
		if p.Type != "chassisredirect" {
			continue
		}
		if name, ok := p.row.MapGet(c.options, "distributed-port"); ok {
			if d := n.port[name]; d != nil && d.Datapath == p.Datapath {
				p.Distributed = d
			}
		}
	}
}

// addPort makes a row a port of the network.
func (n *Network) addPort(r *portRow) {
	p := &r.Port
	if p.Datapath == nil {
		n.warn("Port_Binding %s: logical port %s missing datapath", p.UUID, p.Name)
		return
	}
	if n.port[p.Name] != nil {
		n.warn("Port_Binding %s: duplicate logical port name %s", p.UUID, p.Name)
		return
	}
	n.port[p.Name] = p
	n.Ports = append(n.Ports, p)
	n.portAt[p.row.Number()] = p
	if p.Datapath.ports[p.Key] == nil {
		p.Datapath.ports[p.Key] = p
	}
	p.short = shorten(p.Name)
	if r.named {
		p.short = shorten(p.Name2)
		if _, twice := n.alias[p.Name2]; twice {
			n.alias[p.Name2] = nil
		} else {
			n.alias[p.Name2] = p
		}
	}
	if p.Type == "l3gateway" {
		p.Datapath.HasL3Gateway = true
	}
	if r.peer != nil && n.port[*r.peer] != nil {
		p.Peer = n.port[*r.peer]
		p.Peer.Peer = p
	}
	for _, s := range r.bad {
		n.warn("Port_Binding %s: invalid syntax '%s' in port security. No MAC address found", p.UUID, s)
	}
}

// Port returns the port that flows know by a name, nil where there is none.
func (n *Network) Port(name string) *Port { return n.port[name] }

// FindPort finds a port by its name, by the name that a person gave it, or by
// an unambiguous piece of at least 4 characters from the start of its UUID or
// of a name that is one, as ovn-trace(8) has it.
func (n *Network) FindPort(name string) (*Port, *Warning) {
	if p := n.port[name]; p != nil {
		return p, nil
	}
	several := &Warning{fmt.Sprintf("name %q matches multiple ports", name)}
	match, known := n.alias[name]
	if known && match == nil {
		return nil, several
	}
	if isUUIDPiece(name) < 4 {
		return match, nil
	}
	for _, p := range n.Ports {
		byName := isUUIDPiece(p.Name) == 36 && strings.HasPrefix(strings.ToLower(p.Name), name)
		if !strings.HasPrefix(p.UUID, name) && !byName {
			continue
		}
		if match != nil && match != p {
			return nil, several
		}
		match = p
	}
	return match, nil
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
