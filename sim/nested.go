package sim

import (
	"github.com/ovnwalk/ovnwalk/dialect"
	"github.com/ovnwalk/ovnwalk/expr/action"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/trace"
)

// ICMP types and codes of generated errors: RFC 792, RFC 4443.
const (
	icmpUnreachable  = 3
	icmp6Unreachable = 1
	hostUnreachable  = 1
	replyTTL         = 255
)

// nested executes actions on a packet made from this one. A generated packet first gets the headers
// of the real one, as far as the trace determines them.
func (w *tracer) nested(a *action.Nested, p *packet.Packet, at ActionContext) {
	q := *p
	var kind trace.ForkKind
	switch a.Kind {
	case action.ARP:
		kind = trace.ForkARP
		arpRequest(&q)
	case action.NDNA, action.NDNARouter:
		if a.Kind == action.NDNARouter {
			at.aborts(a.Kind.String())
		}
		kind = trace.ForkNDNA
		neighborAdvertisement(&q, p)
	case action.NDNS:
		kind = trace.ForkNDNS
		if w.choices.Solicits {
			solicitation(&q, p)
		} else {
			neighborSolicitation(&q, p)
		}
	case action.ICMP4, action.ICMP4Error:
		kind = trace.ForkICMP4
		icmpError(&q, packet.ProtoICMP, icmpUnreachable)
	case action.ICMP6, action.ICMP6Error:
		kind = trace.ForkICMP6
		icmpError(&q, packet.ProtoICMPv6, icmp6Unreachable)
	case action.TCPReset:
		kind = trace.ForkTCPReset
		reset(&q, packet.ProtoTCP)
	case action.SCTPAbort:
		kind = trace.ForkSCTPAbort
		w.abort(&q)
	case action.Reject:
		var ok bool
		if kind, ok = w.reject(&q, p); !ok {
			return
		}
	case action.Clone: // made by the walker
		return
	default:
		at.Unmodelled(a.Kind.String())
		return
	}
	f := &trace.Fork{Kind: kind, Packet: q, Reject: a.Kind == action.Reject}
	if !w.follows(f, a, at) {
		at.Out.Add(f)
		return
	}
	w.Nest(f, a.List, at)
}

// generated identifies a packet that an action generated.
type generated struct {
	datapath *lflow.Datapath
	flow     *lflow.Flow
	action   action.Action
	packet   packet.Packet
}

// follows reports whether the walk follows the packet of a fork.
func (w *tracer) follows(f *trace.Fork, a action.Action, at ActionContext) bool {
	switch {
	case w.choices.Generated == GeneratedAll || f.Kind.DecidesVerdict():
		return true
	case w.choices.Generated == GeneratedNone:
		return false
	}
	g := generated{at.Datapath, at.Flow, a, f.Packet}
	before, known := w.generated[g]
	if known && before == w.effects {
		return false
	}
	if w.generated == nil {
		w.generated = map[generated]int{}
	}
	w.generated[g] = w.effects
	w.mark = nil // it is not followed again
	return true
}

// arpRequest changes q to the ARP request for its IPv4 destination.
func arpRequest(q *packet.Packet) {
	q.SetUint(packet.IPFrag, 0)
	q.SetUint(packet.IPDSCP, 0)
	q.SetUint(packet.IPECN, 0)
	q.SetUint(packet.IPTTL, 0)
	q.SetUint(packet.TCPFlags, 0)
	q.SetUint(packet.EthType, packet.EthTypeARP)
	q.SetUint(packet.ARPOp, 1)
	q.Set(packet.ARPSHA, q.Get(packet.EthSrc))
	q.SetUint(packet.ARPTHA, 0)
}

// neighborAdvertisement changes q to the reply to the neighbor solicitation p.
func neighborAdvertisement(q, p *packet.Packet) {
	q.Set(packet.EthSrc, p.Get(packet.EthDst))
	q.Set(packet.EthDst, p.Get(packet.EthSrc))
	q.Set(packet.IPv6Dst, p.Get(packet.IPv6Src))
	q.Set(packet.IPv6Src, p.Get(packet.NDTarget))
	q.SetUint(packet.TPSrc, packet.NDAdvertise)
	q.SetUint(packet.NDSLL, 0)
	q.Set(packet.NDTLL, p.Get(packet.EthDst))
}

// neighborSolicitation changes q to the solicitation for p's IPv6 destination.
func neighborSolicitation(q, p *packet.Packet) {
	q.SetUint(packet.EthDst, packet.MulticastMAC(packet.SolicitedNode(p.Get(packet.IPv6Dst))))
	q.SetUint(packet.TPSrc, packet.NDSolicit)
	q.SetUint(packet.NDSLL, 0)
	q.Set(packet.NDTLL, p.Get(packet.EthDst))
}

// solicitation changes q to what ovn-controller sends for p's IPv6 destination.
func solicitation(q, p *packet.Packet) {
	target, mac := p.Get(packet.IPv6Dst), p.Uint(packet.EthSrc)
	solicited := packet.SolicitedNode(target)
	q.ClearConntrack()
	for _, f := range []*packet.Field{packet.IPFrag, packet.IPDSCP, packet.IPECN, packet.TCPFlags, packet.TPDst, packet.NDTLL} {
		q.SetUint(f, 0)
	}
	q.SetUint(packet.EthDst, packet.MulticastMAC(solicited))
	q.SetUint(packet.EthType, packet.EthTypeIPv6)
	q.Set(packet.IPv6Src, packet.LinkLocal(mac))
	q.Set(packet.IPv6Dst, solicited)
	q.SetUint(packet.IPProto, packet.ProtoICMPv6)
	q.SetUint(packet.IPTTL, replyTTL)
	q.SetUint(packet.TPSrc, packet.NDSolicit)
	q.SetUint(packet.NDSLL, mac)
	q.Set(packet.NDTarget, target)
}

// icmpError changes q to an ICMP error, whose type the nested actions may change.
func icmpError(q *packet.Packet, proto, typ uint64) {
	q.SetUint(packet.IPProto, proto)
	q.SetUint(packet.IPTTL, replyTTL)
	q.SetUint(packet.TPSrc, typ)
	q.SetUint(packet.TPDst, hostUnreachable)
}

// reset changes q to a TCP reset.
func reset(q *packet.Packet, proto uint64) {
	q.SetUint(packet.IPProto, proto)
	q.SetUint(packet.IPTTL, replyTTL)
	q.SetUint(packet.TCPFlags, packet.TCPReset)
}

// abort changes q to an SCTP abort. As in ovn-trace, over IPv6 it becomes TCP, with a TCP flag; in
// early releases only over IPv6.
func (w *tracer) abort(q *packet.Packet) {
	if !q.IsIPv4() {
		reset(q, packet.ProtoTCP)
		return
	}
	before := q.Uint(packet.TCPFlags)
	reset(q, packet.ProtoSCTP)
	if !w.model.Has(dialect.RejectOnce) {
		q.SetUint(packet.TCPFlags, before)
	}
}

// reject changes q to the reply that rejects p, in the opposite direction. It returns false if p
// looks like such a reply itself, so that none is sent.
func (w *tracer) reject(q, p *packet.Packet) (kind trace.ForkKind, ok bool) {
	once := w.model.Has(dialect.RejectOnce)
	isReset := p.Uint(packet.TCPFlags) == packet.TCPReset
	proto := p.Uint(packet.IPProto)
	swapAddresses(q, p)
	switch {
	case proto == packet.ProtoTCP:
		reset(q, packet.ProtoTCP)
		return trace.ForkTCPReset, !once || !isReset
	case proto == packet.ProtoSCTP && w.model.Has(dialect.RejectAborts):
		w.abort(q)
		return trace.ForkSCTPAbort, !once || !isReset
	case p.IsIPv4():
		icmpError(q, packet.ProtoICMP, icmpUnreachable)
		return trace.ForkICMP4, !once || p.Uint(packet.TPSrc) != icmpUnreachable
	}
	icmpError(q, packet.ProtoICMPv6, icmp6Unreachable)
	return trace.ForkICMP6, !once || p.Uint(packet.TPSrc) != icmp6Unreachable
}

// swapAddresses exchanges source and destination.
func swapAddresses(q, p *packet.Packet) {
	pairs := [][2]*packet.Field{{packet.EthSrc, packet.EthDst}, {packet.IPv6Src, packet.IPv6Dst}}
	if p.IsIPv4() {
		pairs[1] = [2]*packet.Field{packet.IPv4Src, packet.IPv4Dst}
	}
	for _, f := range pairs {
		q.Set(f[0], p.Get(f[1]))
		q.Set(f[1], p.Get(f[0]))
	}
}
