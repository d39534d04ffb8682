package connect

import (
	"cmp"

	"github.com/ovnwalk/ovnwalk/dialect"
	"github.com/ovnwalk/ovnwalk/expr/action"
	"github.com/ovnwalk/ovnwalk/internal/conntrack"
	"github.com/ovnwalk/ovnwalk/internal/northd"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/sim"
	"github.com/ovnwalk/ovnwalk/trace"
)

// Fields of the packets that ovn-controller generates.
const (
	errorTTL        = 255
	resetTTL        = 63
	tcpResetAck     = 0x14
	icmpUnreachable = 3
	icmpHost        = 1
	icmpPort        = 3
	icmpTooBig      = 4
	icmp6Unreach    = 1
	icmp6Port       = 4
	icmp6TooBig     = 2

	routerAdvertisement = 134
)

// Lengths of headers and packets in bytes.
const (
	ethernetHeader = 14
	ipv4Header     = 20
	ipv6Header     = 40
	icmpHeader     = 8
	arpLength      = ethernetHeader + 28
	neighborLength = ethernetHeader + ipv6Header + 24 + 8 // with one option
	resetSegment   = 20
	abortChunk     = 16

	// Maximum lengths of ICMP errors with the quoted packet.
	maxError4, maxError6 = 576, 1280
)

// make runs the nested actions on the packet that ovn-controller generates from p.
func (w *simulation) make(a *action.Nested, p *packet.Packet, at sim.ActionContext) {
	if w.isDiscarded(p, at) {
		return
	}
	q := *p
	w.settle(&q)
	q.ClearConntrack()
	for _, f := range []*packet.Field{packet.CTZone, enteredBy, quotedPacket, conntrack.ZeroSequence, aborts, packet.IPDSCP, packet.IPECN, packet.IPFrag, packet.PktMark} {
		q.SetUint(f, 0)
	}
	setPasses(&q, nil)
	w.beginPass(&q)
	q.SetUint(packetOut, 1)
	f := &trace.Fork{Reject: a.Kind == action.Reject}
	switch a.Kind {
	case action.ICMP4, action.ICMP4Error, action.ICMP6, action.ICMP6Error, action.TCPReset, action.SCTPAbort, action.Reject:
		if w.mayEnd(p, at) || !p.IsIP() { // there are no errors for ARP
			return
		}
	default:
	}
	switch a.Kind {
	case action.ARP:
		f.Kind = trace.ForkARP
		w.wait(p, at, false)
		arpRequest(&q)
	case action.NDNS:
		f.Kind = trace.ForkNDNS
		w.wait(p, at, true)
		target := p.Get(packet.IPv6Dst)
		if at.Datapath.Network().Dialect.Has(dialect.SolicitsNextHop) {
			target = p.Get(northd.NextHop(true))
		}
		solicitation(&q, p, target)
	case action.NDNA, action.NDNARouter:
		f.Kind = trace.ForkNDNA
		advertisement(&q, p)
	case action.ICMP4, action.ICMP4Error, action.ICMP6, action.ICMP6Error:
		f.Kind = w.icmpError(&q, p, false)
	case action.TCPReset:
		f.Kind = trace.ForkTCPReset
		if p.Uint(packet.IPProto) != packet.ProtoTCP {
			return
		}
		reset(&q, p)
	case action.SCTPAbort:
		f.Kind = trace.ForkSCTPAbort
		if p.Uint(aborts) != 0 {
			return
		}
		reset(&q, p)
	case action.Reject:
		if isRejected(p) {
			return
		}
		turn(&q, p)
		switch p.Uint(packet.IPProto) {
		case packet.ProtoTCP:
			f.Kind = trace.ForkTCPReset
			reset(&q, p)
		case packet.ProtoSCTP:
			f.Kind = trace.ForkSCTPAbort
			reset(&q, p)
		default:
			f.Kind = w.icmpError(&q, p, true)
		}
	case action.Clone: // executed by the walker
		return
	default:
		at.Unmodelled(a.Kind.String())
		return
	}
	w.hop(&q, Hop{Kind: HopGenerated, Datapath: at.Datapath.Ref(), Field: a.Kind.String(), Flow: at.Flow.Ref()})
	f.Packet = q
	at.Out.Add(f)
	rest, flood := at.Rest, w.stations.flood
	w.after(0, func() { // copies of p that need no controller come first
		defer w.stations.during(flood)()
		if w.Within(&f.Container) {
			w.Run(a.List, &q, at.Within(&f.Container))
		}
	})
	if (a.Kind == action.ARP || a.Kind == action.NDNS) && len(rest) > 0 {
		w.Pause() // the packet itself waits
		w.pauses(p)
	}
}

// wait buffers a packet until the Ethernet address of its next hop is known.
func (w *simulation) wait(p *packet.Packet, at sim.ActionContext, v6 bool) {
	hop := packet.MapIPv4(p.Uint(northd.NextHop(false)))
	if v6 {
		hop = p.Get(northd.NextHop(true))
	}
	key := macKey{at.Datapath, distributed(at.Datapath, p.Uint(packet.Outport)&packet.PortKey), hop}
	q, rest := *p, at.Rest
	w.settle(&q)
	setPasses(&q, nil)
	q.SetUint(packetOut, 1)
	if len(rest) == 0 { // sent again, without the fields of its walk
		q.ClearConntrack()
		q.SetUint(packet.CTZone, 0)
		q.SetUint(enteredBy, 0)
	}
	node := &trace.Fork{Kind: trace.ForkClone, Packet: q}
	release := func(mac uint64) {
		at.Out.Add(node)
		q.SetUint(packet.EthDst, mac)
		if len(rest) > 0 {
			w.Run(rest, &q, at.Within(&node.Container))
			return
		}
		w.output(&q, at.Within(&node.Container))
	}
	lost := w.ended(Unresolved, p, at)
	lost.Detail, lost.hop = string(packet.AppendMapped(nil, hop)), key
	w.waiting = append(w.waiting, waiting{key, p.Uint(packet.OnChassis), release, w.steps, lost})
	if mac, ok := w.macs[key]; ok {
		w.after(0, func() { w.wake(key, mac, func(waiting) bool { return true }) })
	}
}

// distributed returns the key of the port with the MAC bindings of an output port: for a
// chassisredirect port, the distributed port.
func distributed(d *lflow.Datapath, key uint64) uint64 {
	if port, ok := d.Port(key); ok && port.Distributed != nil {
		return port.Distributed.Key
	}
	return key
}

// arpRequest turns q into the ARP request for its IPv4 destination.
func arpRequest(q *packet.Packet) {
	src, dst := q.Uint(packet.IPv4Src), q.Uint(packet.IPv4Dst)
	if !q.IsIPv4() {
		src, dst = 0, 0
	}
	q.SetUint(packet.IPTTL, 0)
	q.SetUint(packet.EthType, packet.EthTypeARP)
	q.SetUint(packet.ARPOp, 1)
	q.SetUint(madeLength, arpLength)
	q.Set(packet.ARPSHA, q.Get(packet.EthSrc))
	q.SetUint(packet.ARPTHA, 0)
	q.SetUint(packet.ARPSPA, src)
	q.SetUint(packet.ARPTPA, dst)
	for _, f := range []*packet.Field{packet.TPSrc, packet.TPDst, packet.TCPFlags} {
		q.SetUint(f, 0)
	}
}

// solicitation turns q into the neighbor solicitation for an address.
func solicitation(q, p *packet.Packet, target packet.Value) {
	solicited := packet.SolicitedNode(target)
	q.SetUint(packet.EthType, packet.EthTypeIPv6)
	q.SetUint(packet.EthDst, packet.MulticastMAC(solicited))
	q.Set(packet.IPv6Src, packet.LinkLocal(p.Uint(packet.EthSrc)))
	q.Set(packet.IPv6Dst, solicited)
	neighborMessage(q, packet.NDSolicit, target)
	q.Set(packet.NDSLL, p.Get(packet.EthSrc))
}

// advertisement turns q into the reply to the neighbor solicitation p.
func advertisement(q, p *packet.Packet) {
	q.Set(packet.EthSrc, p.Get(packet.EthDst))
	q.Set(packet.EthDst, p.Get(packet.EthSrc))
	q.Set(packet.IPv6Dst, p.Get(packet.IPv6Src))
	q.Set(packet.IPv6Src, p.Get(packet.NDTarget))
	neighborMessage(q, packet.NDAdvertise, p.Get(packet.NDTarget))
	q.Set(packet.NDTLL, p.Get(packet.EthDst))
}

func neighborMessage(q *packet.Packet, typ uint64, target packet.Value) {
	q.SetUint(packet.IPProto, packet.ProtoICMPv6)
	q.SetUint(packet.IPTTL, errorTTL)
	q.SetUint(madeLength, neighborLength)
	q.SetUint(packet.TPSrc, typ)
	q.SetUint(packet.TPDst, 0)
	q.SetUint(packet.TCPFlags, 0)
	q.SetUint(packet.NDSLL, 0)
	q.SetUint(packet.NDTLL, 0)
	q.Set(packet.NDTarget, target)
}

// icmpError turns q into the ICMP error that quotes p.
func (w *simulation) icmpError(q, p *packet.Packet, port bool) trace.ForkKind {
	kind, proto, typ, code := trace.ForkICMP4, uint64(packet.ProtoICMP), uint64(icmpUnreachable), uint64(icmpHost)
	portCode, limit := uint64(icmpPort), maxError4
	if p.IsIPv6() {
		kind, proto, typ, code, portCode = trace.ForkICMP6, packet.ProtoICMPv6, icmp6Unreach, 1, icmp6Port
		limit = maxError6
	}
	if port && p.Uint(packet.IPProto) == packet.ProtoUDP {
		code = portCode
	}
	q.SetUint(packet.IPProto, proto)
	q.SetUint(packet.IPTTL, errorTTL)
	q.SetUint(packet.TPSrc, typ)
	q.SetUint(packet.TPDst, code)
	q.SetUint(packet.TCPFlags, 0)
	q.SetUint(madeLength, uint64(min(limit, ethernetHeader+ipHeader(p)+icmpHeader+max(0, w.length(p)-ethernetHeader))))
	w.quote(q, headersOf(p))
	return kind
}

// quoteMTU turns an ICMP error into "fragmentation needed" or "packet too big".
func quoteMTU(a *action.OVNFieldLoad, p *packet.Packet) {
	switch a.Dst.Symbol.Name {
	case "icmp4.frag_mtu":
		p.SetUint(packet.TPDst, icmpTooBig)
	case "icmp6.frag_mtu":
		p.SetUint(packet.TPSrc, icmp6TooBig)
		p.SetUint(packet.TPDst, 0)
	}
}

// reset turns q into the TCP reset or SCTP abort in reply to p.
func reset(q, p *packet.Packet) {
	q.SetUint(packet.IPTTL, resetTTL)
	q.SetUint(packet.TPSrc, p.Uint(packet.TPDst))
	q.SetUint(packet.TPDst, p.Uint(packet.TPSrc))
	length := ethernetHeader + ipHeader(p) + abortChunk
	if p.Uint(packet.IPProto) == packet.ProtoTCP {
		length = ethernetHeader + ipHeader(p) + resetSegment
		q.SetUint(packet.TCPFlags, tcpResetAck)
		q.SetUint(conntrack.ZeroSequence, 1)
	} else {
		q.SetUint(aborts, 1)
	}
	q.SetUint(madeLength, uint64(length))
}

// length returns the length of a packet in bytes.
func (w *simulation) length(p *packet.Packet) int {
	return cmp.Or(int(p.Uint(madeLength)), w.options.Size)
}

// ipHeader returns the length of a packet's IP header without options.
func ipHeader(p *packet.Packet) int {
	if p.IsIPv6() {
		return ipv6Header
	}
	return ipv4Header
}

// isRejected reports whether a packet is itself a reset, an abort or an ICMP error, to which
// there is no such reply.
func isRejected(p *packet.Packet) bool {
	switch {
	case p.Uint(packet.IPProto) == packet.ProtoTCP:
		return p.Uint(packet.TCPFlags)&packet.TCPReset != 0
	case p.Uint(packet.IPProto) == packet.ProtoSCTP:
		return p.Uint(aborts) != 0
	case p.Has(packet.ICMPType):
		return p.Uint(packet.TPSrc) == icmpUnreachable
	case p.Has(packet.ICMPv6Type):
		return p.Uint(packet.TPSrc) == icmp6Unreach
	}
	return false
}

// turn sets q's source to the destination of p, and the reverse.
func turn(q, p *packet.Packet) {
	q.Set(packet.EthSrc, p.Get(packet.EthDst))
	q.Set(packet.EthDst, p.Get(packet.EthSrc))
	src, dst := packet.IPv4Src, packet.IPv4Dst
	if p.IsIPv6() {
		src, dst = packet.IPv6Src, packet.IPv6Dst
	}
	q.Set(src, p.Get(dst))
	q.Set(dst, p.Get(src))
}
