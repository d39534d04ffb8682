package cli

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/ovnwalk/ovnwalk/internal/explain"
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
	write func(context.Context, io.Writer, *told) error // nil for text
	north bool                                          // whether it has a place for names from --nb
}

// told is what an answer tells of.
type told struct {
	trace   *trace.Trace
	network *lflow.Network
	choices sim.Choices
	nb      string // the northbound database, "" for none
	line    bool
	warn    func(text string) // says what is wrong with the northbound database
}

var forms = []form{
	{name: "text"},
	{name: "json", write: writeJSON},
	{name: "dot", write: func(_ context.Context, out io.Writer, t *told) error { return render.DOT(out, t.trace) }},
	{name: "mermaid", write: func(_ context.Context, out io.Writer, t *told) error { return render.Mermaid(out, t.trace) }},
	{name: "html", write: writePage, north: true},
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

// answer writes a trace in the form that was chosen.
func (o *formatting) answer(ctx context.Context, out io.Writer, t *told, views render.Views, paint render.Paint) error {
	if o.form.write == nil {
		return render.Text(verbatim(out), t.trace, views, paint)
	}
	t.line = o.line
	return o.form.write(ctx, out, t)
}

func writeJSON(_ context.Context, out io.Writer, t *told) error {
	if t.line {
		return render.JSONLine(out, t.trace)
	}
	return render.JSON(out, t.trace)
}

const (
	nearOnPage = 5  // near misses that a page tells of each step
	whyOnPage  = 80 // columns of what it says of the way not taken
)

// writePage writes a page, with the near misses at each step and what kept the
// packet from going elsewhere.
func writePage(ctx context.Context, out io.Writer, t *told) (err error) {
	var north *explain.North
	o := render.PageOptions{}
	if t.nb != "" {
		warn := func(text string) {
			t.warn(text)
			t.trace.Warnings = append(t.trace.Warnings, trace.Warning{Text: text})
		}
		if north, err = openNorth(ctx, t.nb, warn); err != nil {
			return err
		}
		defer func() { err = cmp.Or(finish(north), err) }()
		o.Origins = north.Origins
	}
	misses := explain.Misses(t.network, t.trace, nearOnPage)
	o.Near = func(at *trace.Table) []trace.Miss { return misses[at] }
	var why strings.Builder
	if err := explain.Write(&why, explain.NewAsker(t.network, t.trace, t.choices, north).Everything(), explain.Style{Width: whyOnPage}); err != nil {
		return err
	}
	o.Why = why.String()
	return render.HTML(out, t.trace, o)
}
