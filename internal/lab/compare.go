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
// on standard error with nothing on standard output and exit status 2.
func Compare(c Case, got Answer) string {
	want := Answer{Stdout: c.Stdout, Exit: c.Exit}
	if got.Stdout == want.Stdout && got.Exit == want.Exit {
		return ""
	}
	if !strings.HasPrefix(c.Stdout, "#") {
		want = Answer{Stderr: c.Stdout, Exit: refusedExit}
		if got == want {
			return ""
		}
	}
	if got.Exit == want.Exit && want.Stderr == "" {
		got.Stderr = "" // warnings are not compared
	}
	return string(diff.Diff("ovn-trace", []byte(want.text()), "ovnwalk", []byte(got.text())))
}

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
