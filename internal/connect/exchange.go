package connect

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/ovnwalk/ovnwalk/internal/cluster"
	"github.com/ovnwalk/ovnwalk/internal/interconnect"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/trace"
)

// Source is the origin of a packet: a port on a chassis, or a physical network.
type Source struct {
	Port    *lflow.Port
	Chassis *cluster.Chassis // the chassis of the port; nil for the one that it is bound to
	Network string           // the physical network, if Port is nil
	segment string           // of the physical network
}

// sendFrom walks a frame from a source.
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
			q.SetUint(packet.VLANTCI, 0) // the tag selects the port and is removed
		}
		if s.Port.Type == "localport" {
			q.SetUint(packet.LogicalFlags, packet.FlagLocalport)
		}
		w.enter(h, b, &q, out)
	})
}

// Roles of the packets of an exchange.
const (
	Request = "request" // the first packet
	Reply   = "reply"   // the reply of the receiver
	Third   = "third"   // the sender's packet after the reply
)

// Packet is a packet of an exchange and its result.
type Packet struct {
	Role    string // Request, Reply or Third
	From    Source
	On      string // the chassis of the port that sends it, "" for none
	Owner   string // the owner of the port, set by Use
	Sent    packet.Packet
	Arrived []Arrival
	Dropped []Drop
	Trace   *trace.Trace

	// Problems are those of the zones that the packet entered.
	Problems []interconnect.Problem

	// Answered is the index of the arrival to which the receiver replies, -1 for none.
	Answered int
}

// exchange walks a connection: the first packet, the reply of its receiver and, for TCP, the
// sender's next packet.
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

// placed returns a source with its segment and, unless it has one, the chassis of its port.
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

// sourceOf returns the source of the reply to a frame.
func (w *simulation) sourceOf(a Arrival) Source {
	if a.Network != "" {
		return Source{Network: a.Network, segment: a.segment}
	}
	return Source{Port: a.Port, Chassis: w.cluster.Named(a.Chassis)}
}

// visited reports whether a frame arrived at a source.
func visited(a Arrival, s Source) bool {
	if s.Port == nil {
		return a.Network != "" && a.segment == s.segment
	}
	return a.Network == "" && a.Port == s.Port && (s.Chassis == nil || a.Chassis == s.Chassis.Name)
}

// receiver returns the index of the frame whose receiver replies, -1 for none: a frame to the
// Ethernet address of the host behind its port; or else one to a physical network, for an
// address that no port has, on a VLAN that is a choice; or else one to such an address at a port with unknown addresses.
func (w *simulation) receiver(all []Arrival, from Source, first *packet.Packet) int {
	var outside []int
	unknown := -1
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
		case a.Network != "":
			if !slices.ContainsFunc(outside, func(k int) bool { return sameSegment(&all[k], &a) }) {
				outside = append(outside, i)
			}
		case a.Network == "" && unknown < 0 && hasUnknown(a.Port):
			unknown = i
		}
	}
	if len(outside) == 0 {
		return unknown
	}
	key := choiceKey{kind: "host outside", dst: all[outside[0]].Packet.Get(packet.EthDst)}
	return outside[w.script.choose(key, len(outside), func(i int) string {
		a := &all[outside[i]]
		return fmt.Sprintf("the host is on %s, VLAN %d", a.Network, a.Packet.Uint(packet.VLANTCI)&0xfff)
	})]
}

// sameSegment reports whether two frames to physical networks are received by the same hosts.
func sameSegment(a, b *Arrival) bool {
	return a.segment == b.segment && a.Packet.Uint(packet.VLANTCI)&0xfff == b.Packet.Uint(packet.VLANTCI)&0xfff
}

// isReturned reports whether the first packet itself came back to the port that sent it, as
// from a load balancer with the sender as backend; a reply has the ports exchanged.
func isReturned(a Arrival, first *packet.Packet) bool {
	return a.Network == "" && a.Packet.Uint(packet.TPSrc) == first.Uint(packet.TPSrc) && hasMAC(a.Port, a.Packet.Uint(packet.EthDst))
}

// onMainChassis returns the index of the copy of a frame to which the host of a port replies: for a port on several chassis, the
// copy on the main chassis; for a localport, that on the chassis that serves the external port which sends the frame, because the
// replies of other chassis do not leave them.
func (w *simulation) onMainChassis(all []Arrival, one int) int {
	z := w.zone(all[one].Port.Datapath)
	b := z.Binding(all[one].Port)
	find := func(on func(*cluster.Chassis) bool) int {
		return slices.IndexFunc(all, func(a Arrival) bool {
			return a.Port == b.Port && a.Packet == all[one].Packet && on(w.cluster.Named(a.Chassis))
		})
	}
	switch {
	case b.Port.Type == "localport":
		sender := all[one].Packet.Uint(packet.EthSrc)
		if i := find(func(h *cluster.Chassis) bool { return z.External(h, b.Port.Datapath, sender) }); i >= 0 {
			return i
		}
	case b.Chassis != nil && b.Multichassis():
		if i := find(func(h *cluster.Chassis) bool { return h == b.Chassis }); i >= 0 {
			w.assumed = append(w.assumed, fmt.Sprintf("of port %s, which is on %d chassis, the host on %s replies", b.Port.DisplayName(true), 1+len(b.Additional), all[i].Chassis))
			return i
		}
	}
	return one
}

// sameProtocol reports whether a packet has the protocol of the first one and, for TCP, its
// flags.
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

// hasUnknown reports whether the hosts behind a port have addresses that are not in the
// database.
func hasUnknown(port *lflow.Port) bool {
	return slices.ContainsFunc(port.AddressTexts(), func(text string) bool {
		first := firstField(text)
		return first == "unknown" || first == "dynamic"
	})
}

// known reports whether an Ethernet address is that of a port.
func (w *simulation) known(mac uint64) bool {
	return slices.ContainsFunc(w.cluster.Zones, func(z *cluster.Zone) bool { return z.Has(mac) && !z.HasOutside(mac) })
}

// MaxCombinations is the maximum number of combinations of choices that are tried.
const MaxCombinations = 512

// Outcome is the result of a connection for certain choices.
type Outcome struct {
	Choices []Choice
	Packets []Packet

	Verdict      Verdict
	Lost         string // the role of the packet that is lost, "" for none
	Where        Drop   // the place where that packet ended
	Assumed      []string
	Combinations [][]Choice // the combinations of choices with this result

	// Obstacles are what loses packets, in the order in which they are found: each is
	// removed to find the next one.  Remaining is the verdict without those that can be
	// removed.
	Obstacles []Obstacle
	Remaining Verdict

	picks                       []int
	orders                      map[orderKey]bool
	unusedBackend, unusedMember bool // whether no walk took the choice of the options
}

// walk walks a connection with certain choices, again while it finds translations that fail.
func walk(c *cluster.Cluster, o *Options, s *script, r *removed, from Source, first packet.Packet) (w *simulation, packets []Packet) {
	for {
		w = newSimulation(c, o, s)
		if w.removed = r; r != nil {
			maps.Copy(w.macs, r.macs)
		}
		packets = w.exchange(from, first)
		if s.isStale || !s.repeats {
			return w, packets
		}
		s = s.again()
	}
}

// Outcomes walks a connection for each combination of choices that hashes may make.
// complete is false if there are more than MaxCombinations, or if a walk reached a limit.
func Outcomes(c *cluster.Cluster, o *Options, from Source, first packet.Packet) (all []Outcome, complete bool) {
	orders := map[orderKey]bool{}
	for s := newScript(nil, orders); s != nil; {
		if len(all) == MaxCombinations {
			return all, false
		}
		w, packets := walk(c, o, s, nil, from, first)
		if s = w.script; s.isStale {
			all, s = nil, newScript(nil, orders)
			continue
		}
		all = append(all, Outcome{Assumed: w.assumed, Choices: s.made, Packets: packets, unusedBackend: o.LBDst.IsSet && !w.usedBackend, unusedMember: o.SelectID != 0 && !w.usedMember, picks: s.picks, orders: orders})
		if w.stopped {
			return all, false
		}
		s = s.next()
	}
	return all, true
}
