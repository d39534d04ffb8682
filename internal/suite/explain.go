package suite

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/explain"
	"github.com/ovnwalk/ovnwalk/internal/render/exchange"
	"github.com/ovnwalk/ovnwalk/internal/render/wording"
	"github.com/ovnwalk/ovnwalk/trace"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// endText describes in a few words how and where a copy ended.
func endText(d verdict.Disposition) string {
	var b strings.Builder
	b.WriteString(d.TentativeOutcome.String() + wording.InTerms(&d))
	for _, word := range []string{string(d.Code), d.Action} {
		if word != "" {
			b.WriteString(" " + word)
		}
	}
	if d.TentativeOutcome == verdict.OutcomeReplied {
		b.WriteString(" " + d.Origin.String())
	}
	where := d.Port.DisplayName(true)
	if where == "" {
		where = d.DecidedAt.Stage
	}
	b.WriteString(" " + d.End.Datapath.DisplayName(true) + "/" + where)
	if d.Outcome == verdict.OutcomeUncertain {
		b.WriteString(" (uncertain)")
	}
	return b.String()
}

// explain returns the reasons for the ends of the copies: the meaning of a drop's code and the flow
// that decided it; for a delivery, the ACLs that allowed it.
func (w *walk) explain() (out []string) {
	w.inTerms()
	near := w.nearMisses()
	for i, d := range w.ends {
		switch {
		case d.Origin != verdict.OriginPacket && d.Origin != verdict.OriginClone:
			continue
		case d.Code != "":
			out = append(out, endText(d)+": "+exchange.Meaning(d.Code), w.flowText(d.DecidedAt.Flow))
			out = append(out, near[i]...)
		case d.TentativeOutcome == verdict.OutcomeDelivered:
			out = append(out, endText(d)+" via "+strings.Join(w.datapaths(), ", "))
			out = append(out, w.passed(d)...)
		}
		for _, a := range d.Assumptions {
			if t := assumptionText(a); t != "" {
				out = append(out, "assumed: "+t)
			}
		}
		for _, q := range d.Uncertainties {
			out = append(out, "uncertain: "+uncertaintyText(q))
		}
	}
	var kept []string
	for _, line := range out {
		if line != "" && !slices.Contains(kept, line) {
			kept = append(kept, line)
		}
	}
	return kept
}

// nearMisses lists, for each end of the walk, the flows that came closest to
// another one.
func (w *walk) nearMisses() map[int][]string {
	out := map[int][]string{}
	x := explain.NewExplainer(w.net.Network(), w.trace, w.request.Choices, w.net.north())
	if w.net.peers != nil {
		x.Across(w.net.zones.ByName)
	}
	for i, e := range x.Everything().Endings {
		for _, m := range e.NearMisses {
			out[i] = append(out[i], nearMissText(&m), w.flowText(m.Place.Flow))
		}
	}
	return out
}

// nearMissText returns the comparisons of a near miss that fail.
func nearMissText(m *verdict.NearMiss) string {
	var parts []string
	for _, p := range m.Parts {
		parts = append(parts, p.Field+" is "+p.Actual+", wanted "+p.Wanted)
	}
	return "near miss: " + strings.Join(parts, "; ")
}

// datapaths returns the datapaths on the path of the walk, in order.
func (w *walk) datapaths() (out []string) {
	trace.Walk(w.trace.Root, func(n trace.Node) bool {
		if p, ok := n.(*trace.Pipeline); ok {
			if name := p.Datapath.DisplayName(true); len(out) == 0 || out[len(out)-1] != name {
				out = append(out, name)
			}
		}
		return true
	})
	return out
}

func (w *walk) flowText(f *trace.Flow) string { return flowText(f, w.net.origins) }

// flowText returns a flow and the northbound rows that it was generated from, "" for
// no flow.
func flowText(f *trace.Flow, origins func(*trace.Flow) []string) string {
	if f == nil {
		return ""
	}
	source := ""
	if f.Source != "" {
		source = " (" + f.Source + ")"
	}
	text := fmt.Sprintf("flow %08x%s, priority %d: %s -> %s", f.Cookie, source, f.Priority, f.Match.Friendly, strings.TrimSpace(f.Actions))
	for _, row := range origins(f) {
		text += "; made from " + row
	}
	return text
}

// passed lists the flows of ACLs that a copy took, or that there were none.
func (w *walk) passed(d verdict.Disposition) (out []string) {
	for _, p := range d.AllowedBy {
		out = append(out, "passed "+p.Datapath.DisplayName(true)+"/"+p.Stage+" by "+w.flowText(p.Flow))
	}
	if out == nil {
		out = []string{"no ACL on the path allowed it"}
	}
	return out
}

// assumptionText describes an assumption that a test can replace by a choice.
func assumptionText(a verdict.Assumption) string {
	at := " at " + a.Place.Datapath.DisplayName(true) + "/" + a.Place.Stage
	switch a.Kind {
	case verdict.AssumedState:
		return "conntrack state " + a.Value + at + " (choose it with ct)"
	case verdict.AssumedBackend:
		return "backend " + a.Value + at + " (choose it with lb-dst)"
	case verdict.AssumedMember:
		return a.Value + at + " (choose it with select-id)"
	case verdict.AssumedPriority:
		return "that flow " + a.Value + ", of the same priority, is not taken" + at
	case verdict.AssumedNoNAT, verdict.AssumedDHCP, verdict.AssumedRelay, verdict.AssumedNoDNS, verdict.AssumedFits, verdict.AssumedUnknown:
		return ""
	}
	return ""
}
