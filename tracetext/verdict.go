package tracetext

import (
	"io"
	"strconv"
	"strings"

	"github.com/fatih/color"

	"github.com/ovnwalk/ovnwalk/internal/escape"
	"github.com/ovnwalk/ovnwalk/internal/render/wording"
	"github.com/ovnwalk/ovnwalk/trace"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// Verdicts writes the verdicts of a walk, one line for each copy of the packet: the outcome, the code
// of a drop or the kind of reply, and the place: a port, or the datapath and the stage that decided.
func Verdicts(out io.Writer, t *trace.Trace, list []verdict.Disposition, by func(*trace.Flow) []string, paint Paint) error {
	w := newWriter(t, paint)
	w.out, w.own = out, true
	for i := range list {
		w.verdict(&list[i], by)
	}
	return w.done()
}

func (w *writer) verdict(d *verdict.Disposition, by func(*trace.Flow) []string) {
	w.put(w.paint.outcome(d.Outcome), d.Outcome.String())
	if d.Outcome == verdict.OutcomeUncertain {
		w.text(" " + w.words.Place(d.Uncertainties[0].Place) + ": " + wording.UncertaintyText(d.Uncertainties[0]))
		if more := len(d.Uncertainties) - 1; more > 0 {
			w.text(" (and " + strconv.Itoa(more) + " more)")
		}
		w.text("; it seems ")
		w.put(w.paint.outcome(d.TentativeOutcome), d.TentativeOutcome.String())
	}
	w.text(wording.InTerms(d))
	switch d.TentativeOutcome {
	case verdict.OutcomeReplied:
		w.text(" " + d.Origin.String())
	case verdict.OutcomeDropped, verdict.OutcomeLooped:
		w.text(" " + string(d.Code))
	case verdict.OutcomeController:
		w.text(" " + d.Action)
	default:
	}
	w.text(" " + w.words.Where(d))
	switch d.TentativeOutcome {
	case verdict.OutcomeDelivered, verdict.OutcomeReplied:
		if d.Port != nil && d.Port.Type != "" {
			w.text(" (" + d.Port.Type + ")")
		}
		if d.Node != "" && d.Outcome != verdict.OutcomeUncertain {
			w.text(" of the zone of " + d.Node + ", whose database is not given,")
		}
		if d.Origin != verdict.OriginPacket && d.TentativeOutcome == verdict.OutcomeDelivered {
			w.text(", the " + d.Origin.String())
		}
		wire := wording.VisibleFields(d.Packet)
		w.text(" as " + wire.Header(w.words.Header))
		for _, p := range d.AllowedBy {
			w.text("; allowed at " + w.words.Place(p) + ": flow " + wording.Cookie(p.Flow) + ", priority " + strconv.Itoa(p.Flow.Priority) + ", " + w.words.Text(p.Flow.Match))
			var rows []string
			if by != nil {
				rows = by(p.Flow)
			}
			if len(rows) == 0 && p.Cause != "" {
				w.text(", made for " + p.Cause)
			}
			for _, row := range rows {
				w.text(", made from " + row)
			}
		}
	default:
		w.text(w.words.DecidedAt(d))
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

// outcome returns the color of a disposition's word.
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

// assumptions writes the assumptions without duplicates.
func (w *writer) assumptions(list []verdict.Assumption) {
	seen := map[string]bool{}
	sep := "; assuming "
	for _, a := range list {
		text := wording.AssumptionText(a)
		if seen[text] {
			continue
		}
		seen[text] = true
		w.put(w.paint.comment, sep+text)
		sep = ", "
	}
}

// VerdictLine returns the line of one disposition, without a line break.
func VerdictLine(t *trace.Trace, d *verdict.Disposition, by func(*trace.Flow) []string, paint Paint) string {
	w := newWriter(t, paint)
	w.own = true
	w.verdict(d, by)
	return strings.TrimSuffix(string(w.b), "\n")
}

// NearMiss colors the part of a match that failed.
func (p Paint) NearMiss(s string) string { return paintText(p.near, s) }

// Title colors a heading.
func (p Paint) Title(s string) string { return paintText(p.stage, s) }

// Faint colors context.
func (p Paint) Faint(s string) string { return paintText(p.comment, s) }

func paintText(c *color.Color, s string) string {
	s = escape.Text(s)
	if c == nil {
		return s
	}
	return c.Sprint(s)
}
