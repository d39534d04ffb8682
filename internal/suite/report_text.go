package suite

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/escape"
)

// writeText writes a report for people: what failed with its reasons, then the
// count.
func writeText(w io.Writer, r *Report, s Style) error {
	t := &textWriter{style: s}
	for _, f := range r.Files {
		t.file(f)
	}
	c := r.Counts()
	word := "pass"
	switch {
	case c.Errored > 0:
		word = "error"
	case c.Failed > 0:
		word = "fail"
	}
	t.line(0, "%s", t.paint(word, c.sentence()))
	_, err := io.WriteString(w, t.b.String())
	return err
}

type textWriter struct {
	b     strings.Builder
	style Style
}

// line writes a line; names among the arguments are escaped.
func (t *textWriter) line(indent int, format string, args ...any) {
	text := fmt.Sprintf(format, escape.Args(args)...)
	t.b.WriteString(strings.TrimRight(strings.Repeat(" ", indent)+text, " ") + "\n")
}

// paint returns a text in its color.
func (t *textWriter) paint(what, text string) escape.Safe {
	return escape.Safe(t.style.Paint.Text(what, text))
}

func (t *textWriter) lines(indent int, lines []string) {
	for _, l := range lines {
		t.line(indent, "%s", l)
	}
}

func (t *textWriter) file(f *FileReport) {
	for _, p := range f.Errors {
		t.line(0, "%s %s: %s", t.paint("error", "ERROR"), f.position(p.Pos), p.Msg)
	}
	for _, res := range f.Results {
		if res.Status != Passed && res.Status != Skipped || t.style.Verbose {
			t.result(f, res)
		}
	}
	for _, n := range f.Notes {
		t.line(0, "%s", t.paint("note", f.File+": "+n))
	}
}

var textWords = [...]string{Passed: "PASS ", Failed: "FAIL ", Skipped: "SKIP ", Errored: "ERROR "}

func (t *textWriter) result(f *FileReport, res *Result) {
	name := res.Name
	if res.Reason != "" {
		name += " (" + res.Reason + ")"
	}
	t.line(0, "%s%s: %s", t.paint(res.Status.String(), textWords[res.Status]), f.position(Pos{Line: res.Line}), name)
	for _, p := range res.Errors {
		t.line(4, "%s: %s", f.position(p.Pos), p.Msg)
	}
	for i := range res.Failures {
		x := &res.Failures[i]
		t.line(4, "%s: expected %s%s", f.position(x.Pos), x.in(), x.Want)
		t.line(8, "got %s", x.Got)
		if i > 0 && len(x.Explanation) > 1 && slices.Equal(x.Explanation, res.Failures[i-1].Explanation) {
			t.line(8, "for the same reason")
			continue
		}
		t.lines(8, x.Explanation)
	}
	if res.Packet != "" && (res.Status != Passed || t.style.Verbose) {
		t.line(4, "%s", t.paint("note", "packet: "+res.Packet))
	}
	for _, d := range res.Uncertainties {
		t.line(4, "uncertain: %s", d)
	}
	if t.style.Verbose {
		t.lines(8, res.minimal())
	}
}
