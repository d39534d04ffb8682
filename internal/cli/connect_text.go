package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/connect"
	"github.com/ovnwalk/ovnwalk/internal/render/exchange"
)

// writeConnectText writes an answer in a handful of lines: the verdict, and for each packet
// its way, what was translated and where it ended.
func writeConnectText(out io.Writer, a *connect.Answer, about *connectAbout) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", exchange.Headline(a))
	for i := range a.Outcomes {
		o := &a.Outcomes[i]
		if len(a.Outcomes) > 1 || len(o.Taken()) > 0 {
			fmt.Fprintf(&b, "outcome %d of %d: %s\n", i+1, len(a.Outcomes), exchange.Loss(o))
			for _, c := range o.Taken() {
				fmt.Fprintf(&b, "  %s: %s (of %d)\n", c.Kind, strings.Join(c.Options, ", "), c.Of)
			}
		}
		for j := range o.Packets {
			writeConnectPacket(&b, o, &o.Packets[j], about)
			if err := about.writeWhyNot(&b, &o.Packets[j]); err != nil {
				return err
			}
		}
		writeObstacles(&b, o, about)
	}
	for _, text := range a.Assumed {
		fmt.Fprintf(&b, "assumed: %s\n", text)
	}
	_, err := io.WriteString(out, b.String())
	return err
}

func writeConnectPacket(b *strings.Builder, o *connect.Result, p *connect.Packet, about *connectAbout) {
	fmt.Fprintf(b, "%s: %s: %s\n", p.Role, exchange.Sender(p), exchange.Packet(&p.Sent))
	for i := range p.Arrived {
		a := &p.Arrived[i]
		mark := " "
		if i == p.Answered {
			mark = "*"
		}
		fmt.Fprintf(b, "  %s-> %s: %s\n", mark, exchange.Receiver(a), exchange.Packet(&a.Packet))
		if way := exchange.Way(a.Way); way != "" {
			fmt.Fprintf(b, "       %s\n", way)
		}
		about.writePhysical(b, a.Way)
		for _, h := range a.Way {
			if h.Kind == connect.HopTranslated {
				fmt.Fprintf(b, "       %s: %s -> %s (%s %s, flow %s)\n", h.Field, h.Before, h.Now, h.Datapath.DisplayName(true), h.Flow.Stage, h.Flow.UUID)
				writeOrigins(b, "         ", about.origins(h.Flow))
			}
		}
	}
	lost := o.Lost == p.Role && o.Where.Code != ""
	if lost || len(p.Arrived) == 0 {
		d := o.Where
		if !lost {
			d = p.Decisive()
		}
		fmt.Fprintf(b, "   x %s\n", exchange.Drop(&d))
		writeOrigins(b, "       ", about.origins(d.Flow))
		if way := exchange.Way(d.Way); way != "" {
			fmt.Fprintf(b, "       %s\n", way)
		}
		about.writePhysical(b, d.Way)
	}
}

// writeObstacles writes what loses packets, and how the walk went on behind it.
func writeObstacles(b *strings.Builder, o *connect.Result, about *connectAbout) {
	if o.Remaining == "" {
		return
	}
	fmt.Fprintf(b, "obstacles: %d; without them: %s\n", len(o.Obstacles), o.Remaining)
	for i := range o.Obstacles {
		x := &o.Obstacles[i]
		fmt.Fprintf(b, "  %d. %s: %s\n", i+1, x.Role, exchange.Drop(&x.Where))
		writeOrigins(b, "       ", about.origins(x.Where.Flow))
		fmt.Fprintf(b, "       %s\n", exchange.Removal(x))
	}
}

// writeOrigins writes the northbound rows that a flow was generated from.
func writeOrigins(b *strings.Builder, indent string, rows []string) {
	for _, row := range rows {
		fmt.Fprintf(b, "%smade from %s\n", indent, row)
	}
}
