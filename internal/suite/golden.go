package suite

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/report"
	"github.com/ovnwalk/ovnwalk/trace"
	"github.com/ovnwalk/ovnwalk/tracetext"
)

// viewText returns a view of a trace, with the line that heads it or without.
func viewText(t *trace.Trace, view string, header bool) string {
	v := tracetext.Views{Detailed: view == "detailed", Summary: view == "summary", Minimal: view == "minimal"}
	var b bytes.Buffer
	_ = tracetext.Write(&b, t, v, tracetext.Paint{}) // a buffer takes all
	text := b.String()
	if !header {
		_, text, _ = strings.Cut(text, "\n")
	}
	return text
}

// golden compares a view of the trace, word for word.  A golden that begins
// with the line that heads a trace is compared with that line too.
func (j *checker) golden(g *Golden) {
	actual := viewText(j.trace, g.View, strings.HasPrefix(g.Text, "# "))
	actual = strings.TrimPrefix(actual, "\n") // the detailed view's title stands off from the header
	if strings.TrimRight(actual, "\n") == strings.TrimRight(strings.TrimPrefix(g.Text, "\n"), "\n") {
		return
	}
	got := "another (-want +got)"
	if g.Text == "" {
		got = "nothing yet: --update fills it in"
	}
	why := diff(g.Text, actual)
	if g.Text == "" {
		why = nil
	} else if n := len(why); n > maxShown {
		why = append(why[:maxShown], "and "+report.Count(n-maxShown, "line")+" more")
	}
	j.failures = append(j.failures, Failure{
		Pos: g.Pos, Key: j.prefix + g.View, Want: "the " + g.View + " view that the file has", Got: got,
		Explanation: why, golden: g, actual: actual,
	})
}

// maxDiff bounds the lines that are compared with each other.
const maxDiff = 2000

// maxShown bounds the lines of a difference that a report shows.
const maxShown = 60

// diff returns the lines in which two texts differ, each with two that do not
// around it.
func diff(want, got string) (out []string) {
	a, b := splitLines(want), splitLines(got)
	if len(a) > maxDiff || len(b) > maxDiff {
		return []string{fmt.Sprintf("too long to compare line by line: %d and %d lines", len(a), len(b))}
	}
	// common[i][j] is the length of the longest common subsequence of a[i:] and b[j:].
	common := make([][]int, len(a)+1)
	for i := range common {
		common[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				common[i][j] = common[i+1][j+1] + 1
			} else {
				common[i][j] = max(common[i+1][j], common[i][j+1])
			}
		}
	}
	var lines []string
	for i, j := 0, 0; i < len(a) || j < len(b); {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			lines = append(lines, " "+a[i])
			i++
			j++
		case j == len(b) || i < len(a) && common[i+1][j] >= common[i][j+1]:
			lines = append(lines, "-"+a[i])
			i++
		default:
			lines = append(lines, "+"+b[j])
			j++
		}
	}
	const around = 2
	for i, line := range lines {
		for k := max(0, i-around); k <= min(len(lines)-1, i+around); k++ {
			if lines[k][0] != ' ' {
				out = append(out, line)
				break
			}
		}
	}
	return out
}

func splitLines(s string) []string {
	s = strings.Trim(s, "\n")
	if s == "" {
		return nil
	}
	return strings.Split(s, "\n")
}
