package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/ovnwalk/ovnwalk/internal/render"
	"github.com/ovnwalk/ovnwalk/trace"
)

// formatting is the form in which ovnwalk trace answers.
type formatting struct {
	format string
	form   form
}

func (o *formatting) flags(f *pflag.FlagSet) {
	f.StringVar(&o.format, "format", "text", "answer as "+formatNames())
}

// form is a form of an answer.
type form struct {
	name  string
	write func(io.Writer, *trace.Trace) error // nil for text
}

var forms = []form{
	{name: "text"},
	{"json", render.JSON},
	{"dot", render.DOT},
	{"mermaid", render.Mermaid},
	{"html", page},
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
func (o *formatting) answer(out io.Writer, t *trace.Trace, views render.Views, paint render.Paint) error {
	if o.form.write == nil {
		return render.Text(out, t, views, paint)
	}
	return o.form.write(out, t)
}

// page writes the trace as a page.
func page(out io.Writer, t *trace.Trace) error { return render.HTML(out, t, render.PageOptions{}) }
