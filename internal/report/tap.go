package report

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Point is a test point of the Test Anything Protocol.
type Point struct {
	OK   bool
	Name string
	Skip string // why it did not run, "" where it did

	// Severity and Details are what is told about it; no severity for nothing.
	Severity string
	Details  []Detail
}

// Detail is something that is told about a test point: a text, or lines of one.
type Detail struct {
	Key   string
	Text  string
	Lines []string
}

// TAP writes test points in version 14 of the Test Anything Protocol.
func TAP(w io.Writer, points []Point) error {
	var b strings.Builder
	fmt.Fprintf(&b, "TAP version 14\n1..%d\n", len(points))
	for i, p := range points {
		word, directive := "not ok", ""
		if p.OK {
			word = "ok"
		}
		if p.Skip != "" {
			directive = " # SKIP " + tapName.Replace(p.Skip)
		}
		fmt.Fprintf(&b, "%s %d - %s%s\n", word, i+1, tapName.Replace(p.Name), directive)
		if p.Severity != "" {
			p.diagnose(&b)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// tapName escapes what would end a test point's description.
var tapName = strings.NewReplacer(`\`, `\\`, "#", `\#`, "\n", " ", "\r", " ")

// printable returns a character, or the one that stands for those that YAML
// cannot hold and a terminal may obey.
func printable(r rune) rune {
	if r < ' ' && r != '\t' || r >= 0x7f && r < 0xa0 {
		return utf8.RuneError
	}
	return r
}

// diagnose writes the YAML block that may follow a test point.
func (p *Point) diagnose(b *strings.Builder) {
	b.WriteString("  ---\n  severity: " + p.Severity + "\n")
	for _, d := range p.Details {
		if d.Lines == nil {
			b.WriteString("  " + d.Key + ": " + strconv.Quote(d.Text) + "\n")
			continue
		}
		b.WriteString("  " + d.Key + ": |\n")
		for _, text := range d.Lines {
			for l := range strings.SplitSeq(text, "\n") {
				b.WriteString(strings.TrimRight("    "+strings.Map(printable, l), " ") + "\n")
			}
		}
	}
	b.WriteString("  ...\n")
}
