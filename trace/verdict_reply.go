package trace

import "github.com/ovnwalk/ovnwalk/packet"

// makes returns what a fork of this kind makes of a copy of that kind.
func (k Kind) makes(before Made) Made {
	switch k {
	case Clone:
		if before != MadeNot {
			return before
		}
		return MadeClone
	case Mirror:
		return MadeMirror
	case ARP:
		return MadeARPRequest
	case NDNS:
		return MadeNDSolicit
	case NDNA:
		return MadeNDAdvert
	case ICMP4, ICMP6:
		return MadeICMPError
	case TCPReset:
		return MadeTCPReset
	case SCTPAbort:
		return MadeSCTPAbort
	default:
	}
	return before
}

// turned tells what a copy is after a table: the network answers by turning the
// request into its own answer, which shows in the packet.
func turned(made Made, before, after *packet.Packet) Made {
	for _, t := range turns {
		if t.request(before) && t.answer(before, after) {
			return t.made
		}
	}
	return made
}

// turns are the answers that a packet is turned into.
var turns = []struct {
	made    Made
	request func(p *packet.Packet) bool
	answer  func(p, q *packet.Packet) bool
}{
	{
		MadeARPReply,
		func(p *packet.Packet) bool { return p.IsARP() && p.Uint(packet.ARPOp) == 1 },
		func(_, q *packet.Packet) bool { return q.Uint(packet.ARPOp) == 2 },
	},
	{
		MadeEchoReply,
		func(p *packet.Packet) bool { return p.Has(packet.ICMPType) && p.Uint(packet.ICMPType) == 8 },
		func(_, q *packet.Packet) bool { return q.Has(packet.ICMPType) && q.Uint(packet.ICMPType) == 0 },
	},
	{
		MadeEchoReply,
		func(p *packet.Packet) bool { return p.Has(packet.ICMP6Typ) && p.Uint(packet.ICMP6Typ) == 128 },
		func(_, q *packet.Packet) bool { return q.Has(packet.ICMP6Typ) && q.Uint(packet.ICMP6Typ) == 129 },
	},
	{
		MadeRouterAdvert, // the controller has written the advertisement before
		func(p *packet.Packet) bool { return p.Has(packet.ICMP6Typ) && p.Uint(packet.ICMP6Typ) == 133 },
		func(p, q *packet.Packet) bool { return q.Get(packet.EthDst) == p.Get(packet.EthSrc) },
	},
	{MadeDHCPReply, sends(68, 67), comes(67, 68)},
	{MadeDHCPv6Reply, sends(546, 547), comes(547, 546)},
	{
		MadeDNSReply,
		func(p *packet.Packet) bool { return p.Has(packet.UDPDst) && p.Uint(packet.UDPDst) == 53 },
		func(p, q *packet.Packet) bool {
			return q.Has(packet.UDPSrc) && q.Uint(packet.UDPSrc) == 53 && q.Get(packet.EthDst) == p.Get(packet.EthSrc)
		},
	},
}

func sends(src, dst uint64) func(*packet.Packet) bool {
	return func(p *packet.Packet) bool {
		return p.Has(packet.UDPSrc) && p.Uint(packet.UDPSrc) == src && p.Uint(packet.UDPDst) == dst
	}
}

func comes(src, dst uint64) func(_, q *packet.Packet) bool {
	is := sends(src, dst)
	return func(_, q *packet.Packet) bool { return is(q) }
}

// ICMP types and codes that say why a packet was not forwarded: RFC 792, RFC
// 4443.
const (
	icmpUnreachable = 3
	icmpFragNeeded  = 4 // a code of icmpUnreachable
	icmpTimeOut     = 11
	icmp6TooBig     = 2
	icmp6TimeOut    = 3
)

// says returns why an ICMP error was made, "" where its type does not tell.
func says(p *packet.Packet) Code {
	switch {
	case p.Has(packet.ICMPType):
		switch t := p.Uint(packet.ICMPType); {
		case t == icmpTimeOut:
			return TTLExceeded
		case t == icmpUnreachable && p.Uint(packet.ICMPCode) == icmpFragNeeded:
			return TooBig
		}
	case p.Has(packet.ICMP6Typ):
		switch p.Uint(packet.ICMP6Typ) {
		case icmp6TimeOut:
			return TTLExceeded
		case icmp6TooBig:
			return TooBig
		}
	}
	return ""
}
