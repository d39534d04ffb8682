package cli

import (
	"bytes"
	"io"
	"strings"
	"testing"
)

// noEnvironment is the environment of tests: no variable is set.
func noEnvironment(string) string { return "" }

// system returns a system without an environment.
func system(stdin io.Reader, stdout, stderr io.Writer) *System {
	return &System{Getenv: noEnvironment, Stdin: stdin, Stdout: stdout, Stderr: stderr}
}

// answered runs the program within the test.
func answered(t testing.TB, stdin string, args ...string) (stdout, stderr string, exit int) {
	t.Helper()
	var out, problems bytes.Buffer
	exit = system(strings.NewReader(stdin), &out, &problems).Run(t.Context(), args)
	return out.String(), problems.String(), exit
}

// ovnwalk runs the program with an empty standard input.
func ovnwalk(t testing.TB, args ...string) (stdout, stderr string, exit int) {
	t.Helper()
	return answered(t, "", args...)
}

// textOf runs the program, which must succeed, and returns its standard output.
func textOf(t testing.TB, args ...string) string {
	t.Helper()
	stdout, stderr, exit := ovnwalk(t, args...)
	if exit != exitYes {
		t.Fatalf("%q: exit status %d: %s", args, exit, stderr)
	}
	return stdout
}
