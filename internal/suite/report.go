package suite

import (
	"fmt"
	"io"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/report"
	"github.com/ovnwalk/ovnwalk/trace"
	"github.com/ovnwalk/ovnwalk/tracetext"
)

// Style determines how a report is written. If it is verbose, every case is shown, with the
// minimal view of its trace. Paint colors pass, fail, skip, error and note.
type Style = report.Style

var formats = report.AllFormats(writeText, writeJSON, writeJUnit, writeTAP, writeGitHub)

// Formats returns the names of the formats, sorted.
func Formats() []string { return formats.Names() }

// Write writes a report in a format.
func (r *Report) Write(w io.Writer, format string, s Style) error {
	return formats.Write(w, format, r, s)
}

// position returns a place in the file, as compilers write it.
func (f *FileReport) position(p Pos) string {
	switch {
	case p.Line == 0:
		return f.File
	case p.Col == 0:
		return fmt.Sprintf("%s:%d", f.File, p.Line)
	}
	return fmt.Sprintf("%s:%d:%d", f.File, p.Line, p.Col)
}

// Text returns the expected and the actual result.
func (x *Failure) Text() string { return fmt.Sprintf("expected %s, got %s", x.in()+x.Want, x.Got) }

// in returns a phrase for expectations about the reply.
func (x *Failure) in() string {
	if strings.HasPrefix(x.Key, "reply.") {
		return "of the reply: "
	}
	return ""
}

// sentence returns how many cases ended in which way.
func (c Counts) sentence() string {
	var parts []string
	for _, p := range []struct {
		n    int
		word string
	}{{c.Passed, "passed"}, {c.Failed, "failed"}, {c.Skipped, "skipped"}, {c.Errored, map[bool]string{true: "error", false: "errors"}[c.Errored == 1]}} {
		if p.n > 0 || p.word == "passed" {
			parts = append(parts, fmt.Sprintf("%d %s", p.n, p.word))
		}
	}
	text := strings.Join(parts, ", ")
	if c.Uncertain > 0 {
		text += fmt.Sprintf(" (%d of the passed uncertain)", c.Uncertain)
	}
	if c.Unparsed > 0 {
		text += fmt.Sprintf("; in the tables that packets reached %s not parse, see ovnwalk vet", report.Count(c.Unparsed, "flow")+map[bool]string{true: " does", false: " do"}[c.Unparsed == 1])
	}
	return text
}

// minimal returns the minimal views of a case's traces, a line each; of a connection,
// the ways of its packets, unless its failures have them.
func (res *Result) minimal() (out []string) {
	if res.Status == Passed {
		out = res.ways
	}
	if res.Trace != nil {
		out = append(out, minimalText(res.Trace)...)
	}
	if res.Reply != nil {
		out = append(out, "# reply")
		out = append(out, minimalText(res.Reply)...)
	}
	return out
}

// minimalText returns the minimal view of a trace for people: its names are
// escaped, so that none makes a line.
func minimalText(t *trace.Trace) []string {
	var b strings.Builder
	_ = tracetext.Write(&b, t, tracetext.Views{Minimal: true}, tracetext.Terminal(0, false)) // a builder takes all
	return splitLines(b.String())
}
