package docs

import (
	"errors"
	"strings"
	"testing"
)

func TestSteps(t *testing.T) {
	const document = "# Title\n\n```sh\novnwalk a\novnwalk b\n```\n\n```text\nout\n```\n\n" +
		"<!-- exit 1 -->\n<!-- needs cat dog -->\n```sh\novnwalk c\n```\n\nText.\n\n```text\nno output of c\n```\n\n" +
		"<!-- not run: it takes an hour -->\n```sh\nmake fuzz\n```\n\n```yaml\ntests: []\n```\n\n<!-- file a.yaml -->\n```yaml\ndb: demo\n```\n"
	steps, err := Steps(document)
	if err != nil {
		t.Fatal(err)
	}
	if len(steps) != 4 {
		t.Fatalf("%d steps: %+v", len(steps), steps)
	}
	a, c, fuzz := steps[0], steps[1], steps[2]
	if a.Line != 4 || a.Commands != "ovnwalk a\novnwalk b\n" || !a.Shows || a.Output != "out\n" {
		t.Errorf("first step: %+v", a)
	}
	if c.Exit != 1 || strings.Join(c.Needs, " ") != "cat dog" || c.Shows {
		t.Errorf("second step: %+v", c)
	}
	if file := steps[3]; file.File != "a.yaml" || file.Commands != "db: demo\n" {
		t.Errorf("fourth step: %+v", file)
	}
	if fuzz.NotRun != "it takes an hour" {
		t.Errorf("third step: %+v", fuzz)
	}
}

func TestStepsErrors(t *testing.T) {
	for _, test := range []struct {
		name, document string
		line           int
	}{
		{"no end", "a\n```sh\nx\n", 2},
		{"no end of the output", "```sh\nx\n```\n```text\ny\n", 4},
		{"an indented command", "Do\n\n    ovnwalk trace\n", 3},
		{"a language that no test runs", "```console\n$ x\n```\n", 1},
		{"no status", "<!-- exit x -->\n```sh\nx\n```\n", 1},
		{"no reason", "<!-- not run: -->\n```sh\nx\n```\n", 1},
		{"a file elsewhere", "<!-- file ../x -->\n```yaml\nx\n```\n", 1},
		{"no program", "<!-- needs -->\n```sh\nx\n```\n", 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := Steps(test.document)
			if format, ok := errors.AsType[*FormatError](err); !ok || format.Line != test.line {
				t.Errorf("got %v, want an error in line %d", err, test.line)
			}
		})
	}
}

func TestShown(t *testing.T) {
	for _, test := range []struct {
		shown, output string
		want          bool
	}{
		{"a\nb\n", "a\nb\n", true},
		{"a\n", "a\nb\n", false},
		{"a\nb\n", "a\n", false},
		{"a\n...\nd\n", "a\nb\nc\nd\n", true},
		{"a\n...\nd\n", "a\nd\n", true},
		{"a\n...\n", "a\nb\n", true},
		{"...\nc\n...\n", "a\nb\nc\n", true},
		{"...\nx\n", "a\nb\n", false},
		{"", "a\n", false},
	} {
		if got := Shown(test.shown, test.output); got != test.want {
			t.Errorf("%q shows %q: %v", test.shown, test.output, got)
		}
	}
}
