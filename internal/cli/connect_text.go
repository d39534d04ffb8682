package cli

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/connect"
	"github.com/ovnwalk/ovnwalk/internal/escape"
	"github.com/ovnwalk/ovnwalk/internal/render/exchange"
	"github.com/ovnwalk/ovnwalk/trace"
)

// writeConnectText writes an answer as text: the verdict, and for each packet its path,
// the translations of its headers and where it ended.
func writeConnectText(out io.Writer, a *connect.Answer, about *connectAbout) error {
	var b strings.Builder
	fmt.Fprint(&b, escape.Sprintf("%s\n", escape.Safe(about.paint.Text(verdictColor(a), exchange.Headline(a)))))
	for i := range a.Outcomes {
		o := &a.Outcomes[i]
		if len(a.Outcomes) > 1 || len(o.Taken()) > 0 {
			fmt.Fprint(&b, escape.Sprintf("outcome %d of %d: %s\n", i+1, len(a.Outcomes), exchange.Loss(o)))
			for _, c := range o.Taken() {
				fmt.Fprint(&b, escape.Sprintf("  %s: %s (of %d)\n", c.Kind, strings.Join(c.Options, ", "), c.Of))
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
		fmt.Fprint(&b, escape.Sprintf("%s\n", escape.Safe(about.paint.Text("note", "assumed: "+text))))
	}
	_, err := io.WriteString(out, b.String())
	return err
}

func writeConnectPacket(b *strings.Builder, o *connect.Outcome, p *connect.Packet, about *connectAbout) {
	paint := about.paint
	fmt.Fprint(b, escape.Sprintf("%s: %s: %s\n", escape.Safe(paint.Text("title", p.Role)), exchange.Sender(p), exchange.Packet(&p.Sent)))
	for i := range p.Arrived {
		a := &p.Arrived[i]
		mark := " "
		if i == p.Answered {
			mark = "*"
		}
		fmt.Fprint(b, escape.Sprintf("  %s-> %s: %s\n", mark, escape.Safe(paint.Text("pass", exchange.Receiver(a))), exchange.Packet(&a.Packet)))
		about.writePath(b, a.Path)
		for _, h := range a.Path {
			if h.Kind == connect.HopTranslated {
				fmt.Fprint(b, escape.Sprintf("       %s: %s -> %s (%s %s, flow %s)\n", h.Field, h.Before, h.Now, h.Datapath.DisplayName(true), h.Flow.Stage, h.Flow.UUID))
				about.writeOrigins(b, "         ", h.Flow)
			}
		}
	}
	lost := o.Lost == p.Role && o.Where.Code != ""
	if lost || len(p.Arrived) == 0 {
		d := o.Where
		if !lost {
			d = p.Decisive()
		}
		fmt.Fprint(b, escape.Sprintf("   %s\n", escape.Safe(paint.Text("fail", "x "+exchange.Drop(&d)))))
		about.writeOrigins(b, "       ", d.Flow)
		about.writePath(b, d.Path)
	}
}

// verdictColor returns the color of a connection's verdict, as a word for Paint.
func verdictColor(a *connect.Answer) string {
	var no *negativeError
	switch err := connectStatus(a); {
	case err == nil:
		return "pass"
	case errors.As(err, &no):
		return "fail"
	}
	return "skip"
}

// writePath writes the datapaths and chassis of a path.
func (about *connectAbout) writePath(b *strings.Builder, path []connect.Hop) {
	if text := exchange.Path(path); text != "" {
		fmt.Fprint(b, escape.Sprintf("       %s\n", escape.Safe(about.paint.Text("note", text))))
	}
	about.writePhysical(b, path)
}

// writeObstacles writes the obstacles, and how the walk continued without each.
func writeObstacles(b *strings.Builder, o *connect.Outcome, about *connectAbout) {
	if o.Remaining == "" {
		return
	}
	fmt.Fprint(b, escape.Sprintf("obstacles: %d; without them: %s\n", len(o.Obstacles), o.Remaining))
	for i := range o.Obstacles {
		x := &o.Obstacles[i]
		fmt.Fprint(b, escape.Sprintf("  %d. %s: %s\n", i+1, x.Role, escape.Safe(about.paint.Text("fail", exchange.Drop(&x.Where)))))
		about.writeOrigins(b, "       ", x.Where.Flow)
		fmt.Fprint(b, escape.Sprintf("       %s\n", exchange.Removal(x)))
	}
}

// writeOrigins writes the northbound rows that a flow was generated from.
func (about *connectAbout) writeOrigins(b *strings.Builder, indent string, f *trace.Flow) {
	for _, row := range about.origins(f) {
		fmt.Fprint(b, escape.Sprintf("%s%s\n", indent, escape.Safe(about.paint.Text("note", "made from "+row))))
	}
}
