package lab

import (
	"fmt"
	"strings"

	"github.com/rogpeppe/go-internal/diff"
)

// A Tracer runs a program with the options of ovn-trace on a southbound database file. The
// arguments are those of ovn-trace without --db.
type Tracer func(database string, args []string) Answer

// refusedExit is the exit status of ovnwalk for a microflow that it rejects; that of the
// real tool is 0.
const refusedExit = 2

// Compare returns "" if the answer is the one that the case expects, else a unified diff
// from the real tool's output to the answer.
//
// A trace must be equal byte for byte on standard output, with exit status 0. The text of a
// rejection, which does not start with "#", may instead be on standard error, with nothing
// on standard output and exit status 2; indented lines that show the expression may follow.
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

// withoutCaret returns a text without the indented lines at its end.
func withoutCaret(s string) string {
	lines := strings.SplitAfter(s, "\n")
	end := len(lines)
	for end > 1 && (lines[end-1] == "" || strings.HasPrefix(lines[end-1], "  ")) {
		end--
	}
	return strings.Join(lines[:end], "")
}

// line returns a text with a newline at its end. Some releases print a rejection without
// one.
func line(s string) string { return strings.TrimSuffix(s, "\n") + "\n" }

// text returns the whole answer as one text.
func (a Answer) text() string {
	var b strings.Builder
	b.WriteString(ended(a.Stdout))
	if a.Stderr != "" {
		b.WriteString("standard error:\n" + ended(a.Stderr))
	}
	fmt.Fprintf(&b, "exit status %d\n", a.Exit)
	return b.String()
}

// ended returns a text with a newline at its end, if it is not empty.
func ended(s string) string {
	if s == "" || strings.HasSuffix(s, "\n") {
		return s
	}
	return s + "\n(no newline at the end)\n"
}
