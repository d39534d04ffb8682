package suite

import (
	"io"
	"slices"
	"strings"
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
	case c.Troubled > 0:
		word = "error"
	case c.Failed > 0:
		word = "fail"
	}
	t.line(0, s.Paint.Text(word, c.sentence()))
	_, err := io.WriteString(w, t.b.String())
	return err
}

type textWriter struct {
	b     strings.Builder
	style Style
}

func (t *textWriter) line(indent int, text string) {
	t.b.WriteString(strings.TrimRight(strings.Repeat(" ", indent)+text, " ") + "\n")
}

func (t *textWriter) lines(indent int, lines []string) {
	for _, l := range lines {
		t.line(indent, l)
	}
}

func (t *textWriter) file(f *FileReport) {
	for _, p := range f.Bad {
		t.line(0, t.style.Paint.Text("error", "ERROR")+" "+f.at(p.Pos)+": "+p.Msg)
	}
	for _, res := range f.Results {
		if res.Status != Passed && res.Status != Skipped || t.style.Verbose {
			t.result(f, res)
		}
	}
	for _, n := range f.Notes {
		t.line(0, t.style.Paint.Text("note", f.File+": "+n))
	}
}

var textWords = [...]string{Passed: "PASS ", Failed: "FAIL ", Skipped: "SKIP ", Troubled: "ERROR "}

func (t *textWriter) result(f *FileReport, res *Result) {
	head := t.style.Paint.Text(res.Status.String(), textWords[res.Status]) + f.at(Pos{Line: res.Line}) + ": " + res.Name
	if res.Reason != "" {
		head += " (" + res.Reason + ")"
	}
	t.line(0, head)
	for _, p := range res.Trouble {
		t.line(4, f.at(p.Pos)+": "+p.Msg)
	}
	for i := range res.Failures {
		x := &res.Failures[i]
		t.line(4, f.at(x.Pos)+": expected "+x.in()+x.Want)
		t.line(8, "got "+x.Got)
		if i > 0 && len(x.Why) > 1 && slices.Equal(x.Why, res.Failures[i-1].Why) {
			t.line(8, "for the same reason")
			continue
		}
		t.lines(8, x.Why)
	}
	if res.Packet != "" && (res.Status != Passed || t.style.Verbose) {
		t.line(4, t.style.Paint.Text("note", "packet: "+res.Packet))
	}
	for _, d := range res.Doubts {
		t.line(4, "uncertain: "+d)
	}
	if t.style.Verbose {
		t.lines(8, res.minimal())
	}
}
