package wording

import (
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/trace"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// OriginWords has the words for the origins of copies.
var OriginWords = map[verdict.Origin]string{
	verdict.OriginPacket:       "",
	verdict.OriginClone:        "copy",
	verdict.OriginMirror:       "mirrored copy",
	verdict.OriginARPRequest:   "ARP request",
	verdict.OriginNDSolicit:    "neighbor solicitation",
	verdict.OriginARPReply:     "ARP reply",
	verdict.OriginNDAdvert:     "neighbor advertisement",
	verdict.OriginRouterAdvert: "router advertisement",
	verdict.OriginEchoReply:    "echo reply",
	verdict.OriginICMPError:    "ICMP error",
	verdict.OriginTCPReset:     "TCP reset",
	verdict.OriginSCTPAbort:    "SCTP abort",
	verdict.OriginDHCPReply:    "DHCP reply",
	verdict.OriginDHCPv6Reply:  "DHCPv6 reply",
	verdict.OriginDNSReply:     "DNS reply",
}

// OriginWord returns the word for a packet generated from another one, "" for a packet that passed
// through conntrack, which is still the same one.
func OriginWord(n *trace.Fork) string {
	return OriginWords[verdict.OriginOf(n.Kind, verdict.OriginPacket)]
}

// PacketTitle summarizes a packet: its protocol, source and destination.
func PacketTitle(p *packet.Packet) (word, from, to string) {
	get := func(f *packet.Field) string { return f.Format(p.Get(f)) }
	switch {
	case p.IsARP():
		return "ARP", get(packet.ARPSPA), get(packet.ARPTPA)
	case p.IsIPv4():
		from, to = get(packet.IPv4Src), get(packet.IPv4Dst)
	case p.IsIPv6():
		from, to = get(packet.IPv6Src), get(packet.IPv6Dst)
	default:
		return "Ethernet", get(packet.EthSrc), get(packet.EthDst)
	}
	word = protocolWord(p)
	switch word {
	case "TCP", "UDP", "SCTP":
		if p.IsIPv6() {
			from, to = "["+from+"]", "["+to+"]"
		}
		return word, from + ":" + get(packet.TPSrc), to + ":" + get(packet.TPDst)
	}
	return word, from, to
}

func protocolWord(p *packet.Packet) string {
	switch proto := p.Uint(packet.IPProto); {
	case proto == packet.ProtoTCP:
		return "TCP"
	case proto == packet.ProtoUDP:
		return "UDP"
	case proto == packet.ProtoSCTP:
		return "SCTP"
	case proto == packet.ProtoICMP && p.IsIPv4(), proto == packet.ProtoICMPv6 && p.IsIPv6() && !p.IsND():
		return "ICMP"
	case p.IsND():
		return "ND"
	case p.IsIPv6():
		return "IPv6"
	}
	return "IP"
}

// EndWords returns the outcome of a copy in a word or two, and more about it.
func (s Names) EndWords(d *verdict.Disposition) (word, more string) {
	word = d.TentativeOutcome.String()
	switch d.TentativeOutcome {
	case verdict.OutcomeDelivered, verdict.OutcomeReplied:
		more = s.Port(d.Port)
		if typ := PortType(d.Port); typ != "" {
			more += " (" + typ + ")"
		}
	case verdict.OutcomeDropped, verdict.OutcomeLooped:
		if d.Code != "" {
			word += " " + string(d.Code)
		}
		more = StageWord(d.DecidedAt)
	case verdict.OutcomeController:
		word, more = "to the controller", d.Action
	default:
	}
	if d.Outcome == verdict.OutcomeUncertain {
		word = "uncertain: " + word
	}
	return word, more
}

// StageWord returns the stage or table of a place.
func StageWord(p trace.Place) string {
	if p.Stage != "" {
		return p.Stage
	}
	pipeline := "ingress"
	if p.Egress {
		pipeline = "egress"
	}
	return pipeline + " table " + packet.IPTTL.Format(packet.Uint(uint64(p.Table)))
}

// OutcomeClass returns the color of an outcome, as a word.
func OutcomeClass(d *verdict.Disposition) string {
	if d.Outcome == verdict.OutcomeUncertain {
		return "uncertain"
	}
	return d.TentativeOutcome.String()
}
