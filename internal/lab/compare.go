package lab

import (
	"fmt"
	"strings"

	"github.com/rogpeppe/go-internal/diff"
)

// A Tracer asks a tool that follows ovn-trace about a southbound database
// file. The arguments are those of ovn-trace less --db.
type Tracer func(database string, args []string) Answer

// refusedExit is the exit status with which ovnwalk refuses a microflow, on
// which the real tool exits with 0.
const refusedExit = 2

// Compare returns an empty text if the answer is the one that the case
// expects, or a unified diff from what the real tool prints to what came.
//
// A trace must be the same bytes on standard output, with exit status 0. A
// refusal, which does not start with "#", may be that too, or the same bytes
// on standard error with nothing on standard output and exit status 2. There
// indented lines may follow, which show the expression and what is wrong in it.
func Compare(c Case, got Answer) string {
	want := Answer{Stdout: c.Stdout, Exit: c.Exit}
	if got.Stdout == want.Stdout && got.Exit == want.Exit {
		return ""
	}
	if !strings.HasPrefix(c.Stdout, "#") {
		want = Answer{Stderr: line(c.Stdout), Exit: refusedExit}
		got.Stderr = withoutCaret(got.Stderr)
		if got == want {
			return ""
		}
	}
	if got.Exit == want.Exit && want.Stderr == "" {
		got.Stderr = "" // warnings are not compared
	}
	return string(diff.Diff("ovn-trace", []byte(want.text()), "ovnwalk", []byte(got.text())))
}

// withoutCaret is a text less the indented lines at its end.
func withoutCaret(s string) string {
	lines := strings.SplitAfter(s, "\n")
	end := len(lines)
	for end > 1 && (lines[end-1] == "" || strings.HasPrefix(lines[end-1], "  ")) {
		end--
	}
	return strings.Join(lines[:end], "")
}

// line is a text with a newline at its end. Some releases print a refusal
// without one.
func line(s string) string { return strings.TrimSuffix(s, "\n") + "\n" }

// text is the whole answer as one text.
func (a Answer) text() string {
	var b strings.Builder
	b.WriteString(ended(a.Stdout))
	if a.Stderr != "" {
		b.WriteString("standard error:\n" + ended(a.Stderr))
	}
	fmt.Fprintf(&b, "exit status %d\n", a.Exit)
	return b.String()
}

// ended is a text with a line's end at its end, if it is not empty.
func ended(s string) string {
	if s == "" || strings.HasSuffix(s, "\n") {
		return s
	}
	return s + "\n(no newline at the end)\n"
}
