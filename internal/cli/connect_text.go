package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/connect"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/trace"
)

// writeConnectText writes an answer in a handful of lines: the verdict, and for each packet
// its way, what was translated and where it ended.
func writeConnectText(out io.Writer, a *connect.Answer, by origins) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", connectHeadline(a))
	for i := range a.Outcomes {
		o := &a.Outcomes[i]
		if len(a.Outcomes) > 1 || len(o.Taken()) > 0 {
			fmt.Fprintf(&b, "outcome %d of %d: %s\n", i+1, len(a.Outcomes), connectLoss(o))
			for _, c := range o.Taken() {
				fmt.Fprintf(&b, "  %s: %s (of %d)\n", c.Kind, strings.Join(c.Options, ", "), c.Of)
			}
		}
		for j := range o.Packets {
			writeConnectPacket(&b, o, &o.Packets[j], by)
		}
	}
	for _, text := range a.Assumed {
		fmt.Fprintf(&b, "assumed: %s\n", text)
	}
	_, err := io.WriteString(out, b.String())
	return err
}

// connectHeadline is the verdict with what it depends on.
func connectHeadline(a *connect.Answer) string {
	switch {
	case !a.Complete:
		return fmt.Sprintf("%s: more than %d ways to choose", a.Verdict, connect.MaxResults)
	case a.Verdict == connect.Varies:
		var words []string
		for i := range a.Outcomes {
			if text := string(a.Outcomes[i].Verdict); !slices.Contains(words, text) {
				words = append(words, text)
			}
		}
		return fmt.Sprintf("%s: %s", a.Verdict, strings.Join(words, " or "))
	}
	return connectLoss(&a.Outcomes[0])
}

// connectLoss is an outcome's verdict with the packet that is lost, why and where.
func connectLoss(o *connect.Result) string {
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
	return text + ": " + dropText(&o.Where)
}

// dropText says why and where a packet ended.
func dropText(d *connect.Drop) string {
	text := string(d.Code)
	if d.Detail != "" {
		text += " (" + d.Detail + ")"
	}
	flow, _ := flowNames(d.Flow)
	for _, part := range []struct{ word, value string }{{"at", d.Datapath}, {"in", d.Stage}, {"on", d.Chassis}, {"by flow", flow}} {
		if part.value != "" {
			text += " " + part.word + " " + part.value
		}
	}
	if d.Effect != "" {
		text += ", in effect at " + d.Effect
	}
	return text
}

// flowNames returns the UUID and the stage of a flow, "" of none.
func flowNames(f *trace.Flow) (uuid, stage string) {
	if f == nil {
		return "", ""
	}
	return f.UUID, f.Stage
}

func writeConnectPacket(b *strings.Builder, o *connect.Result, p *connect.Packet, by origins) {
	from := "network " + p.From.Network
	if p.From.Port != nil {
		from = fmt.Sprintf("%s on %s", p.From.Port.DisplayName(true), p.On)
	}
	fmt.Fprintf(b, "%s: %s: %s\n", p.What, from, describePacket(&p.Sent))
	for i := range p.Arrived {
		a := &p.Arrived[i]
		mark := " "
		if i == p.Answered {
			mark = "*"
		}
		to := fmt.Sprintf("%s on %s", a.Port.DisplayName(true), a.Chassis)
		if a.Network != "" {
			to = fmt.Sprintf("network %s from %s", a.Network, a.Chassis)
		}
		fmt.Fprintf(b, "  %s-> %s: %s\n", mark, to, describePacket(&a.Packet))
		if way := wayText(a.Way); way != "" {
			fmt.Fprintf(b, "       %s\n", way)
		}
		for _, h := range a.Way {
			if h.Kind == connect.HopTranslated {
				fmt.Fprintf(b, "       %s: %s -> %s (%s %s, flow %s)\n", h.Field, h.Before, h.Now, h.Datapath, h.Flow.Stage, h.Flow.UUID)
				writeOrigins(b, "         ", by(h.Flow))
			}
		}
	}
	lost := o.Lost == p.What && o.Where.Code != ""
	if lost || len(p.Arrived) == 0 {
		d := o.Where
		if !lost {
			d = p.Decisive()
		}
		fmt.Fprintf(b, "   x %s\n", dropText(&d))
		writeOrigins(b, "       ", by(d.Flow))
		if way := wayText(d.Way); way != "" {
			fmt.Fprintf(b, "       %s\n", way)
		}
	}
}

// writeOrigins writes the northbound rows that a flow was generated from.
func writeOrigins(b *strings.Builder, indent string, rows []string) {
	for _, row := range rows {
		fmt.Fprintf(b, "%smade from %s\n", indent, row)
	}
}

// wayText is a way in one line: the datapaths, with the chassis where it
// changes.
func wayText(way []connect.Hop) string {
	var parts []string
	chassis, datapath := "", ""
	for _, h := range way {
		switch h.Kind {
		case connect.HopIngress, connect.HopEgress:
			if h.Chassis != chassis {
				parts = append(parts, h.Chassis+":")
				chassis, datapath = h.Chassis, ""
			}
			if h.Datapath != datapath {
				parts = append(parts, h.Datapath)
				datapath = h.Datapath
			}
		case connect.HopTunnel:
			parts = append(parts, "=tunnel=>")
		case connect.HopNetwork:
			parts = append(parts, "=network "+h.Network+"=>")
			chassis = ""
		case connect.HopMade:
			parts = append(parts, "["+h.Field+"]")
		default:
		}
	}
	return strings.Join(parts, " ")
}

// describe writes a packet's headers in one line.
func describePacket(p *packet.Packet) string {
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
