package suite

import (
	"fmt"
	"io"
	"strconv"
	"strings"
)

// writeTAP writes a report in version 14 of the Test Anything Protocol.
func writeTAP(w io.Writer, r *Report, s Style) error {
	t := &textWriter{style: s}
	t.line(0, "TAP version 14")
	t.line(0, fmt.Sprintf("1..%d", r.Counts().Total()))
	n := 0
	point := func(ok bool, name, directive string) {
		n++
		word := "not ok"
		if ok {
			word = "ok"
		}
		t.line(0, fmt.Sprintf("%s %d - %s%s", word, n, tapName(name), directive))
	}
	for _, f := range r.Files {
		if len(f.Bad) > 0 {
			point(false, f.File, "")
			t.diagnosis("error", f.places(f.Bad), nil)
		}
		for _, res := range f.Results {
			name := f.File + ": " + res.Name
			switch res.Status {
			case Passed:
				point(true, name, "")
			case Skipped:
				point(true, name, " # SKIP "+res.Reason)
			case Failed:
				point(false, name, "")
				var lines []string
				for i := range res.Failures {
					x := &res.Failures[i]
					lines = append(lines, f.at(x.Pos)+": "+x.Text())
					lines = append(lines, x.Why...)
				}
				t.diagnosis("fail", lines, res)
			case Troubled:
				point(false, name, "")
				t.diagnosis("error", f.places(res.Trouble), res)
			}
			if s.Verbose && res.Status == Passed {
				t.diagnosis("comment", nil, res)
			}
		}
	}
	_, err := io.WriteString(w, t.b.String())
	return err
}

func (f *FileReport) places(list []Problem) (out []string) {
	for _, p := range list {
		out = append(out, f.at(p.Pos)+": "+p.Msg)
	}
	return out
}

// diagnosis writes the YAML block that may follow a test point.
func (t *textWriter) diagnosis(severity string, message []string, res *Result) {
	t.line(2, "---")
	t.line(2, "severity: "+severity)
	if len(message) > 0 {
		t.line(2, "message: |")
		t.lines(4, message)
	}
	if res != nil && res.Packet != "" {
		t.line(2, "packet: "+strconv.Quote(res.Packet))
	}
	if res != nil && res.Trace != nil && t.style.Verbose {
		t.line(2, "minimal: |")
		t.lines(4, res.minimal())
	}
	t.line(2, "...")
}

// tapName escapes what would end a test point's description.
func tapName(s string) string {
	return strings.NewReplacer(`\`, `\\`, "#", `\#`, "\n", " ").Replace(s)
}
