// Package address turns what a person says of a packet, "from this port to that
// address, TCP to 443", into the microflow that says all of it: Ethernet and IP
// addresses come from the ports of the logical network, and the Ethernet
// address of the next hop from the routers attached to the sender's switch, or,
// where no port has the address, from what answers when the network is asked
// for it by ARP or neighbor discovery.
package address

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/sim"
)

// Probe says who sends what to whom.
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

	// Packet is what else holds of the packet, in the match language.  What it
	// says wins over anything that would be filled in.
	Packet string
}

// Aimed is a probe with everything filled in.
type Aimed struct {
	From *lflow.Port
	To   *lflow.Port // the port that the probe names, nil where it names none

	// Microflow says all of the packet, in the match language.
	Microflow string
}

// Request returns the request that walks the packet.
func (a *Aimed) Request(c sim.Choices) sim.Request {
	return sim.Request{Datapath: a.From.Datapath.UUID, Microflow: a.Microflow, Bulk: true, Choices: c}
}

// The values of fields that nothing else decides: the time to live that most
// systems send with, the first dynamic port (RFC 6335 section 6), echo requests
// (RFC 792, RFC 4443).
const (
	ttl         = 64
	dynamicPort = 49152
	echo4       = 8
	echo6       = 128
)

// Aim fills in a probe.  The error, if any, is a *UnknownError for a name that
// the network lacks, an *Error for a packet that cannot be made out, or one of
// the match language's.
func (b *Book) Aim(p Probe) (*Aimed, error) {
	said, err := parse(b.n, p)
	if err != nil {
		return nil, err
	}
	from, err := b.sender(p, said)
	if err != nil {
		return nil, err
	}
	a := aimer{b: b, from: from, said: said, hosts: b.Hosts(from)}
	to, err := a.target(p.To)
	if err != nil {
		return nil, err
	}
	f, err := a.family(to)
	if err != nil {
		return nil, err
	}
	if p.From != "" {
		a.fill(`inport == ` + expr.Quote(from.Name))
	}
	if f == arp {
		a.request(to)
	} else if err := a.headers(f, to, p.Via); err != nil {
		return nil, err
	}
	return &Aimed{From: from, To: to.port, Microflow: a.text()}, nil
}

// sender finds the port that a probe is sent from.
func (b *Book) sender(p Probe, said *said) (*lflow.Port, error) {
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

// target is where a probe goes: a port, an address, or nothing known.
type target struct {
	port  *lflow.Port
	hosts []Host // the port's addresses
	ip    netip.Addr
}

// aimer gathers the clauses of a microflow.
type aimer struct {
	b       *Book
	from    *lflow.Port
	hosts   []Host // the sender's addresses
	said    *said
	clauses []string
}

// fill adds a clause unless what is said of the packet contradicts it.
func (a *aimer) fill(clause string) {
	if a.said.take(clause) {
		a.clauses = append(a.clauses, clause)
	}
}

// text returns the microflow: what was filled in, then what was said.
func (a *aimer) text() string { return strings.Join(append(a.clauses, a.said.texts...), " && ") }

// target reads what a probe says of its destination.
func (a *aimer) target(to string) (target, error) {
	if to == "" {
		return target{ip: a.said.address(packet.IPv4Dst, packet.IPv6Dst)}, nil
	}
	if ip, err := netip.ParseAddr(to); err == nil && ip.Zone() == "" {
		return target{ip: ip}, nil
	}
	port, err := a.b.Port(to)
	if err != nil {
		return target{}, err
	}
	hosts := a.b.Hosts(port)
	if len(hosts) == 0 {
		return target{}, &Error{fmt.Sprintf("port %s has no address in this database: name the destination by its IP address", to)}
	}
	return target{port: port, hosts: hosts}, nil
}

// family is what kind of packet a probe is.
type family uint8

const (
	ethernet family = iota // nothing tells
	arp
	ipv4
	ipv6
)

// family settles the kind of packet that fits what is said, the target and the
// sender, IPv4 before IPv6.
func (a *aimer) family(to target) (family, error) {
	v4, v6 := a.said.allows("ip4"), a.said.allows("ip6")
	switch {
	case !v4 && !v6 && a.said.allows("arp"):
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
		if !try.allowed || to.port != nil && !has(to.hosts, try.f) {
			continue
		}
		if has(a.hosts, try.f) || to.port == nil || a.said.sets(source(try.f)) {
			return try.f, nil
		}
	}
	if to.port != nil {
		return 0, &Error{fmt.Sprintf("ports %s and %s have no addresses of one family that the packet allows", a.from.Label(true), to.port.Label(true))}
	}
	return ethernet, nil
}

func source(f family) *packet.Field {
	if f == ipv6 {
		return packet.IPv6Src
	}
	return packet.IPv4Src
}

func has(hosts []Host, f family) bool {
	for _, h := range hosts {
		if _, ok := h.address(f); ok {
			return true
		}
	}
	return false
}

// headers fills in the headers of an IP packet, or what is known of another.
func (a *aimer) headers(f family, to target, via string) error {
	prefix := "ip4"
	if f == ipv6 {
		prefix = "ip6"
	}
	host, src, err := a.sender(f, to)
	if err != nil {
		return err
	}
	dst := to.ip
	if to.port != nil {
		for _, h := range to.hosts {
			if ip, ok := h.address(f); ok {
				dst = ip
				break
			}
		}
	}
	hop := ""
	if f != ethernet && dst.IsValid() && !a.said.sets(packet.EthDst) {
		if hop, err = a.nextHop(host, src, dst, via); err != nil {
			return err
		}
	}
	if host.MAC != 0 {
		a.fill("eth.src == " + mac(host.MAC))
	}
	if hop != "" {
		a.fill("eth.dst == " + hop)
	}
	if f == ethernet {
		return nil
	}
	if src.IsValid() {
		a.fill(prefix + ".src == " + src.String())
	}
	if dst.IsValid() {
		a.fill(prefix + ".dst == " + dst.String())
	}
	if !src.IsValid() && !dst.IsValid() {
		a.fill(prefix)
	}
	a.fill(fmt.Sprintf("ip.ttl == %d", ttl))
	a.transport()
	return nil
}

// sender picks the addresses that the packet comes from: the one that is said
// of it, or else the port's first.  A router's port has none, for it passes on
// what others sent.
func (a *aimer) sender(f family, to target) (Host, netip.Addr, error) {
	hosts := a.hosts
	if a.from.Datapath.Type == router {
		hosts = nil
	}
	if said := a.said.address(packet.IPv4Src, packet.IPv6Src); said.IsValid() {
		for _, h := range hosts {
			if h.owns(said) {
				return h, said, nil
			}
		}
		return first(hosts), said, nil
	}
	for _, h := range hosts {
		if ip, ok := h.address(f); ok {
			return h, ip, nil
		}
	}
	if f != ethernet && (to.port != nil || to.ip.IsValid()) && !a.said.sets(source(f)) {
		return Host{}, netip.Addr{}, &Error{fmt.Sprintf("port %s has no address in this database to send from: say ip4.src or ip6.src, and eth.src, in the packet", a.from.Label(true))}
	}
	return first(hosts), netip.Addr{}, nil
}

func first(hosts []Host) Host {
	if len(hosts) == 0 {
		return Host{}
	}
	return hosts[0]
}

// transport fills in a source port, or that a ping is a request.
func (a *aimer) transport() {
	const unassigned = "ip.proto == 253" // RFC 3692, for experiments
	if a.said.allows(unassigned) {
		return
	}
	for _, t := range []struct{ proto, clause string }{
		{"tcp", fmt.Sprintf("tcp.src == %d", dynamicPort)},
		{"udp", fmt.Sprintf("udp.src == %d", dynamicPort)},
		{"sctp", fmt.Sprintf("sctp.src == %d", dynamicPort)},
		{"icmp4", fmt.Sprintf("icmp4.type == %d", echo4)},
		{"icmp6", fmt.Sprintf("icmp6.type == %d", echo6)},
	} {
		if a.said.allows(t.proto) {
			a.fill(t.clause)
			break
		}
	}
}

// request fills in an ARP request for the target.
func (a *aimer) request(to target) {
	ip := to.ip
	for _, h := range to.hosts {
		if v, ok := h.address(ipv4); ok {
			ip = v
			break
		}
	}
	for _, h := range a.hosts {
		if src, ok := h.address(ipv4); ok {
			a.fill("eth.src == " + mac(h.MAC))
			a.fill("arp.sha == " + mac(h.MAC))
			a.fill("arp.spa == " + src.String())
			break
		}
	}
	a.fill("eth.dst == ff:ff:ff:ff:ff:ff")
	a.fill("arp.op == 1")
	if ip.Is4() {
		a.fill("arp.tpa == " + ip.String())
	}
}

func mac(v uint64) string { return string(packet.AppendMAC(nil, v)) }
