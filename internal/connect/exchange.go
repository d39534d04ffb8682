package connect

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/ovnwalk/ovnwalk/internal/cluster"
	"github.com/ovnwalk/ovnwalk/internal/interconnect"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/trace"
)

// Source is where a packet comes from: a port, on a chassis, or a physical
// network.
type Source struct {
	Port    *lflow.Port
	Chassis *cluster.Chassis // where the port is; nil for the one that it is bound to
	Network string           // the physical network, where Port is nil
	segment string           // of the physical network
}

// sendFrom has a frame enter from a source.
func (w *simulation) sendFrom(s Source, p packet.Packet) step {
	return w.inject(func(out *trace.Container) {
		if s.Port == nil {
			if !w.fromOutside(s.Network, p, out) {
				w.dropped = append(w.dropped, Drop{Code: NotMapped, Detail: s.Network, Packet: onWire(&p)})
			}
			return
		}
		b := w.zone(s.Port.Datapath).Binding(s.Port)
		h := s.Chassis
		if h == nil {
			h = b.Chassis
		}
		if plugs := s.Port.Type == "" || s.Port.Type == "localport"; h == nil || plugs && !h.Local(b) {
			w.dropped = append(w.dropped, Drop{Code: UnboundPort, Datapath: s.Port.Datapath.Ref(), Packet: onWire(&p), unbound: b})
			return
		}
		if carrier := cmp.Or(w.zone(s.Port.Datapath).BindingNamed(b.Parent), b); carrier.Inactive(h) && !carrier.Activates(&p) {
			w.dropped = append(w.dropped, Drop{Code: Inactive, Datapath: s.Port.Datapath.Ref(), Chassis: h.Name, Packet: onWire(&p)})
			return
		}
		q := p
		q.SetUint(enteredBy, w.physicalPort(b))
		if b.Parent != "" {
			q.SetUint(packet.LogicalFlags, packet.FlagNestedContainer)
			q.SetUint(packet.VLANTCI, 0) // its tag says whose frame it is and goes no further
		}
		if s.Port.Type == "localport" {
			q.SetUint(packet.LogicalFlags, packet.FlagLocalport)
		}
		w.enter(h, b, &q, out)
	})
}

// What the packets of an exchange are.
const (
	Request = "request" // the first packet
	Reply   = "reply"   // of whoever received it
	Third   = "third"   // what the sender says to that
)

// Packet is one packet of an exchange and what came of it.
type Packet struct {
	Role    string // Request, Reply or Third
	From    Source
	On      string // the chassis where the port is that sends it, "" for none
	Owner   string // what the port is of, as Use has it
	Sent    packet.Packet
	Arrived []Arrival
	Dropped []Drop
	Trace   *trace.Trace

	// Problems are those of the zones that the packet entered.
	Problems []interconnect.Problem

	// Answered is where the packet went that is answered next, -1 for nowhere.
	Answered int
}

// exchange walks a connection: the first packet, the answer of whoever received
// it, and for TCP what the sender says to that.
func (w *simulation) exchange(from Source, first packet.Packet) []Packet {
	walk := func(what string, from Source, p packet.Packet) *Packet {
		s := w.sendFrom(from, p)
		return &Packet{Role: what, From: from, On: from.chassisName(), Sent: onWire(&p), Arrived: s.arrived, Dropped: s.dropped, Problems: s.problems, Trace: s.trace, Answered: -1}
	}
	from = w.placed(from)
	request := walk(Request, from, first)
	request.Answered = w.receiver(request.Arrived, from, &first)
	if request.Answered < 0 {
		return []Packet{*request}
	}
	got := request.Arrived[request.Answered]
	answer, err := ReplyTo(&got.Packet)
	if err != nil || !isConversation(&got.Packet) {
		return []Packet{*request}
	}
	reply := walk(Reply, w.sourceOf(got), answer)
	came := func(a Arrival) bool { return visited(a, from) }
	reply.Answered = slices.IndexFunc(reply.Arrived, func(a Arrival) bool { return came(a) && sameKind(&a.Packet, &answer) })
	if !slices.ContainsFunc(reply.Arrived, came) || first.Uint(packet.IPProto) != packet.ProtoTCP || first.Uint(packet.TCPFlags) != packet.TCPSYN {
		return []Packet{*request, *reply}
	}
	last := first
	last.SetUint(packet.TCPFlags, packet.TCPACK)
	return []Packet{*request, *reply, *walk(Third, from, last)}
}

// placed returns a source with its chassis, that of the port unless it has one, and its
// segment.
func (w *simulation) placed(s Source) Source {
	if s.Port != nil && s.Chassis == nil {
		s.Chassis = w.zone(s.Port.Datapath).Binding(s.Port).Chassis
	}
	if s.Network != "" {
		s.segment = w.cluster.Segment(s.Network)
	}
	return s
}

// chassisName returns the name of the chassis from which a packet is sent, "" for none.
func (s Source) chassisName() string {
	if s.Chassis == nil {
		return ""
	}
	return s.Chassis.Name
}

// sourceOf returns where the answer of whoever received a frame comes from.
func (w *simulation) sourceOf(a Arrival) Source {
	if a.Network != "" {
		return Source{Network: a.Network, segment: a.segment}
	}
	return Source{Port: a.Port, Chassis: w.cluster.Named(a.Chassis)}
}

// visited reports whether a frame came to a place.
func visited(a Arrival, s Source) bool {
	if s.Port == nil {
		return a.Network != "" && a.segment == s.segment
	}
	return a.Network == "" && a.Port == s.Port && (s.Chassis == nil || a.Chassis == s.Chassis.Name)
}

// receiver finds the frame whose receiver takes it for a packet of the
// connection, -1 for none: one that bears the Ethernet address of the host
// behind a port, else one that went out to an address that no port has, else one
// to such an address at a port with unknown hosts.
func (w *simulation) receiver(all []Arrival, from Source, first *packet.Packet) int {
	outside, unknown := -1, -1
	for i, a := range all {
		p := &a.Packet
		mac := p.Uint(packet.EthDst)
		if visited(a, from) && !isReturned(a, first) && (a.Network == "" || mac == first.Uint(packet.EthSrc)) || !sameProtocol(p, first) {
			continue
		}
		switch {
		case mac>>40&1 == 1:
		case a.Network == "" && hasMAC(a.Port, mac):
			return w.onMainChassis(all, i)
		case w.known(mac):
		case a.Network != "" && outside < 0:
			outside = i
		case a.Network == "" && unknown < 0 && hasUnknown(a.Port):
			unknown = i
		}
	}
	if outside < 0 {
		return unknown
	}
	return outside
}

// isReturned reports whether the first packet itself came back to the port that sent it,
// as from a load balancer whose back end the sender is: an answer has other ports.
func isReturned(a Arrival, first *packet.Packet) bool {
	return a.Network == "" && a.Packet.Uint(packet.TPSrc) == first.Uint(packet.TPSrc) && hasMAC(a.Port, a.Packet.Uint(packet.EthDst))
}

// onMainChassis returns which of the copies of a frame that came to one port its host
// answers: of a port on several chassis that on the main one.
func (w *simulation) onMainChassis(all []Arrival, one int) int {
	b := w.zone(all[one].Port.Datapath).Binding(all[one].Port)
	if b.Chassis == nil || !b.Multichassis() {
		return one
	}
	for i, a := range all {
		if a.Port == b.Port && a.Chassis == b.Chassis.Name && a.Packet == all[one].Packet {
			w.assumed = append(w.assumed, fmt.Sprintf("of port %s, which is on %d chassis, the host on %s replies", b.Port.DisplayName(true), 1+len(b.Additional), a.Chassis))
			return i
		}
	}
	return one
}

// sameProtocol reports whether a packet may be the first one on its way, which for TCP
// has its flags.
func sameProtocol(p, first *packet.Packet) bool {
	if !p.IsIP() || p.Uint(packet.EthType) != first.Uint(packet.EthType) || p.Uint(packet.IPProto) != first.Uint(packet.IPProto) {
		return false
	}
	return p.Uint(packet.IPProto) != packet.ProtoTCP || p.Uint(packet.TCPFlags) == first.Uint(packet.TCPFlags)
}

// hasMAC reports whether an Ethernet address is that of the host behind a port.
func hasMAC(port *lflow.Port, mac uint64) bool {
	return slices.ContainsFunc(port.AddressTexts(), func(text string) bool {
		m, ok := packet.ParseMAC(firstField(text))
		return ok && m == mac
	})
}

// hasUnknown reports whether the hosts behind a port have addresses that the
// database does not say.
func hasUnknown(port *lflow.Port) bool {
	return slices.ContainsFunc(port.AddressTexts(), func(text string) bool {
		first := firstField(text)
		return first == "unknown" || first == "dynamic"
	})
}

// known reports whether an Ethernet address is that of a port.
func (w *simulation) known(mac uint64) bool {
	return slices.ContainsFunc(w.cluster.Zones, func(z *cluster.Zone) bool { return z.Has(mac) })
}

// MaxResults bounds how many ways to choose are tried.
const MaxResults = 512

// Result is what comes of a connection with certain choices.
type Result struct {
	Choices []Choice
	Packets []Packet

	Verdict Verdict
	Lost    string // which packet is lost, "" for none
	Where   Drop   // where that packet ended
	Assumed []string
	Ways    [][]Choice // the choices that all lead here

	// Obstacles are what loses packets, the first one first; each but the last is
	// removed when the next one is found.  Remaining is the verdict behind those that
	// can be removed.
	Obstacles []Obstacle
	Remaining Verdict

	picks                       []int
	unusedBackend, unusedMember bool // what the options choose, and no walk met
}

// Outcomes walks a connection, once for each way in which hashes may choose.  It
// is false where there are more than are tried, or a walk came to a limit.
func AllResults(c *cluster.Cluster, o *Options, from Source, first packet.Packet) (all []Result, complete bool) {
	for s := new(script); s != nil; s = s.next() {
		if len(all) == MaxResults {
			return all, false
		}
		w := newSimulation(c, o, s)
		packets := w.exchange(from, first)
		all = append(all, Result{Assumed: w.assumed, Choices: s.made, Packets: packets, unusedBackend: o.LBDst.IsSet && !w.usedBackend, unusedMember: o.SelectID != 0 && !w.usedMember, picks: s.picks})
		if w.stopped {
			return all, false
		}
	}
	return all, true
}
