package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/ovnwalk/ovnwalk/internal/explain"
	"github.com/ovnwalk/ovnwalk/internal/input"
	"github.com/ovnwalk/ovnwalk/internal/page"
	"github.com/ovnwalk/ovnwalk/internal/physical"
	"github.com/ovnwalk/ovnwalk/internal/render/tracegraph"
	"github.com/ovnwalk/ovnwalk/internal/render/tracehtml"
	"github.com/ovnwalk/ovnwalk/internal/render/wording"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/sim"
	"github.com/ovnwalk/ovnwalk/trace"
	"github.com/ovnwalk/ovnwalk/tracejson"
	"github.com/ovnwalk/ovnwalk/tracetext"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// formatOptions is the form in which ovnwalk trace answers.
type formatOptions struct {
	format string
	form   outputFormat
	line   bool // whether JSON is to be a single line
}

func (o *formatOptions) flags(f *pflag.FlagSet) {
	choose(f, &o.format, "format", "text", "output format: "+strings.Join(formatNames(), ", "), formatNames()...)
}

// outputFormat is a form of an answer.
type outputFormat struct {
	name  string
	write func(io.Writer, *answerInput) error // nil for text
}

// answerInput is what an answer is about.
type answerInput struct {
	trace      *trace.Trace
	network    *lflow.Network
	choices    sim.Choices
	zones      *input.Network
	northbound *explain.Northbound               // of the zone in which the walk began, nil for none
	origins    func(*trace.Flow) (rows []string) // of all zones, nil without northbound databases
	about      func() page.About                 // for pages
	line       bool                              // whether JSON is to be a single line
	names      wording.Names

	// What --verdict, --why-not and --physical asked for.
	verdict  bool
	whyNot   *explain.Answer
	segments []physical.Segment // nil without --physical

	ends []verdict.Disposition // see dispositions; nil until they are needed
}

// dispositions returns the dispositions of the trace, computed once.
func (a *answerInput) dispositions() []verdict.Disposition {
	if a.ends == nil {
		a.ends = verdict.Of(a.trace)
	}
	return a.ends
}

var outputFormats = []outputFormat{
	{name: "text"},
	{name: "json", write: writeJSON},
	{name: "dot", write: func(out io.Writer, a *answerInput) error { return a.diagram(out, tracegraph.DOT, "//") }},
	{name: "mermaid", write: func(out io.Writer, a *answerInput) error { return a.diagram(out, tracegraph.Mermaid, "%%") }},
	{name: "html", write: writePage},
}

// formatNames returns the names of the formats.
func formatNames() (names []string) {
	for _, f := range outputFormats {
		names = append(names, f.name)
	}
	return names
}

// choose finds the form that the user wants; the views belong to text alone.
func (o *formatOptions) choose(viewed bool) error {
	i := slices.IndexFunc(outputFormats, func(f outputFormat) bool { return f.name == o.format })
	o.form = outputFormats[i]
	if viewed && o.form.write != nil {
		return fmt.Errorf("--detailed, --summary, --minimal and --all choose among the views of text; --format=%s always shows the whole trace", o.format)
	}
	return nil
}

func writeJSON(out io.Writer, a *answerInput) error {
	o := tracejson.Options{Line: a.line, Bare: a.verdict, PlainNames: a.names.Plain}
	if a.origins != nil {
		o.Origins = a.origins
	}
	if a.whyNot != nil {
		doc, err := a.whyNot.Doc(o.Origins)
		if err != nil {
			return err
		}
		o.More = append(o.More, tracejson.Member{Name: "why_not", Value: doc})
	}
	if a.segments != nil {
		o.More = append(o.More, tracejson.Member{Name: "physical", Value: physical.Docs(a.segments)})
	}
	return tracejson.Write(out, a.trace, o)
}

// diagram writes a diagram; what was asked for besides follows in comments.
func (a *answerInput) diagram(out io.Writer, draw func(io.Writer, *trace.Trace, wording.Names) error, comment string) error {
	if err := draw(out, a.trace, a.names); err != nil {
		return err
	}
	var text strings.Builder
	if a.verdict {
		if err := tracetext.Verdicts(&text, a.trace, verdict.Of(a.trace), a.origins, tracetext.Paint{PlainNames: a.names.Plain}); err != nil {
			return err
		}
	}
	if err := a.remarks(&text); err != nil {
		return err
	}
	for line := range strings.Lines(text.String()) {
		if _, err := io.WriteString(out, comment+" "+line); err != nil {
			return err
		}
	}
	return nil
}

// remarks writes as text what --why-not and --physical asked for.
func (a *answerInput) remarks(out io.Writer) error {
	if a.whyNot != nil {
		if err := explain.Write(out, a.whyNot, explain.Style{Origins: a.origins, Width: plainColumns}); err != nil {
			return err
		}
	}
	return physical.Write(out, a.segments, physical.Style{})
}

// plainColumns is how wide the text of --why-not is in diagrams and on pages.
const plainColumns = 80

// nearMissesOnPage is how many near misses a page has for each step.
const nearMissesOnPage = 5

// writePage writes a page, with the near misses at each step and what kept the
// packet from going elsewhere.
func writePage(out io.Writer, a *answerInput) error {
	o := tracehtml.Options{About: a.about(), Names: a.names}
	if a.origins != nil {
		o.Origins = a.origins
	}
	misses := explain.NearMisses(a.network, a.trace, nearMissesOnPage, !a.names.Plain)
	o.Near = func(at *trace.Table) []verdict.NearMiss { return misses[at] }
	o.Why = &tracehtml.Explanation{}
	if a.whyNot == nil || a.whyNot.Port == nil && a.whyNot.Flow == nil {
		answer := a.whyNot
		if answer == nil {
			answer = a.explainer().Everything()
		}
		a.whyNot = nil
		summary := answer.Summary(o.Origins)
		o.Why = &tracehtml.Explanation{Summary: summary, Notes: answer.Notes(summary), Close: answer.NearMisses}
		for i := range answer.Endings {
			o.Why.Decided = append(o.Why.Decided, answer.Endings[i].NearMisses...)
		}
	}
	var text strings.Builder
	if err := a.remarks(&text); err != nil {
		return err
	}
	o.Why.Text = slices.Collect(strings.SplitSeq(strings.TrimSpace(text.String()), "\n"))
	return tracehtml.Write(out, a.trace, o)
}
