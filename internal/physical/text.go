package physical

import (
	"fmt"
	"io"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/escape"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// Style paints text; functions that are nil leave it as it is.
type Style struct {
	Chassis func(string) string
	Hop     func(string) string
}

// Write writes who runs each pipeline, a line each, and the hops between
// chassis.
func Write(out io.Writer, segments []Segment, style Style) error {
	var b strings.Builder
	for i := range segments {
		l := &segments[i]
		if l.Hop != nil {
			b.WriteString("  " + paint(style.Hop, hopText(l.Hop)) + "\n")
		}
		b.WriteString(segmentText(l, style) + "\n")
		for _, text := range l.notes() {
			b.WriteString("  " + escape.Text(text) + "\n")
		}
	}
	_, err := io.WriteString(out, b.String())
	return err
}

// paint escapes a text and paints it.
func paint(f func(string) string, s string) string {
	s = escape.Text(s)
	if f == nil {
		return s
	}
	return f(s)
}

func segmentText(l *Segment, style Style) string {
	who, does := segmentWords(l)
	return paint(style.Chassis, who) + escape.Text(does)
}

// notes returns the parts of the walk that are unknown on the chassis of the segment.
func (l *Segment) notes() (out []string) {
	for _, e := range l.Elsewhere {
		out = append(out, fmt.Sprintf("unknown: flow %08x, which the walk took, requires %s to be resident, which is on %s; the flows of %s are not shown",
			e.Cookie, e.Port, e.Chassis.Name, l.Chassis.Name))
	}
	if l.Viewpoint != "" {
		out = append(out, "unknown: flows here depend on the chassis; the walk is that of "+l.Viewpoint)
	}
	return out
}

// segmentWords returns the chassis that runs a pipeline, and the rest of the sentence.
func segmentWords(l *Segment) (who, does string) {
	what := "ingress of " + l.Datapath + " from " + l.Port
	if l.Egress {
		what = "egress of " + l.Datapath + " to " + l.Port
	}
	switch {
	case l.Parent != "" && l.Tag == 0:
		what += fmt.Sprintf(" (frames of %s)", l.Parent)
	case l.Parent != "":
		what += fmt.Sprintf(" (VLAN %d of %s)", l.Tag, l.Parent)
	}
	if l.Copied {
		what += ", for a generated packet"
	}
	switch {
	case l.Reason == External:
		return l.Chassis.Name, " receives packets for " + l.PinnedBy + ": a gateway, which runs no pipeline (" + what + ")"
	case l.Chassis == nil && l.Reason == AnyChassis:
		return "any chassis on the network of " + l.PinnedBy, " runs " + what
	case l.Chassis == nil && l.PinnedBy == "":
		return "no chassis", " is known for " + what
	case l.Chassis == nil:
		return "no chassis", " runs " + what + ": " + l.PinnedBy + " is bound to none"
	}
	does = " runs " + what
	switch l.Reason {
	case Bound:
		if l.PinnedBy == l.Port {
			does += ", which is bound there"
		} else {
			does += ", as " + l.PinnedBy + " is bound there"
		}
	case IsGateway:
		does += ", as gateway chassis of " + l.PinnedBy + priorities(l.Others)
	case Resident:
		does += ", because flows on the path apply only where " + l.PinnedBy + " is"
	case SameAsPacket:
		does += ", from the same tunneled packet"
	default:
	}
	return l.Chassis.Name, does
}

// priorities returns the order of gateway chassis where there is a choice.
func priorities(list []lflow.Gateway) string {
	if len(list) < 2 {
		return ""
	}
	parts := make([]string, len(list))
	for i, g := range list {
		parts[i] = fmt.Sprintf("%s %d", g.Chassis.Name, g.Priority)
	}
	return " (priorities: " + strings.Join(parts, ", ") + ")"
}

func hopText(h *Hop) string {
	if h.Localnet != "" {
		return fmt.Sprintf("%s to %s over the physical network of %s, without a tunnel", h.From.Name, h.To.Name, h.Localnet)
	}
	t := &h.Tunnel
	where := fmt.Sprintf("%s to %s", h.From.Name, h.To.Name)
	if t.Type == "" {
		return where + ": no common encapsulation, so the packet is lost"
	}
	where += fmt.Sprintf(": %s from %s to %s, ", t.Type, strings.Join(t.Source, " or "), strings.Join(t.Remote, " or "))
	in, out := keyText(t.InKey, t.InPort), keyText(t.OutKey, t.OutPort)
	switch {
	case t.Type == "geneve":
		return where + fmt.Sprintf("VNI %d (0x%06x), option class 0x%04x type 0x%02x data %08x: ingress port %s, egress port %s",
			t.VNI(), t.VNI(), OptionClass, OptionType, t.Option(), in, out)
	case t.Type == "stt":
		return where + fmt.Sprintf("tunnel ID 0x%014x: datapath %d, ingress port %s, egress port %s", t.ID(), t.Key, in, out)
	case t.FromVXLAN:
		return where + fmt.Sprintf("VNI %d (0x%06x): only the datapath, as with VTEP gateways", t.VNI(), t.VNI())
	}
	return where + fmt.Sprintf("VNI %d (0x%06x): egress port %s in the upper 12 bits, datapath %d in the lower 12, no ingress port", t.VNI(), t.VNI(), out, t.Key)
}

func keyText(key uint64, name string) string {
	if name == "" {
		return fmt.Sprint(key)
	}
	return fmt.Sprintf("%d (%s)", key, name)
}
