package reach

import (
	"slices"

	"github.com/ovnwalk/ovnwalk/expr/action"
	"github.com/ovnwalk/ovnwalk/internal/packetset"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/trace"
)

// mattering returns the generated packets of a trace whose paths matter although their ends
// do not: a later lookup of conntrack may find what they commit, or a choice is made after
// theirs.
func mattering(t *trace.Trace) map[*trace.Fork]bool {
	found := map[*trace.Fork]bool{}
	var visit func(n trace.Node, later bool) bool
	all := func(nodes []trace.Node, later bool) bool {
		for _, n := range slices.Backward(nodes) {
			later = visit(n, later)
		}
		return later
	}
	visit = func(n trace.Node, later bool) bool {
		f, ok := n.(*trace.Fork)
		switch {
		case !ok:
			return all(n.Subs(), later)
		case f.Kind.Relation() == trace.ForkSame:
			all(f.Nodes, later)
			return true
		case !f.Kind.DecidesVerdict():
			if !later {
				return false
			}
			found[f] = true
		}
		return all(f.Nodes, later)
	}
	visit(t.Root, false)
	return found
}

// matters returns the fork of a generated packet if its path matters, and skips it
// otherwise.
func (r *image) matters(at place) (f *trace.Fork, ok bool) {
	for _, n := range at.nodes.nodes[at.nodes.next:] {
		if _, ok := n.(*trace.Action); ok {
			break
		}
		if f, ok := n.(*trace.Fork); ok && r.matter[f] {
			return find[*trace.Fork](r, at.nodes)
		}
	}
	r.skip(at.nodes)
	return nil, false
}

// nested follows the packet that an action generates if its path matters: a clone, the
// reply to a neighbor solicitation, and packets that affect later conntrack lookups.
func (r *image) nested(a *action.Nested, s *packetset.State, at place) {
	var f *trace.Fork
	var ok bool
	q := s.Clone()
	switch a.Kind {
	case action.Clone:
		f, ok = find[*trace.Fork](r, at.nodes)
	case action.NDNA, action.NDNARouter:
		f, ok = find[*trace.Fork](r, at.nodes)
		advertise(q, s)
	default:
		if a.Kind == action.Reject && !r.isAnswered(s) {
			return
		}
		if a.Kind == action.ARP || a.Kind == action.NDNS {
			r.waits(a.Kind, s, at)
		}
		if f, ok = r.matters(at); ok {
			r.make(a.Kind, q, s)
		}
		at.way.made = true
	}
	if !ok {
		return
	}
	if words := q.Of(&r.rep); !sameWords(&words, &f.Packet) {
		r.fail("the packet that an action generates differs")
		return
	}
	if r.isRepeated(f, a, q, at) {
		return
	}
	r.copied = true
	at.nodes, at.entry = nodesOf(&f.Container), nil
	at.way.shown = q.Clone()
	r.run(a.List, q, at)
}

// generated is a packet that an action generated.
type generated struct {
	datapath *lflow.Datapath
	flow     *lflow.Flow
	action   action.Action
	packet   packet.Packet
}

// isRepeated reports whether the walk left out the path of a generated packet because it is
// that of an earlier one (see sim.GeneratedOnce). It restricts the class to the packets for
// which both are the same.
func (r *image) isRepeated(f *trace.Fork, a action.Action, q *packetset.State, at place) bool {
	if f.Kind.DecidesVerdict() {
		return false
	}
	g := generated{at.datapath, at.flow, a, f.Packet}
	if len(f.Nodes) == 0 {
		if before := r.generated[g]; before != nil {
			r.fixSame(q, before)
		} else {
			r.fail("a generated packet was not there before")
		}
		return true
	}
	if r.generated == nil {
		r.generated = map[generated]*packetset.State{}
	}
	r.generated[g] = q.Clone()
	return false
}

// mirror follows the copy to a port in the same way as generated packets.
func (r *image) mirror(a *action.Mirror, s *packetset.State, at place) {
	f, ok := r.matters(at)
	port, err := at.datapath.Network().Port(a.Port)
	if !ok || err != nil {
		return
	}
	q := s.Clone()
	q.SetUint(packet.Inport, 0)
	q.SetUint(packet.Outport, port.Key)
	if r.isRepeated(f, a, q, at) {
		return
	}
	r.copied = true
	at.way.made = true
	r.fork(f, q, at.datapath, lflow.Egress, 0, at.way)
}

// make sets q to the packet that the network generates because of s.
func (r *image) make(kind action.NestedKind, q, s *packetset.State) {
	switch kind {
	case action.ARP:
		for _, f := range []*packet.Field{packet.IPFrag, packet.IPDSCP, packet.IPECN, packet.IPTTL, packet.TCPFlags} {
			q.SetUint(f, 0)
		}
		q.SetUint(packet.EthType, packet.EthTypeARP)
		q.SetUint(packet.ARPOp, 1)
		q.SetField(packet.ARPSHA, q.Field(packet.EthSrc))
		q.SetUint(packet.ARPTHA, 0)
	case action.NDNS:
		r.solicit(q, s)
	case action.ICMP4, action.ICMP4Error:
		icmpError(q, packet.ProtoICMP, 3)
	case action.ICMP6, action.ICMP6Error:
		icmpError(q, packet.ProtoICMPv6, 1)
	case action.TCPReset:
		reset(q, packet.ProtoTCP)
	case action.SCTPAbort:
		r.abort(q)
	case action.Reject:
		r.reject(q, s)
	default:
		r.fail("the effect of " + kind.String() + " on sets is not known")
	}
}

// solicit sets q to the neighbor solicitation for the destination of s.
func (r *image) solicit(q, s *packetset.State) {
	target := s.Field(packet.IPv6Dst)
	solicited := packet.SolicitedNode(packet.Value{}) // with the last 24 bits of the target
	r.clearConntrack(q)
	for _, f := range []*packet.Field{packet.IPFrag, packet.IPDSCP, packet.IPECN, packet.TCPFlags, packet.TPDst, packet.NDTLL} {
		q.SetUint(f, 0)
	}
	q.SetUint(packet.EthDst, packet.MulticastMAC(solicited))
	q.Set(packet.EthDst, 0, s.Get(packet.IPv6Dst, 0, 24))
	q.SetUint(packet.EthType, packet.EthTypeIPv6)
	q.SetField(packet.IPv6Src, packetset.Constant(packet.LinkLocal(0), 128)) // packet.LinkLocal inverts bit 41 of the Ethernet address
	q.Set(packet.IPv6Src, 0, s.Get(packet.EthSrc, 0, 24))
	q.Set(packet.IPv6Src, 40, s.Get(packet.EthSrc, 24, 24))
	q.Set(packet.IPv6Src, 57, packetset.Constant(packet.Uint(1-r.fix(s.Get(packet.EthSrc, 41, 1)).Lo), 1))
	q.SetField(packet.IPv6Dst, packetset.Constant(solicited, 128))
	q.Set(packet.IPv6Dst, 0, target.Slice(0, 24))
	q.SetUint(packet.IPProto, packet.ProtoICMPv6)
	q.SetUint(packet.IPTTL, errorTTL)
	q.SetUint(packet.TPSrc, packet.NDSolicit)
	q.SetField(packet.NDSLL, s.Field(packet.EthSrc))
	q.SetField(packet.NDTarget, target)
}

// advertise sets q to the reply to the neighbor solicitation s.
func advertise(q, s *packetset.State) {
	target, mac := s.Field(packet.NDTarget), s.Field(packet.EthDst)
	q.SetField(packet.EthSrc, mac)
	q.SetField(packet.EthDst, s.Field(packet.EthSrc))
	q.SetField(packet.IPv6Dst, s.Field(packet.IPv6Src))
	q.SetField(packet.IPv6Src, target)
	q.SetUint(packet.TPSrc, packet.NDAdvertise)
	q.SetUint(packet.NDSLL, 0)
	q.SetField(packet.NDTLL, mac)
}

// errorTTL is the time to live of resets and errors that the network generates.
const errorTTL = 255

func icmpError(q *packetset.State, proto, typ uint64) {
	q.SetUint(packet.IPProto, proto)
	q.SetUint(packet.IPTTL, errorTTL)
	q.SetUint(packet.TPSrc, typ)
	q.SetUint(packet.TPDst, 1)
}

func reset(q *packetset.State, proto uint64) {
	q.SetUint(packet.IPProto, proto)
	q.SetUint(packet.IPTTL, errorTTL)
	q.SetUint(packet.TCPFlags, packet.TCPReset)
}

// abort sets the flags that the walk sets, which are those of TCP over IPv6.
func (r *image) abort(q *packetset.State) {
	if !r.is(q, packet.EthType, packet.EthTypeIPv4) {
		reset(q, packet.ProtoTCP)
		return
	}
	reset(q, packet.ProtoSCTP)
}

// isAnswered decides whether a refused packet gets a reply: not if it is such a reply itself.
func (r *image) isAnswered(s *packetset.State) bool {
	looks := r.decide(r.refusesTCP(s)) && r.is(s, packet.TCPFlags, packet.TCPReset)
	if r.decide(r.refusesTCP(s)) {
		return !looks
	}
	typ := uint64(1)
	if r.is(s, packet.EthType, packet.EthTypeIPv4) {
		typ = 3
	}
	return !r.is(s, packet.TPSrc, typ)
}

// refusesTCP returns the packets that are refused by a reset or an abort.
func (r *image) refusesTCP(s *packetset.State) packetset.Set {
	return r.m.Or(r.becomes(s, packet.IPProto, packet.ProtoTCP), r.becomes(s, packet.IPProto, packet.ProtoSCTP))
}

// reject sets q to the reply that refuses s.
func (r *image) reject(q, s *packetset.State) {
	src, dst := packet.IPv6Src, packet.IPv6Dst
	v4 := r.is(s, packet.EthType, packet.EthTypeIPv4)
	if v4 {
		src, dst = packet.IPv4Src, packet.IPv4Dst
	}
	for _, pair := range [][2]*packet.Field{{packet.EthSrc, packet.EthDst}, {src, dst}} {
		q.SetField(pair[0], s.Field(pair[1]))
		q.SetField(pair[1], s.Field(pair[0]))
	}
	switch {
	case r.is(s, packet.IPProto, packet.ProtoTCP):
		reset(q, packet.ProtoTCP)
	case r.is(s, packet.IPProto, packet.ProtoSCTP):
		r.abort(q)
	case v4:
		icmpError(q, packet.ProtoICMP, 3)
	default:
		icmpError(q, packet.ProtoICMPv6, 1)
	}
}

// skip skips copies whose paths do not matter, up to the next action. Their choices are
// made.
func (r *image) skip(c *cursor) {
	from := c.next
	r.passEffects(c)
	for _, n := range c.nodes[from:c.next] {
		r.skipNode(n)
	}
}

func (r *image) skipNode(n trace.Node) {
	trace.Walk(n, func(n trace.Node) bool {
		if f, ok := n.(*trace.Fork); ok && (f.Kind == trace.ForkCTLB && f.Address != "" || f.Kind == trace.ForkSelect) {
			r.chosen++
		}
		return true
	})
}
