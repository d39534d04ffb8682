package verdict

import (
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/trace"
)

// OriginOf returns the origin of the packet of a fork, given the origin of the copy
// that was forked.
func OriginOf(k trace.ForkKind, before Origin) Origin {
	switch k {
	case trace.ForkClone:
		if before != OriginPacket {
			return before
		}
		return OriginClone
	case trace.ForkMirror:
		return OriginMirror
	case trace.ForkARP:
		return OriginARPRequest
	case trace.ForkNDNS:
		return OriginNDSolicit
	case trace.ForkNDNA:
		return OriginNDAdvert
	case trace.ForkICMP4, trace.ForkICMP6:
		return OriginICMPError
	case trace.ForkTCPReset:
		return OriginTCPReset
	case trace.ForkSCTPAbort:
		return OriginSCTPAbort
	default:
	}
	return before
}

// replyOrigin returns the origin of a copy after a table: the network may have changed a request to
// its reply, which is detected by the packet.
func replyOrigin(made Origin, before, after *packet.Packet) Origin {
	if !mayBeRequest(before) {
		return made
	}
	for _, t := range replyTurns {
		if t.request(before) && t.answer(before, after) {
			return t.made
		}
	}
	return made
}

// mayBeRequest reports whether a packet is of a protocol in replyTurns.
func mayBeRequest(p *packet.Packet) bool {
	switch p.Uint(packet.IPProto) {
	case packet.ProtoICMP, packet.ProtoICMPv6:
		return true
	case packet.ProtoUDP:
		switch p.Uint(packet.UDPDst) {
		case 53, 67, 547:
			return true
		}
	}
	return p.IsARP()
}

// replyTurns are the replies to which requests are changed.
var replyTurns = []struct {
	made    Origin
	request func(p *packet.Packet) bool
	answer  func(p, q *packet.Packet) bool
}{
	{
		OriginARPReply,
		func(p *packet.Packet) bool { return p.IsARP() && p.Uint(packet.ARPOp) == 1 },
		func(_, q *packet.Packet) bool { return q.Uint(packet.ARPOp) == 2 },
	},
	{
		OriginEchoReply,
		func(p *packet.Packet) bool { return p.Has(packet.ICMPType) && p.Uint(packet.ICMPType) == 8 },
		func(_, q *packet.Packet) bool { return q.Has(packet.ICMPType) && q.Uint(packet.ICMPType) == 0 },
	},
	{
		OriginEchoReply,
		func(p *packet.Packet) bool { return p.Has(packet.ICMPv6Type) && p.Uint(packet.ICMPv6Type) == 128 },
		func(_, q *packet.Packet) bool { return q.Has(packet.ICMPv6Type) && q.Uint(packet.ICMPv6Type) == 129 },
	},
	{
		OriginRouterAdvert, // the controller wrote the advertisement before
		func(p *packet.Packet) bool { return p.Has(packet.ICMPv6Type) && p.Uint(packet.ICMPv6Type) == 133 },
		returns,
	},
	{OriginDHCPReply, hasAction(68, 67), canOccur(67, 68)},
	{OriginDHCPv6Reply, hasAction(546, 547), canOccur(547, 546)},
	{
		OriginDNSReply,
		func(p *packet.Packet) bool { return p.Has(packet.UDPDst) && p.Uint(packet.UDPDst) == 53 },
		func(p, q *packet.Packet) bool {
			// The reply has the TTL of the query. A packet that a router sends back does not.
			return q.Has(packet.UDPSrc) && q.Uint(packet.UDPSrc) == 53 && returns(p, q) && q.Uint(packet.IPTTL) == p.Uint(packet.IPTTL)
		},
	},
}

// returns reports whether q is sent to the source of p, from another address. A router that
// sends p back to itself for NAT exchanges the Ethernet addresses alone.
func returns(p, q *packet.Packet) bool {
	src, dst := packet.IPv4Src, packet.IPv4Dst
	if p.Uint(packet.EthType) == packet.EthTypeIPv6 {
		src, dst = packet.IPv6Src, packet.IPv6Dst
	}
	return q.Get(packet.EthDst) == p.Get(packet.EthSrc) && q.Get(packet.EthSrc) != p.Get(packet.EthSrc) && q.Get(dst) == p.Get(src)
}

func hasAction(src, dst uint64) func(*packet.Packet) bool {
	return func(p *packet.Packet) bool {
		return p.Has(packet.UDPSrc) && p.Uint(packet.UDPSrc) == src && p.Uint(packet.UDPDst) == dst
	}
}

func canOccur(src, dst uint64) func(_, q *packet.Packet) bool {
	is := hasAction(src, dst)
	return func(_, q *packet.Packet) bool { return is(q) }
}

// ICMP types and codes for packets that were not forwarded: RFC 792, RFC 4443.
const (
	icmpUnreachable = 3
	icmpFragNeeded  = 4 // a code of icmpUnreachable
	icmpTimeOut     = 11
	icmp6TooBig     = 2
	icmp6TimeOut    = 3
)

// icmpErrorCode returns the reason for an ICMP error, or "" if its type has none.
func icmpErrorCode(p *packet.Packet) Code {
	switch {
	case p.Has(packet.ICMPType):
		switch t := p.Uint(packet.ICMPType); {
		case t == icmpTimeOut:
			return TTLExceeded
		case t == icmpUnreachable && p.Uint(packet.ICMPCode) == icmpFragNeeded:
			return TooBig
		}
	case p.Has(packet.ICMPv6Type):
		switch p.Uint(packet.ICMPv6Type) {
		case icmp6TimeOut:
			return TTLExceeded
		case icmp6TooBig:
			return TooBig
		}
	}
	return ""
}
