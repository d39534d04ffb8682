// Package exchange has the texts that the formats of connect share: verdicts, drops, paths and
// packets, one line each.
package exchange

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/connect"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/trace"
)

// Headline returns the verdict with its reason.
func Headline(a *connect.Answer) string {
	switch {
	case !a.Complete:
		return fmt.Sprintf("%s: more than %d combinations of choices", a.Verdict, connect.MaxCombinations)
	case a.Verdict == connect.Varies:
		var words []string
		for i := range a.Outcomes {
			if text := string(a.Outcomes[i].Verdict); !slices.Contains(words, text) {
				words = append(words, text)
			}
		}
		return fmt.Sprintf("%s: %s", a.Verdict, strings.Join(words, " or "))
	}
	return Loss(&a.Outcomes[0])
}

// Loss returns the verdict of an outcome with the packet that is lost, the reason and the place.
func Loss(o *connect.Outcome) string {
	text := string(o.Verdict)
	if o.Lost == "" {
		return text
	}
	if o.Verdict != connect.Fails && o.Verdict != connect.Refused {
		text += ": " + o.Lost
	}
	if o.Where.Code == "" {
		return text
	}
	return text + ": " + Drop(&o.Where)
}

// Drop returns the reason and the place where a packet ended.
func Drop(d *connect.Drop) string {
	text := string(d.Code)
	if d.Cause != "" {
		text = "dropped by " + d.Cause + ": " + text
	}
	if d.Detail != "" {
		text += " (" + d.Detail + ")"
	}
	flow, _ := FlowNames(d.Flow)
	for _, part := range []struct{ word, value string }{{"at", d.Datapath.DisplayName(true)}, {"in", d.Stage}, {"on", d.Chassis}, {"by flow", flow}} {
		if part.value != "" {
			text += " " + part.word + " " + part.value
		}
	}
	if d.Effect != "" {
		text += ", in effect at " + d.Effect
	}
	return text
}

// Removal describes how the walk continues without an obstacle.
func Removal(x *connect.Obstacle) string {
	switch x.Removal {
	case connect.WithoutFlow:
		return "continues as if there were no such rule"
	case connect.AsResolved:
		return "continues as if the next hop had answered with " + x.Detail
	case connect.AsBound:
		return "continues as if the port were bound to " + x.Detail
	case connect.AsUp:
		return "continues as if chassis " + x.Detail + " were up"
	case connect.AsBackend:
		return "continues as if the backends were up"
	case connect.NoLimit:
		return "continues as if there were no such limit"
	case connect.Stuck:
	}
	return "the walk stops: what is missing cannot be assumed"
}

// Sender describes the source of a packet.
func Sender(p *connect.Packet) string {
	switch {
	case p.From.Port == nil:
		return "network " + p.From.Network
	case p.On == "":
		return owned(p.Owner, p.From.Port)
	}
	return owned(p.Owner, p.From.Port) + " on " + p.On
}

// owned returns the name of a port after that of its owner.
func owned(owner string, p *lflow.Port) string {
	if owner == "" {
		return p.DisplayName(true)
	}
	return owner + " (" + p.DisplayName(true) + ")"
}

// Receiver describes the receiver of a frame.
func Receiver(a *connect.Arrival) string {
	if a.Network != "" {
		return "network " + a.Network + " from " + a.Chassis
	}
	return owned(a.Owner, a.Port) + " on " + a.Chassis
}

// Meaning returns the meaning of a code.
func Meaning(c connect.Code) string {
	return cmp.Or(connect.Codes()[c], c.Meaning(), "unknown")
}

// FlowNames returns the UUID and the stage of a flow, "" for nil.
func FlowNames(f *trace.Flow) (uuid, stage string) {
	if f == nil {
		return "", ""
	}
	return f.UUID, f.Stage
}

// Path returns a path on one line: the datapaths, with the chassis when it changes.
func Path(path []connect.Hop) string {
	var parts []string
	chassis, datapath := "", ""
	for _, h := range path {
		switch h.Kind {
		case connect.HopIngress, connect.HopEgress:
			if h.Chassis != chassis {
				parts = append(parts, h.Chassis+":")
				chassis, datapath = h.Chassis, ""
			}
			if name := h.Datapath.DisplayName(true); name != datapath {
				parts = append(parts, name)
				datapath = name
			}
		case connect.HopTunnel:
			parts = append(parts, "=tunnel=>")
		case connect.HopNetwork:
			parts = append(parts, "=network "+h.Network+"=>")
			chassis = ""
		case connect.HopGenerated:
			parts = append(parts, "["+h.Field+"]")
		default:
		}
	}
	return strings.Join(parts, " ")
}

// Packet returns the headers of a packet on one line.
func Packet(p *packet.Packet) string {
	eth := fmt.Sprintf("%s > %s", packet.EthSrc.Format(p.Get(packet.EthSrc)), packet.EthDst.Format(p.Get(packet.EthDst)))
	if vid := p.Uint(packet.VLANTCI) & 0xfff; vid != 0 {
		eth += fmt.Sprintf(" vlan %d", vid)
	}
	if p.IsARP() {
		what := "request"
		if p.Uint(packet.ARPOp) == 2 {
			what = "reply"
		}
		return fmt.Sprintf("arp %s %s for %s, %s", what, packet.ARPSPA.Format(p.Get(packet.ARPSPA)), packet.ARPTPA.Format(p.Get(packet.ARPTPA)), eth)
	}
	if !p.IsIP() {
		return fmt.Sprintf("type 0x%04x, %s", p.Uint(packet.EthType), eth)
	}
	src, dst := packet.IPv4Src.Format(p.Get(packet.IPv4Src)), packet.IPv4Dst.Format(p.Get(packet.IPv4Dst))
	open, closing := "", ""
	if p.IsIPv6() {
		src, dst = packet.IPv6Src.Format(p.Get(packet.IPv6Src)), packet.IPv6Dst.Format(p.Get(packet.IPv6Dst))
		open, closing = "[", "]"
	}
	words := map[uint64]string{packet.ProtoTCP: "tcp", packet.ProtoUDP: "udp", packet.ProtoSCTP: "sctp"}
	if word, ok := words[p.Uint(packet.IPProto)]; ok {
		text := fmt.Sprintf("%s %s%s%s:%d > %s%s%s:%d", word, open, src, closing, p.Uint(packet.TPSrc), open, dst, closing, p.Uint(packet.TPDst))
		if word == "tcp" {
			text += " " + packet.TCPFlags.Format(p.Get(packet.TCPFlags))
		}
		return fmt.Sprintf("%s ttl %d, %s", text, p.Uint(packet.IPTTL), eth)
	}
	if p.Has(packet.ICMPType) || p.Has(packet.ICMPv6Type) {
		return fmt.Sprintf("icmp %s > %s type %d code %d ttl %d, %s", src, dst, p.Uint(packet.TPSrc), p.Uint(packet.TPDst), p.Uint(packet.IPTTL), eth)
	}
	return fmt.Sprintf("ip %s > %s proto %d ttl %d, %s", src, dst, p.Uint(packet.IPProto), p.Uint(packet.IPTTL), eth)
}
