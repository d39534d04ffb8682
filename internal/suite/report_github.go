package suite

import (
	"fmt"
	"io"
	"strings"
)

// writeGitHub writes a report as workflow commands, which GitHub shows beside
// the lines of the files, and the count.
func writeGitHub(w io.Writer, r *Report, s Style) error {
	t := &textWriter{style: s}
	for _, f := range r.Files {
		annotate := func(p Pos, title string, lines ...string) {
			t.line(0, annotation("error", f.File, p, title, strings.Join(lines, "\n")))
		}
		for _, p := range f.Bad {
			annotate(p.Pos, "suite", p.Msg)
		}
		for _, res := range f.Results {
			for _, p := range res.Trouble {
				annotate(p.Pos, res.Name, p.Msg)
			}
			for i := range res.Failures {
				x := &res.Failures[i]
				lines := append([]string{x.Text()}, x.Why...)
				lines = append(lines, "packet: "+res.Packet)
				if s.Verbose {
					lines = append(lines, res.minimal()...)
				}
				annotate(x.Pos, res.Name, lines...)
			}
			for _, d := range res.Doubts {
				t.line(0, annotation("warning", f.File, res.Pos, res.Name, "uncertain: "+d))
			}
		}
	}
	t.line(0, r.summary())
	_, err := io.WriteString(w, t.b.String())
	return err
}

// annotation returns a workflow command.
func annotation(level, file string, p Pos, title, message string) string {
	property := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
	data := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	return fmt.Sprintf("::%s file=%s,line=%d,col=%d,title=%s::%s",
		level, property.Replace(file), max(1, p.Line), max(1, p.Col), property.Replace(title), data.Replace(message))
}
