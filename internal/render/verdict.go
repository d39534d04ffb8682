package render

import (
	"io"
	"strconv"
	"strings"

	"github.com/fatih/color"

	"github.com/ovnwalk/ovnwalk/internal/escape"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/trace"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// Origins tells what a flow was made from, in the words of the northbound
// database; it may be nil.
type Origins func(*trace.Flow) []string

// Verdicts writes how a walk ended, a line for each copy of the packet.  It
// begins with the disposition's word, then comes the code of what was dropped
// or the kind of answer, then where: a port, or the datapath and the stage that
// decided.
func Verdicts(out io.Writer, t *trace.Trace, list []verdict.Disposition, by Origins, paint Paint) error {
	w := newWriter(t, paint)
	w.out, w.own = out, true
	for i := range list {
		w.verdict(&list[i], by)
	}
	return w.done()
}

func (w *writer) verdict(d *verdict.Disposition, by Origins) {
	w.put(w.paint.outcome(d.Outcome), d.Outcome.String())
	if d.Outcome == verdict.OutcomeUncertain {
		w.text(" " + placeName(d.Uncertainties[0].Place) + ": " + uncertaintyText(d.Uncertainties[0]))
		if more := len(d.Uncertainties) - 1; more > 0 {
			w.text(" (and " + strconv.Itoa(more) + " more)")
		}
		w.text("; it seems ")
		w.put(w.paint.outcome(d.TentativeOutcome), d.TentativeOutcome.String())
	}
	switch d.TentativeOutcome {
	case verdict.OutcomeReplied:
		w.text(" " + d.Origin.String())
	case verdict.OutcomeDropped, verdict.OutcomeLooped:
		w.text(" " + string(d.Code))
	case verdict.OutcomeController:
		w.text(" " + d.Action)
	default:
	}
	w.text(" " + where(d))
	switch d.TentativeOutcome {
	case verdict.OutcomeDelivered, verdict.OutcomeReplied:
		if d.Type != "" {
			w.text(" (" + d.Type + ")")
		}
		if d.Origin != verdict.OriginPacket && d.TentativeOutcome == verdict.OutcomeDelivered {
			w.text(", the " + d.Origin.String())
		}
		wire := visibleFields(d.Packet)
		w.text(" as " + wire.Header(w.words.header))
	default:
		w.text(decidedAt(d))
		if by != nil {
			for _, o := range by(d.DecidedAt.Flow) {
				w.text("; made from " + o)
			}
		}
	}
	w.assumptions(d.Assumptions)
	w.newline()
}

func (w *writer) text(s string) { w.put(nil, s) }

// outcome returns the colour of a disposition's word.
func (p Paint) outcome(f verdict.Outcome) *color.Color {
	switch f {
	case verdict.OutcomeDelivered, verdict.OutcomeReplied, verdict.OutcomeController:
		return p.out
	case verdict.OutcomeDropped, verdict.OutcomeLooped:
		return p.drop
	default:
	}
	return p.errors
}

// where returns the port at which a copy left, or the place where its fate was
// decided.
func where(d *verdict.Disposition) string {
	if d.Port != "" {
		return d.End.Datapath + "/" + d.Port
	}
	return placeName(d.DecidedAt)
}

// placeName returns a datapath and a stage; where the database does not tell
// the stage's name, the pipeline and the table's number.
func placeName(p trace.Place) string {
	switch {
	case p.Stage != "":
		return p.Datapath + "/" + p.Stage
	case p.Egress:
		return p.Datapath + "/egress-" + strconv.Itoa(p.Table)
	}
	return p.Datapath + "/ingress-" + strconv.Itoa(p.Table)
}

// decidedAt says which flow decided, and where that took effect.
func decidedAt(d *verdict.Disposition) string {
	var b strings.Builder
	if d.Origin != verdict.OriginPacket {
		b.WriteString(", the " + d.Origin.String())
	}
	f := d.DecidedAt.Flow
	if f == nil {
		b.WriteString(": no flow matched")
		return b.String()
	}
	b.WriteString(": flow " + cookie(f) + ", priority " + strconv.Itoa(f.Priority) + ", " + f.Match)
	if d.End.Stage != d.DecidedAt.Stage {
		b.WriteString("; in effect at " + d.End.Stage)
	}
	if f.Hint != "" {
		b.WriteString("; stage-hint " + f.Hint)
	}
	return b.String()
}

// cookie returns the digits by which a trace names a flow.
func cookie(f *trace.Flow) string {
	s := strconv.FormatUint(uint64(f.Cookie), 16)
	return strings.Repeat("0", 8-len(s)) + s
}

// visibleFields returns a packet without what only the pipelines know of it.
func visibleFields(p packet.Packet) packet.Packet {
	for i := range packet.NumRegs {
		p.SetUint(packet.Reg(i), 0)
	}
	p.ClearConntrack()
	return p
}

func uncertaintyText(d verdict.Uncertainty) string {
	switch d.Kind {
	case verdict.UncertaintyUnparsed:
		return "flow " + cookie(d.Flow) + " might match but does not parse: " + strings.TrimSuffix(d.Text, ".")
	case verdict.UncertaintyUnmodelled:
		return "the walk does not follow " + d.Text
	case verdict.UncertaintyLimit:
		return "the walk stopped at its limit of " + d.Text
	}
	return ""
}

// assumptions writes what was taken for granted, each once.
func (w *writer) assumptions(list []verdict.Assumption) {
	seen := map[string]bool{}
	sep := "; assuming "
	for _, a := range list {
		text := assumptionText(a)
		if seen[text] {
			continue
		}
		seen[text] = true
		w.put(w.paint.comment, sep+text)
		sep = ", "
	}
}

func assumptionText(a verdict.Assumption) string {
	switch a.Kind {
	case verdict.AssumedState:
		return "ct_state " + a.Value
	case verdict.AssumedBackend:
		return "back end " + a.Value
	case verdict.AssumedMember:
		return "member " + a.Value
	case verdict.AssumedNoNAT:
		return "no earlier NAT to undo"
	case verdict.AssumedDHCP:
		return "DHCPDISCOVER or DHCPREQUEST"
	case verdict.AssumedRelay:
		return "DHCPOFFER or DHCPACK, broadcast"
	case verdict.AssumedNoDNS:
		return "no DNS record"
	case verdict.AssumedFits:
		return "the packet fits the MTU"
	case verdict.AssumedUnknown:
		return "nothing learned (" + a.Value + ")"
	case verdict.AssumedPriority:
		return "flow " + strings.SplitN(a.Value, "-", 2)[0] + " of the same priority loses"
	}
	return ""
}

// VerdictLine returns the line of one disposition, without its end.
func VerdictLine(t *trace.Trace, d *verdict.Disposition, by Origins, paint Paint) string {
	w := newWriter(t, paint)
	w.own = true
	w.verdict(d, by)
	return strings.TrimSuffix(string(w.b), "\n")
}

// NearMiss paints the part of a match that failed.
func (p Paint) NearMiss(s string) string { return paintText(p.near, s) }

// Title paints a name that stands for what follows.
func (p Paint) Title(s string) string { return paintText(p.stage, s) }

// Faint paints what matters less.
func (p Paint) Faint(s string) string { return paintText(p.comment, s) }

func paintText(c *color.Color, s string) string {
	s = escape.Text(s)
	if c == nil {
		return s
	}
	return c.Sprint(s)
}
