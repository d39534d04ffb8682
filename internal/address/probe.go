// Package address converts a short description of a packet, "from this port to that address, TCP to
// 443", to a complete microflow: Ethernet and IP addresses are those of the ports of the logical
// network, and the Ethernet address of the next hop is that of a router attached to the sender's switch
// or, if no port has the address, the one in the network's reply to a request by ARP or neighbor
// discovery.
package address

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/sim"
)

// Probe is a short description of a packet.
type Probe struct {
	// From is the sending logical port, by any name that ovn-trace(8) takes.
	// Without it Packet must name the inport.
	From string

	// To is where the packet goes: an IP address or a logical port.  Without it
	// the destination is the one address that Packet compares ip4.dst or
	// ip6.dst with, if it does.
	To string

	// Via is the next hop where several routers are attached to the sender's
	// switch: a router, a router's port or the switch's port to it, an IP
	// address or an Ethernet address.
	Via string

	// Proto is the protocol, as ParseProto takes it.
	Proto string

	// Packet is further conditions on the packet, in the match language. They override defaults.
	Packet string
}

// Resolved is a probe with everything filled in.
type Resolved struct {
	From *lflow.Port
	To   *lflow.Port // the port that the probe names, or nil

	// Microflow describes the whole packet in the match language, for display.
	Microflow string

	parsed expr.Expr // the expression of Microflow

	// Undirected means that the probe names no destination of an IP packet or an ARP
	// request, which is then 0.
	Undirected bool

	// Assumed describes the defaults that were used, and how to override them, one text
	// each.
	Assumed []string
}

// Request returns the request that walks the packet.
func (a *Resolved) Request(c sim.Choices) sim.Request {
	return sim.Request{Datapath: a.From.Datapath.UUID, Microflow: a.Microflow, Parsed: a.parsed, Choices: c}
}

// The values of fields that nothing else decides: the time to live that most
// systems send with, and echo requests (RFC 792, RFC 4443).
const (
	ttl   = 64
	echo4 = 8
	echo6 = 128
)

// Resolve completes a probe. The error, if any, is an *UnknownError for a name that the network does not
// have, an *Error for a packet that cannot be constructed, or one of the match language's errors.
func (b *Resolver) Resolve(p Probe) (*Resolved, error) {
	given := p
	p, err := b.named(p)
	if err != nil {
		return nil, err
	}
	said, err := parse(b.n, p)
	if err != nil {
		return nil, err
	}
	from, err := b.sender(p, said)
	if err != nil {
		return nil, err
	}
	a := builder{b: b, from: from, constraints: said, hosts: b.Hosts(from)}
	to, err := a.destination(p.To)
	if err != nil {
		return nil, err
	}
	f, err := a.family(to)
	if err != nil {
		return nil, err
	}
	if p.From != "" {
		a.fill(a.constraints.sentFrom(from))
	}
	if f == arp {
		a.request(to)
	} else if err := a.headers(f, to, p.Via); err != nil {
		return nil, err
	}
	text, parsed := a.microflow()
	out := &Resolved{From: from, To: to.port, Microflow: text, parsed: parsed, Undirected: a.undirected(f), Assumed: a.assumed(f)}
	if at, err := netip.ParseAddrPort(given.To); err == nil && given.Proto == "" {
		word, _, _ := strings.Cut(p.Proto, ":")
		out.Assumed = append(out.Assumed, fmt.Sprintf("the protocol is %s, as none is given with the port; give one, such as udp:%d", word, at.Port()))
	}
	return out, nil
}

// sender finds the port that a probe is sent from.
func (b *Resolver) sender(p Probe, said *constraints) (*lflow.Port, error) {
	if p.From == "" {
		name, err := expr.FindInport(said.e)
		if err != nil {
			return nil, &Error{fmt.Sprintf("no port to send from: %v", err)}
		}
		return b.Port(name)
	}
	if _, err := expr.FindInport(said.e); !errors.Is(err, expr.ErrNoInport) {
		return nil, &Error{fmt.Sprintf("the packet names an inport, though it is sent from %s", p.From)}
	}
	return b.Port(p.From)
}

// destination is the destination of a probe: a port, an address, or unknown.
type destination struct {
	port  *lflow.Port
	hosts []Host // the port's addresses
	ip    netip.Addr
}

// builder gathers the clauses of a microflow.
type builder struct {
	b           *Resolver
	from        *lflow.Port
	hosts       []Host // the sender's addresses
	constraints *constraints
	clauses     []clause // that are filled in
}

// fill adds a clause unless it contradicts the conditions on the packet.
func (a *builder) fill(c clause) {
	if a.constraints.add(c.e) {
		a.clauses = append(a.clauses, c)
	}
}

// fillIn adds the clause that a field has a value.
func (a *builder) fillIn(field string, v packet.Value) { a.fill(a.constraints.equal(field, v)) }

// fillMAC is fillIn for an Ethernet address.
func (a *builder) fillMAC(field string, mac uint64) { a.fillIn(field, packet.Uint(mac)) }

// microflow returns the defaults followed by the conditions of the probe, as text and parsed.
func (a *builder) microflow() (text string, e expr.Expr) {
	var texts []string
	var parts []expr.Expr
	for _, c := range a.clauses {
		texts, parts = append(texts, c.text), append(parts, c.e)
	}
	if said := a.constraints; len(said.texts) > 0 {
		texts, parts = append(texts, said.texts...), append(parts, said.e)
	}
	return strings.Join(texts, " && "), expr.AllOf(parts...)
}

// destination parses the destination of a probe.
func (a *builder) destination(to string) (destination, error) {
	if to == "" {
		return destination{ip: a.constraints.address(packet.IPv4Dst, packet.IPv6Dst)}, nil
	}
	if ip, err := netip.ParseAddr(to); err == nil && ip.Zone() == "" {
		return destination{ip: ip}, nil
	}
	port, err := a.b.Port(to)
	if err != nil {
		if host, number, ok := hostPort(to); ok {
			return destination{}, &Error{fmt.Sprintf("destination %s: a port is part of the protocol: say %s as the destination and tcp:%s or udp:%s as the protocol", to, host, number, number)}
		}
		return destination{}, err
	}
	hosts := a.b.Hosts(port)
	if len(hosts) == 0 {
		return destination{}, &Error{fmt.Sprintf("port %s has no address in this database: name the destination by its IP address", to)}
	}
	return destination{port: port, hosts: hosts}, nil
}

// hostPort takes an address or a name with a port after it apart.
func hostPort(s string) (host, port string, ok bool) {
	i := strings.LastIndexByte(s, ':')
	if i <= 0 {
		return "", "", false
	}
	if _, err := strconv.ParseUint(s[i+1:], 10, 16); err != nil {
		return "", "", false
	}
	return strings.TrimSuffix(strings.TrimPrefix(s[:i], "["), "]"), s[i+1:], true
}

// undirected reports whether the packet is of a kind with a destination but the probe names none.
func (a *builder) undirected(f family) bool {
	dst := map[family]*packet.Field{arp: packet.ARPTPA, ipv4: packet.IPv4Dst, ipv6: packet.IPv6Dst}[f]
	return dst != nil && !a.constraints.fixes(dst)
}

// assumed describes the defaults that were used.
func (a *builder) assumed(f family) (out []string) {
	isIP := f == ipv4 || f == ipv6
	if a.undirected(f) {
		field := map[family]string{arp: "arp.tpa", ipv4: "ip4.dst", ipv6: "ip6.dst"}[f]
		out = append(out, field+" is 0, as no destination is given; name a port or an address that the packet goes to")
	}
	if f != arp && !a.constraints.fixes(packet.EthDst) {
		out = append(out, "eth.dst is 00:00:00:00:00:00, as the next hop is not known; give a destination, or eth.dst in the packet")
	}
	if !a.constraints.fixes(packet.EthSrc) && a.from.Datapath.Type != router {
		out = append(out, fmt.Sprintf("eth.src is 00:00:00:00:00:00, as port %s has no address in this database; give eth.src in the packet", a.from.DisplayName(true)))
	}
	if isIP && !a.constraints.fixes(packet.IPProto) {
		return append(out, "ip.proto is 0, as no protocol is given; give one, such as tcp:443, udp:53 or icmp")
	}
	for _, t := range []struct {
		proto string
		dst   *packet.Field
	}{{"tcp", packet.TCPDst}, {"udp", packet.UDPDst}, {"sctp", packet.SCTPDst}} {
		if isIP && !a.constraints.fixes(t.dst) && a.constraints.compatible(t.proto) {
			out = append(out, fmt.Sprintf("%s.dst is 0, as %s is given without a port; give one, such as %s:443", t.proto, t.proto, t.proto))
		}
	}
	return out
}

// family is what kind of packet a probe is.
type family uint8

const (
	ethernet family = iota // not known
	arp
	ipv4
	ipv6
)

// family returns the kind of packet that agrees with the conditions, the destination and the sender,
// IPv4 before IPv6.
func (a *builder) family(to destination) (family, error) {
	v4, v6 := a.constraints.compatible("ip4"), a.constraints.compatible("ip6")
	switch {
	case !v4 && !v6 && a.constraints.compatible("arp"):
		return arp, nil
	case !v4 && !v6:
		return ethernet, nil
	case to.ip.IsValid():
		if to.ip.Is4() && v4 {
			return ipv4, nil
		}
		if !to.ip.Is4() && v6 {
			return ipv6, nil
		}
		return 0, &Error{fmt.Sprintf("the packet is not one that can go to %s", to.ip)}
	}
	for _, try := range []struct {
		f       family
		allowed bool
	}{{ipv4, v4}, {ipv6, v6}} {
		if !try.allowed || to.port != nil && !hasFamily(to.hosts, try.f) {
			continue
		}
		if hasFamily(a.hosts, try.f) || to.port == nil || a.constraints.fixes(source(try.f)) {
			return try.f, nil
		}
	}
	if to.port != nil {
		if a.from.Type == "localnet" {
			return 0, a.noSource(ethernet)
		}
		return 0, &Error{fmt.Sprintf("ports %s and %s have no addresses of one family that the packet allows", a.from.DisplayName(true), to.port.DisplayName(true))}
	}
	return ethernet, nil
}

func source(f family) *packet.Field {
	if f == ipv6 {
		return packet.IPv6Src
	}
	return packet.IPv4Src
}

func hasFamily(hosts []Host, f family) bool {
	_, ip := addressOf(hosts, f)
	return ip.IsValid()
}

// addressOf returns the first address of a family with its host; it is invalid if there is none.
func addressOf(hosts []Host, f family) (Host, netip.Addr) {
	for _, h := range hosts {
		if ip, ok := h.address(f); ok {
			return h, ip
		}
	}
	return Host{}, netip.Addr{}
}

// headers adds the headers of an IP packet, or the known ones of another.
func (a *builder) headers(f family, to destination, via string) error {
	prefix := "ip4"
	if f == ipv6 {
		prefix = "ip6"
	}
	host, src, err := a.sender(f, to)
	if err != nil {
		return err
	}
	dst := to.ip
	if _, ip := addressOf(to.hosts, f); ip.IsValid() {
		dst = ip
	}
	var hop *uint64
	if f != ethernet && dst.IsValid() && !a.constraints.fixes(packet.EthDst) {
		mac, err := a.nextHop(host, src, dst, via)
		if err != nil {
			return err
		}
		hop = &mac
	}
	if host.MAC != 0 {
		a.fillMAC("eth.src", host.MAC)
	}
	if hop != nil {
		a.fillMAC("eth.dst", *hop)
	}
	if f == ethernet {
		return nil
	}
	if src.IsValid() {
		a.fillIn(prefix+".src", packet.FromAddr(src))
	}
	if dst.IsValid() {
		a.fillIn(prefix+".dst", packet.FromAddr(dst))
	}
	if !src.IsValid() && !dst.IsValid() {
		a.fill(a.constraints.predicate(prefix))
	}
	a.fillIn("ip.ttl", packet.Uint(ttl))
	a.transport()
	return nil
}

// sender returns the source addresses of the packet: those in the conditions, else the port's first. A
// router's port has none, because it forwards packets of others.
func (a *builder) sender(f family, to destination) (Host, netip.Addr, error) {
	hosts := a.hosts
	if a.from.Datapath.Type == router {
		hosts = nil
	}
	if said := a.constraints.address(packet.IPv4Src, packet.IPv6Src); said.IsValid() {
		for _, h := range hosts {
			if h.owns(said) {
				return h, said, nil
			}
		}
		return first(hosts), said, nil
	}
	if h, ip := addressOf(hosts, f); ip.IsValid() {
		return h, ip, nil
	}
	if f != ethernet && (to.port != nil || to.ip.IsValid()) && !a.constraints.fixes(source(f)) {
		return Host{}, netip.Addr{}, a.noSource(f)
	}
	return first(hosts), netip.Addr{}, nil
}

// noSource is the error for a sender that has no address of a family.
func (a *builder) noSource(f family) error {
	if a.from.Type == "localnet" {
		return &Error{fmt.Sprintf("port %s leads to a physical network, on which this database knows no system to send from: say its addresses in the packet, such as 'eth.src == 0a:00:00:00:00:01 && ip4.src == 192.0.2.1'", a.from.DisplayName(true))}
	}
	if other := map[family]family{ipv4: ipv6, ipv6: ipv4}[f]; other != ethernet && a.from.Datapath.Type != router {
		word := map[family][2]string{ipv4: {"IPv4", "ip4.src"}, ipv6: {"IPv6", "ip6.src"}}[f]
		if _, ip := addressOf(a.hosts, other); ip.IsValid() {
			return &Error{fmt.Sprintf("port %s has no %s address to send from, only %s: say %s in the packet, or give a destination of the other family", a.from.DisplayName(true), word[0], ip, word[1])}
		}
	}
	return &Error{fmt.Sprintf("port %s has no address in this database to send from: say ip4.src or ip6.src, and eth.src, in the packet", a.from.DisplayName(true))}
}

func first(hosts []Host) Host {
	if len(hosts) == 0 {
		return Host{}
	}
	return hosts[0]
}

// transport fills in a source port, or that a ping is a request.
func (a *builder) transport() {
	const unassigned = 253 // RFC 3692, for experiments
	if a.constraints.allows(a.constraints.equal("ip.proto", packet.Uint(unassigned)).e) {
		return
	}
	for _, t := range []struct {
		proto, field string
		value        uint64
	}{
		{"tcp", "tcp.src", packet.DynamicPort},
		{"udp", "udp.src", packet.DynamicPort},
		{"sctp", "sctp.src", packet.DynamicPort},
		{"icmp4", "icmp4.type", echo4},
		{"icmp6", "icmp6.type", echo6},
	} {
		if a.constraints.compatible(t.proto) {
			a.fillIn(t.field, packet.Uint(t.value))
			break
		}
	}
}

// request fills in an ARP request for the target.
func (a *builder) request(to destination) {
	ip := to.ip
	if _, v := addressOf(to.hosts, ipv4); v.IsValid() {
		ip = v
	}
	if h, src := addressOf(a.hosts, ipv4); src.IsValid() {
		a.fillMAC("eth.src", h.MAC)
		a.fillMAC("arp.sha", h.MAC)
		a.fillIn("arp.spa", packet.FromAddr(src))
	}
	a.fillMAC("eth.dst", 0xffffffffffff)
	a.fillIn("arp.op", packet.Uint(1))
	if ip.Is4() {
		a.fillIn("arp.tpa", packet.FromAddr(ip))
	}
}
