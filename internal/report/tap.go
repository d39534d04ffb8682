package report

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/escape"
)

// Point is a test point of the Test Anything Protocol.
type Point struct {
	OK   bool
	Name string
	Skip string // why it did not run, "" if it did

	// Severity and Details are the diagnostics; Severity is "" if there are none.
	Severity string
	Details  []Detail
}

// Detail is a part of the diagnostics of a test point: a text, or lines of text.
type Detail struct {
	Key   string
	Text  string
	Lines []string
}

// TAP writes test points in version 14 of the Test Anything Protocol.
// Warnings are about the run as a whole.
func TAP(w io.Writer, points []Point, warnings ...string) error {
	var b strings.Builder
	fmt.Fprintf(&b, "TAP version 14\n1..%d\n", len(points))
	for _, text := range warnings {
		fmt.Fprintf(&b, "# warning: %s\n", escape.Text(text))
	}
	for i, p := range points {
		word, directive := "not ok", ""
		if p.OK {
			word = "ok"
		}
		if p.Skip != "" {
			directive = " # SKIP " + tapText(p.Skip)
		}
		fmt.Fprintf(&b, "%s %d - %s%s\n", word, i+1, tapText(p.Name), directive)
		if p.Severity != "" {
			p.diagnose(&b)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// tapName escapes characters that would end the description of a test point.
var tapName = strings.NewReplacer(`\`, `\\`, "#", `\#`)

func tapText(s string) string { return tapName.Replace(escape.Text(s)) }

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
			b.WriteString(strings.TrimRight("    "+escape.Text(text), " ") + "\n")
		}
	}
	b.WriteString("  ...\n")
}
