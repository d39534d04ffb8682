package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/ovnwalk/ovnwalk/internal/explain"
	"github.com/ovnwalk/ovnwalk/internal/page"
	"github.com/ovnwalk/ovnwalk/internal/physical"
	"github.com/ovnwalk/ovnwalk/internal/render"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/sim"
	"github.com/ovnwalk/ovnwalk/trace"
)

// formatting is the form in which ovnwalk trace answers.
type formatting struct {
	format string
	form   form
	line   bool // whether JSON is to be a single line
}

func (o *formatting) flags(f *pflag.FlagSet) {
	f.StringVar(&o.format, "format", "text", "answer as "+formatNames())
}

// form is a form of an answer.
type form struct {
	name  string
	write func(io.Writer, *told) error // nil for text
}

// told is what an answer tells of.
type told struct {
	trace   *trace.Trace
	network *lflow.Network
	choices sim.Choices
	north   *explain.North // nil for none
	about   page.About
	line    bool // whether JSON is to be a single line

	// What --verdict, --why-not and --physical asked for.
	verdict bool
	whyNot  *explain.Answer
	legs    []physical.Leg // nil where nobody asked
}

var forms = []form{
	{name: "text"},
	{name: "json", write: writeJSON},
	{name: "dot", write: func(out io.Writer, a *told) error { return a.diagram(out, render.DOT, "//") }},
	{name: "mermaid", write: func(out io.Writer, a *told) error { return a.diagram(out, render.Mermaid, "%%") }},
	{name: "html", write: writePage},
}

func formatNames() string {
	names := make([]string, len(forms))
	for i, f := range forms {
		names[i] = f.name
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " or " + names[last]
}

// choose finds the form that the user wants; the views belong to text alone.
func (o *formatting) choose(viewed bool) error {
	i := slices.IndexFunc(forms, func(f form) bool { return f.name == o.format })
	if i < 0 {
		return fmt.Errorf("--format=%s: not one of %s", o.format, formatNames())
	}
	o.form = forms[i]
	if viewed && o.form.write != nil {
		return fmt.Errorf("--detailed, --summary, --minimal and --all choose among the views of text; --format=%s always shows the whole trace", o.format)
	}
	return nil
}

func writeJSON(out io.Writer, a *told) error {
	o := render.JSONOptions{Line: a.line, Bare: a.verdict}
	if a.north != nil {
		o.Origins = a.north.Origins
	}
	if a.whyNot != nil {
		doc, err := a.whyNot.Doc(o.Origins)
		if err != nil {
			return err
		}
		o.More = append(o.More, render.JSONMember{Name: "why_not", Value: doc})
	}
	if a.legs != nil {
		o.More = append(o.More, render.JSONMember{Name: "physical", Value: physical.Docs(a.legs)})
	}
	return render.JSONAnswer(out, a.trace, o)
}

// diagram writes a diagram; what was asked for besides follows in comments.
func (a *told) diagram(out io.Writer, draw func(io.Writer, *trace.Trace) error, comment string) error {
	if err := draw(out, a.trace); err != nil {
		return err
	}
	var text strings.Builder
	if a.verdict {
		if err := render.Verdicts(&text, a.trace, trace.Verdicts(a.trace), a.north.Origins, render.Paint{}); err != nil {
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
func (a *told) remarks(out io.Writer) error {
	if a.whyNot != nil {
		if err := explain.Write(out, a.whyNot, explain.Style{Origins: a.north.Origins, Width: plainColumns}); err != nil {
			return err
		}
	}
	return physical.Write(out, a.legs, physical.Style{})
}

// plainColumns is how wide the text of --why-not is in diagrams and on pages.
const plainColumns = 80

// nearOnPage is how many near misses a page tells of each step.
const nearOnPage = 5

// writePage writes a page, with the near misses at each step and what kept the
// packet from going elsewhere.
func writePage(out io.Writer, a *told) error {
	o := render.PageOptions{About: a.about}
	if a.north != nil {
		o.Origins = a.north.Origins
	}
	misses := explain.Misses(a.network, a.trace, nearOnPage)
	o.Near = func(at *trace.Table) []trace.Miss { return misses[at] }
	o.Why = &render.Why{}
	if a.whyNot == nil || a.whyNot.Port == nil && a.whyNot.Flow == nil {
		answer := a.whyNot
		if answer == nil {
			answer = explain.NewAsker(a.network, a.trace, a.choices, a.north).Everything()
		}
		a.whyNot = nil
		lead := answer.Lead(o.Origins)
		o.Why = &render.Why{Lead: lead, Notes: answer.Notes(lead), Close: answer.Misses}
		for i := range answer.Endings {
			o.Why.Decided = append(o.Why.Decided, answer.Endings[i].Misses...)
		}
	}
	var text strings.Builder
	if err := a.remarks(&text); err != nil {
		return err
	}
	o.Why.Text = slices.Collect(strings.SplitSeq(strings.TrimSpace(text.String()), "\n"))
	return render.HTML(out, a.trace, o)
}
