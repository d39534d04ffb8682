package render

import (
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/trace"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// rewrites are what happened to a packet on its way through a datapath, as far
// as it can be seen from outside: at most one a field, the last.  It is used
// as a value; each method returns a new list.
type rewrites []rewrite

type rewrite struct{ field, text string }

func (r rewrites) with(field, text string) rewrites {
	out := slices.DeleteFunc(slices.Clone(r), func(old rewrite) bool { return old.field == field })
	return append(out, rewrite{field, text})
}

func (r rewrites) list() []string {
	var out []string
	for _, w := range r {
		out = append(out, w.text)
	}
	return out
}

// change adds what a node says, unless it is about a register: nobody outside
// sees those.
func (r rewrites) change(n *trace.Change) rewrites {
	name, _, _ := strings.Cut(n.Field, "[")
	if f := packet.Lookup(name); f != nil && f.Register {
		return r
	}
	return r.with(n.Field, changeLine(n))
}

// fork adds what NAT and load balancers put into a packet.
func (r rewrites) fork(n *trace.Fork) rewrites {
	if n.Address == "" {
		return r
	}
	family, side := "ip4.", "dst"
	if n.IPv6 {
		family = "ip6."
	}
	if n.Kind == trace.ForkCTSNAT {
		side = "src"
	}
	return r.with(family+side, family+side+" = "+n.Address)
}

// within adds all that a table's own actions change, for a copy that ended in
// them.
func (r rewrites) within(t *trace.Table) rewrites {
	for _, n := range t.Nodes {
		if c, ok := n.(*trace.Change); ok {
			r = r.change(c)
		}
	}
	return r
}

// originWords say what copies are.
var originWords = map[verdict.Origin]string{
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

// originWord names a packet that was made from another, "" for one that
// conntrack gave back: it is still the packet.
func originWord(n *trace.Fork) string {
	return originWords[verdict.OriginOf(n.Kind, verdict.OriginPacket)]
}

// packetTitle tells in a few words what a packet is: its protocol, from whom
// and to whom.
func packetTitle(p *packet.Packet) (word, from, to string) {
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

// endWords tell how a copy ended: a word or two, and more about it.
func endWords(d *verdict.Disposition) (word, more string) {
	word = d.TentativeOutcome.String()
	switch d.TentativeOutcome {
	case verdict.OutcomeDelivered, verdict.OutcomeReplied:
		more = d.Port
		if d.Type != "" {
			more += " (" + d.Type + ")"
		}
	case verdict.OutcomeDropped, verdict.OutcomeLooped:
		if d.Code != "" {
			word += " " + string(d.Code)
		}
		more = stageWord(d.DecidedAt)
	case verdict.OutcomeController:
		word, more = "to the controller", d.Action
	default:
	}
	if d.Outcome == verdict.OutcomeUncertain {
		word = "uncertain: " + word
	}
	return word, more
}

// stageWord names a place's table.
func stageWord(p trace.Place) string {
	if p.Stage != "" {
		return p.Stage
	}
	pipeline := "ingress"
	if p.Egress {
		pipeline = "egress"
	}
	return pipeline + " table " + packet.IPTTL.Format(packet.Uint(uint64(p.Table)))
}

// outcomeClass is the colour of an end, as a word.
func outcomeClass(d *verdict.Disposition) string {
	if d.Outcome == verdict.OutcomeUncertain {
		return "uncertain"
	}
	return d.TentativeOutcome.String()
}

// shorten cuts a text to so many cells, with an ellipsis for what is gone.
func shorten(s string, cells int) string {
	if width(s) <= cells {
		return s
	}
	var b strings.Builder
	left := cells - 1
	for _, r := range s {
		if left -= runeWidth(r); left < 0 {
			break
		}
		b.WriteRune(r)
	}
	return b.String() + "…"
}
