package address

import (
	"maps"
	"net/netip"
	"slices"
	"strings"
	"sync"

	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/sim"
	"github.com/ovnwalk/ovnwalk/trace"
)

// Answers are the answers that routers get when they ask for the Ethernet address of a next
// hop. The network itself answers for what its flows and its routers have; hosts answer for
// their own addresses. They may be used by several goroutines.
type Answers struct {
	walk  sim.Choices // how requests are walked
	zones []*Resolver

	known  cache[request, Answer]
	asked  cache[*lflow.Port, *Asked]
	beyond func() uint64 // the Ethernet address of hosts that are not known
}

// request is a request of a router's port.
type request struct {
	port *lflow.Port
	ip   packet.Value // IPv4 mapped into IPv6
}

// Answer is the reply to a request. The zero value means that there is none.
type Answer struct {
	MAC uint64

	// ByHost reports that the network does not answer itself: a host may do so. Its Ethernet
	// address is that of its port, or one that no port has.
	ByHost bool

	// Problem is why the answer is not known, "" if it is. Possible are the addresses that it
	// may have, nil for any.
	Problem  string
	Possible []uint64
}

// Answered reports whether there may be a reply.
func (a Answer) Answered() bool { return a.MAC != 0 || a.Problem != "" }

// Asked are the addresses for which a router's port may get answers of their own.
type Asked struct {
	Addresses []packet.Value // IPv4 mapped into IPv6, sorted
	Parts     []packet.Value // the last 24 bits of IPv6 addresses, by which answers differ too

	// Others are addresses, of IPv4 and IPv6, that are none of these: all such addresses of
	// a family have the same answer.
	Others [2]packet.Value

	has     map[packet.Value]bool
	unknown [2]bool // whether flows compare other addresses of IPv4 and IPv6 in other ways
}

// PartBits are the bits of an IPv6 address in the destination of a solicitation.
var PartBits = packet.Ones(24)

// Has reports whether an address may have an answer of its own.
func (s *Asked) Has(ip packet.Value) bool { return s.has[ip] }

// NewAnswers returns the answers in the networks of some zones to requests that are walked
// as choices have it.
func NewAnswers(walk sim.Choices, zones []*Resolver) *Answers {
	return &Answers{walk: walk, zones: zones, beyond: sync.OnceValue(func() uint64 { return unknownMAC(zones) })}
}

// Port returns the router's port from which requests for an output port are sent, nil if
// there is none.
func (a *Answers) Port(d *lflow.Datapath, key uint64) *lflow.Port {
	port, ok := d.Port(key & packet.PortKey)
	if ok && port.Distributed != nil {
		port = port.Distributed
	}
	if !ok || a.sender(port) == nil {
		return nil
	}
	return port
}

// sender returns the port by which the requests of a router's port enter the next datapath:
// the port itself or, of a port of another zone, the same one there. It is nil if there is none.
func (a *Answers) sender(port *lflow.Port) *lflow.Port {
	if port.Type == "remote" && a.walk.Across != nil {
		d := a.walk.Across(port).Datapath
		if d == nil {
			return nil
		}
		there, ok := d.Port(port.Key)
		if !ok {
			return nil
		}
		port = there
	}
	if port.Peer == nil {
		return nil
	}
	return port
}

// Of returns the answer to the request of a router's port for an address, IPv4 mapped into
// IPv6.
func (a *Answers) Of(port *lflow.Port, ip packet.Value) Answer {
	return a.known.get(request{port, ip}, func() Answer {
		if s := a.Asked(port); s.unknown[familyIndex(ip)] && !s.has[ip] {
			return Answer{Problem: "flows compare parts of the address, or what is no constant"}
		}
		return a.ask(port, ip.Addr16().Unmap())
	})
}

// MAC returns the Ethernet address in the answer to a request for an output port of a router. It
// is for sim.Choices.
func (a *Answers) MAC(d *lflow.Datapath, key uint64, ip packet.Value) (mac uint64, ok bool) {
	port := a.Port(d, key)
	if port == nil {
		return 0, false
	}
	mac = a.Of(port, ip).MAC
	return mac, mac != 0
}

// Bindings returns the answers to requests for an output port of a router, without those for addresses
// that are resolved otherwise. An IP address or Ethernet address of zero stands for any.
func (a *Answers) Bindings(d *lflow.Datapath, key uint64, resolved func(ip packet.Value) bool) (out []lflow.Learned) {
	port := a.Port(d, key)
	if port == nil {
		return nil
	}
	s := a.Asked(port)
	add := func(as, ip packet.Value) {
		switch answer := a.Of(port, ip); {
		case answer.MAC != 0:
			out = append(out, lflow.Learned{Port: key, IP: as, MAC: answer.MAC})
		case answer.Problem != "" && answer.Possible == nil:
			out = append(out, lflow.Learned{Port: key, IP: as})
		default:
			for _, mac := range answer.Possible {
				out = append(out, lflow.Learned{Port: key, IP: as, MAC: mac})
			}
		}
	}
	for _, ip := range s.Addresses {
		if !resolved(ip) {
			add(ip, ip)
		}
	}
	for _, ip := range slices.Concat(s.Parts, s.Others[:]) {
		add(packet.Value{}, ip)
	}
	return out
}

// ask walks a request.
func (a *Answers) ask(port *lflow.Port, ip netip.Addr) (answer Answer) {
	t, err := a.request(port, ip)
	if err != nil {
		return Answer{Problem: err.Error()}
	}
	var hosts []uint64
	add := func(list *[]uint64, mac uint64) {
		if mac != 0 && !slices.Contains(*list, mac) {
			*list = append(*list, mac)
		}
	}
	var macs []uint64
	sender := a.sender(port)
	here, in := sender.Datapath.Ref(), sender.Ref()
	trace.Walk(t.Root, func(n trace.Node) bool {
		switch n := n.(type) {
		case *trace.Pipeline:
			if !n.Egress && n.Datapath == here && n.Inport == in && (sender == port || floodsRemote(n)) {
				for _, sub := range n.Nodes {
					if table, ok := sub.(*trace.Table); ok {
						add(&macs, repliedMAC(&table.Packet, ip))
						break
					}
				}
			}
		case *trace.Delivered:
			add(&hosts, a.hostMAC(n, ip))
		case *trace.Uncertain:
			answer.Problem = n.Reason
		case *trace.Remark:
			if n.Kind == trace.RemarkLimit {
				answer.Problem = n.Text
			}
		}
		return true
	})
	switch {
	case answer.Problem != "":
	case len(macs) > 1 || len(macs) == 0 && len(hosts) > 1:
		answer.Problem = "several answer"
		if answer.Possible = macs; macs == nil {
			answer.Possible = hosts
		}
	case len(macs) == 1:
		answer.MAC = macs[0]
	case len(hosts) == 1:
		answer.MAC, answer.ByHost = hosts[0], true
	}
	return answer
}

// floodsRemote reports whether a pipeline sends its packet to the router's datapaths in the
// other zones.
func floodsRemote(p *trace.Pipeline) (floods bool) {
	trace.Walk(p, func(n trace.Node) bool {
		r, ok := n.(*trace.Remark)
		floods = floods || ok && r.Kind == trace.RemarkFloodRemote
		return !floods
	})
	return floods
}

// request returns the walk of a request.
func (a *Answers) request(port *lflow.Port, ip netip.Addr) (*trace.Trace, error) {
	port = a.sender(port)
	q := arpQuery{port: port.Peer, ip: ip}
	for _, h := range a.of(port.Datapath).Hosts(port) {
		q.mac = h.MAC
		for _, own := range h.IPs {
			if own.Addr().Is4() == ip.Is4() && (!q.src.IsValid() || own.Contains(ip)) {
				q.src = own.Addr()
			}
		}
	}
	if !ip.Is4() {
		q.src = packet.LinkLocal(q.mac).Addr16()
	} else if !q.src.IsValid() {
		q.src = netip.IPv4Unspecified()
	}
	p := q.packet()
	p.SetUint(packet.Inport, port.Peer.Key)
	return sim.Walk(port.Peer.Datapath.Network(), port.Peer.Datapath, p, a.walk)
}

// hostMAC returns the Ethernet address with which a host behind a port may answer a request
// that was delivered there, 0 for none. Hosts of ports without known addresses, and those of
// physical networks, may have any address.
func (a *Answers) hostMAC(at *trace.Delivered, ip netip.Addr) uint64 {
	d := a.datapath(at.Port.Datapath)
	if repliedMAC(&at.Packet, ip) != 0 || d == nil || d.Type == router { // an answer is delivered
		return 0
	}
	port, ok := d.Port(at.Port.Key)
	if !ok {
		return 0
	}
	hosts := a.of(d).Hosts(port)
	for _, h := range hosts {
		if h.owns(ip) || packet.FromAddr(ip) == packet.LinkLocal(h.MAC) {
			return h.MAC
		}
	}
	if port.Type == "" && hasAddress(hosts) && !slices.Contains(port.AddressTexts(), "unknown") {
		return 0
	}
	return a.beyond()
}

// of returns the resolver of a datapath's zone.
func (a *Answers) of(d *lflow.Datapath) *Resolver {
	i := slices.IndexFunc(a.zones, func(r *Resolver) bool { return r.n == d.Network() })
	return a.zones[max(0, i)]
}

// datapath returns the datapath of a reference, nil if no zone has it.
func (a *Answers) datapath(ref *trace.DatapathRef) *lflow.Datapath {
	for _, r := range a.zones {
		if d, ok := r.n.DatapathOfRef(ref); ok {
			return d
		}
	}
	return nil
}

// unknownMAC returns an Ethernet address that no port has.
func unknownMAC(zones []*Resolver) uint64 {
	taken := map[uint64]bool{}
	for _, r := range zones {
		for _, p := range r.n.Ports() {
			for _, text := range p.AddressTexts() {
				if h, ok := parseHost(text); ok {
					taken[h.MAC] = true
				}
			}
		}
	}
	mac := uint64(0x02_00_00_ff_ff_ff) // locally administered
	for taken[mac] {
		mac--
	}
	return mac
}

// Asked returns the addresses for which a router's port may get answers of their own.
func (a *Answers) Asked(port *lflow.Port) *Asked {
	return a.asked.get(port, func() *Asked { return a.addresses(port) })
}

// addresses finds the addresses that hosts have and that flows compare, in the datapaths
// that a request for any other address enters.
func (a *Answers) addresses(port *lflow.Port) *Asked {
	s := &Asked{has: map[packet.Value]bool{}}
	port = a.sender(port)
	var read []*lflow.Datapath
	next := []*lflow.Datapath{port.Peer.Datapath}
	for len(next) > 0 {
		for _, d := range next {
			a.read(d, s)
		}
		read, next = append(read, next...), nil
		s.chooseOthers()
		for _, other := range s.Others {
			t, err := a.request(port, other.Addr16().Unmap())
			if err != nil {
				continue
			}
			trace.Walk(t.Root, func(n trace.Node) bool {
				if p, ok := n.(*trace.Pipeline); ok {
					if d := a.datapath(p.Datapath); d != nil && d != port.Datapath && !slices.Contains(read, d) && !slices.Contains(next, d) {
						next = append(next, d)
					}
				}
				return true
			})
		}
	}
	s.Addresses = slices.SortedFunc(maps.Keys(s.has), packet.Value.Cmp)
	return s
}

// chooseOthers chooses addresses that have no answer of their own.
func (s *Asked) chooseOthers() {
	for i, first := range []netip.Addr{netip.AddrFrom4([4]byte{198, 51, 100, 1}), netip.MustParseAddr("2001:db8:ffff::1")} { // RFC 5737, RFC 3849
		ip := mapped(first)
		for s.has[ip] || slices.ContainsFunc(s.Parts, func(p packet.Value) bool { return ip.Xor(p).And(PartBits).IsZero() }) {
			ip.Lo++
		}
		s.Others[i] = ip
	}
}

// mapped returns an address, IPv4 mapped into IPv6.
func mapped(ip netip.Addr) packet.Value { return packet.FromAddr(netip.AddrFrom16(ip.As16())) }

// read adds the addresses of the hosts on a datapath, and those that flows compare with the
// address in a request.
func (a *Answers) read(d *lflow.Datapath, s *Asked) {
	b := a.of(d)
	for _, p := range d.Ports() {
		for _, h := range b.Hosts(p) {
			s.has[packet.LinkLocal(h.MAC)] = true
			for _, ip := range h.IPs {
				s.has[mapped(ip.Addr())] = true
			}
		}
	}
	env := expr.Env{Symbols: b.n.Symbols(), Set: b.n.AddressSet, DeferGroups: true}
	for _, pipeline := range []lflow.Pipeline{lflow.Ingress, lflow.Egress} {
		for table := range maxTable + 1 {
			for _, f := range b.n.Flows(d, pipeline, table) {
				text := f.MatchText()
				inARP, inND := strings.Contains(text, "arp.tpa"), strings.Contains(text, "nd.target")
				if !inARP && !inND && !strings.Contains(text, "ff02::1:ff") {
					continue
				}
				e, err := expr.ParseFlow(text, env)
				if err != nil { // such as one with a template variable
					s.unknown[0], s.unknown[1] = s.unknown[0] || inARP, s.unknown[1] || !inARP || inND
					continue
				}
				expr.Walk(e, func(e expr.Expr) bool {
					if c, ok := e.(*expr.Cmp); ok {
						s.compared(c)
					}
					return true
				})
			}
		}
	}
}

// compared adds the value of a comparison with the address in a request.
func (s *Asked) compared(c *expr.Cmp) {
	isExact := c.Op == expr.EQ || c.Op == expr.NE
	switch c.Symbol.Name {
	case "arp.tpa":
		if isExact && c.Mask == packet.Ones(32) {
			s.has[packet.MapIPv4(c.Value.Lo)] = true
		} else {
			s.unknown[0] = true
		}
	case "nd.target":
		if isExact && c.Mask == packet.Ones(128) {
			s.has[c.Value] = true
		} else {
			s.unknown[1] = true
		}
	case "ip6.dst":
		if isExact && c.Mask == packet.Ones(128) && c.Value == packet.SolicitedNode(c.Value) {
			s.Parts = append(s.Parts, c.Value)
		}
	}
}

// familyIndex is 0 for IPv4 mapped into IPv6, and 1 for IPv6.
func familyIndex(ip packet.Value) int {
	if ip == packet.MapIPv4(ip.Lo) {
		return 0
	}
	return 1
}
