package cli

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/ovnwalk/ovnwalk/internal/address"
	"github.com/ovnwalk/ovnwalk/internal/explain"
	"github.com/ovnwalk/ovnwalk/internal/physical"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/trace"
	"github.com/ovnwalk/ovnwalk/tracetext"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// explainOptions is what ovnwalk trace says of a walk besides its views: how it ended, why
// it did not go elsewhere, and who carries it.
type explainOptions struct {
	verdict  bool
	whyNot   string
	physical bool
	viewed   bool // whether a view is shown too
	below    bool // whether the verdict is shown for the sake of --nb
}

// explainAll is the value of --why-not without a value.
const explainAll = "everything"

func (o *explainOptions) flags(f *pflag.FlagSet) {
	f.BoolVar(&o.verdict, "verdict", false, "show only the verdict: one line for each copy of the packet")
	f.StringVar(&o.whyNot, "why-not", "", "show the flows that nearly matched: at each step, at STAGE, the flow UUID, or those on the path to PORT")
	f.Lookup("why-not").NoOptDefVal = explainAll
	f.BoolVar(&o.physical, "physical", false, "show which chassis runs each pipeline, and the contents of the tunnel headers between chassis")
}

// used reports whether something besides the views is wanted.
func (o *explainOptions) used() bool { return o.verdict || o.whyNot != "" || o.physical }

// onlyVerdict reports whether only the verdict is shown.
func (o *explainOptions) onlyVerdict(f *formatOptions) bool {
	return o.verdict && !o.viewed && o.whyNot == "" && !o.physical && f.form.write == nil
}

// settle decides what is shown besides the trace.  With --nb that is the verdict
// in text and diagrams, as far as nothing else there names the row of the flow
// that decided.
func (o *explainOptions) settle(f *formatOptions, viewed, named bool) {
	switch f.form.name {
	case "json", "html":
	case "text":
		o.below = named && !o.verdict && o.whyNot == ""
	default:
		o.below = named && !o.verdict
	}
	o.viewed = viewed || o.below && !o.used()
}

// find answers what was asked besides the trace itself.
func (o *explainOptions) find(a *answerInput) (err error) {
	if o.whyNot != "" {
		if a.whyNot, err = o.ask(a.explainer(), a.network, a.trace); err != nil {
			return err
		}
	}
	if o.physical {
		a.segments = append([]physical.Segment{}, physical.Segments(a.network, a.trace, !a.names.Plain)...)
	}
	a.verdict = o.verdict || o.below
	return nil
}

// explainer returns what answers questions about the walk, over all zones that it
// entered.
func (a *answerInput) explainer() *explain.Explainer {
	e := explain.NewExplainer(a.network, a.trace, a.choices, a.northbound)
	if a.zones != nil && a.zones.Several() {
		e.Across(a.zones.ByName())
	}
	if a.names.Plain {
		e.PlainNames()
	}
	return e
}

// answer writes what was asked for as text, below the views if there are any.
func (o *explainOptions) answer(sys *System, a *answerInput, paint tracetext.Paint) error {
	if o.viewed {
		fmt.Fprintln(sys.Stdout)
	}
	if a.verdict {
		if err := tracetext.Verdicts(sys.Stdout, a.trace, a.dispositions(), a.origins, paint); err != nil {
			return err
		}
	}
	if a.whyNot != nil {
		if err := o.writeWhyNot(sys, a, paint); err != nil {
			return err
		}
	}
	if o.physical {
		var text strings.Builder
		if err := physical.Write(&text, a.segments, physical.Style{Chassis: paint.Title, Hop: paint.NearMiss}); err != nil {
			return err
		}
		_, err := io.WriteString(sys.Stdout, text.String())
		return err
	}
	return nil
}

func (o *explainOptions) writeWhyNot(sys *System, a *answerInput, paint tracetext.Paint) error {
	style := explain.Style{Origins: a.origins, NearMissLabel: paint.NearMiss, Title: paint.Title, Faint: paint.Faint, Width: paint.Width}
	if !o.verdict {
		style.Verdict = func(d *verdict.Disposition) string {
			return tracetext.VerdictLine(a.trace, d, a.origins, paint)
		}
	}
	style.Width -= 8 // what a match is set in by
	var text strings.Builder
	if err := explain.Write(&text, a.whyNot, style); err != nil {
		return err
	}
	_, err := io.WriteString(sys.Stdout, text.String())
	return err
}

// ask puts the question: about a stage, a port or a flow, whichever the value
// names.
func (o *explainOptions) ask(a *explain.Explainer, n *lflow.Network, t *trace.Trace) (*explain.Answer, error) {
	if o.whyNot == explainAll {
		return a.Everything(), nil
	}
	if answer := a.Stage(o.whyNot); answer != nil {
		return answer, nil
	}
	p, err := address.NewResolver(n).Port(o.whyNot)
	if p != nil && (p.Name == o.whyNot || !isHex(o.whyNot)) {
		return a.Port(p), nil
	}
	if isHex(o.whyNot) {
		switch found := explain.FlowsOf(n, o.whyNot); {
		case len(found) == 1:
			return a.Flow(found[0]), nil
		case len(found) > 1:
			return nil, fmt.Errorf("--why-not=%s: %d flows' UUIDs begin so; give more digits", o.whyNot, len(found))
		}
	}
	var several *address.AmbiguousError
	switch {
	case p != nil:
		return a.Port(p), nil
	case errors.As(err, &several):
		return nil, fmt.Errorf("--why-not: %w", err)
	}
	return nil, fmt.Errorf("--why-not=%s: no port, no flow, and no stage that the packet came to; it came to %s", o.whyNot, strings.Join(stages(t), ", "))
}

// isHex reports whether s may be a piece of a UUID.
func isHex(s string) bool {
	return len(s) >= 4 && strings.Trim(strings.ToLower(s), "0123456789abcdef-") == ""
}

// stages returns the names of the stages in a trace, in its order.
func stages(t *trace.Trace) (out []string) {
	trace.Walk(t.Root, func(n trace.Node) bool {
		if table, ok := n.(*trace.Table); ok && table.Stage != "" && !slices.Contains(out, table.Stage) {
			out = append(out, table.Stage)
		}
		return true
	})
	return out
}
