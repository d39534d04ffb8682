package suite_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/internal/suite"
	"github.com/ovnwalk/ovnwalk/internal/yaml"
)

const minimal = `ip.ttl--;
eth.src = 40:44:00:00:00:04;
eth.dst = 40:44:00:00:00:02;
output("vm2");
`

// block returns the minimal view as a block indented by n.
func block(n int) string {
	out := ""
	for line := range strings.Lines(minimal) {
		out += strings.Repeat(" ", n) + line
	}
	return out
}

// TestUpdate rewrites goldens in every form that a value can have, and nothing
// else.
func TestUpdate(t *testing.T) {
	const before = "# A comment.\ndb: demo # another\ntests:\n  - name: a\n    from: vm1 # a third\n    to: vm2\n"
	tests := []struct{ name, golden, want string }{
		{"block", "    minimal: |\n      old\n      older\n    # after\n", "    minimal: |\n" + block(6) + "    # after\n"},
		{"block with a comment", "    minimal: |   # hear\n      old\n\n  # after\n", "    minimal: | # hear\n" + block(6) + "\n  # after\n"},
		{"deep block", "    minimal: |\n          old\n", "    minimal: |\n" + block(10)},
		{"stripped block", "    minimal: |-\n      old", "    minimal: |\n" + block(6)},
		{"folded block", "    minimal: >-\n      old\n      old\n", "    minimal: |\n" + block(6)},
		{"empty block", "    minimal: |\n    tags: x\n", "    minimal: |\n" + block(6) + "    tags: x\n"},
		{"blank lines in a block", "    minimal: |\n\n      old\n\n      old\n\n    tags: x\n", "    minimal: |\n" + block(6) + "\n    tags: x\n"},
		{"nothing", "    minimal:\n", "    minimal: |\n" + block(6)},
		{"nothing with a comment", "    minimal:   # to come\n    tags: x\n", "    minimal: | # to come\n" + block(6) + "    tags: x\n"},
		{"null", "    minimal: null\n", "    minimal: |\n" + block(6)},
		{"string", "    minimal: old # it is\n", "    minimal: | # it is\n" + block(6)},
		{"quoted", "    minimal: \"old # it\" # is\n", "    minimal: | # is\n" + block(6)},
		{"single quotes", "    minimal: ''\n", "    minimal: |\n" + block(6)},
		{"in expect", "    expect:\n      delivered: vm2 # yes\n      minimal: |\n        old\n", "    expect:\n      delivered: vm2 # yes\n      minimal: |\n" + block(8)},
		{"two", "    minimal: old\n    expect:\n      summary: |\n        old\n", ""},
		{"quoted key", "    \"minimal\": |\n      old\n", "    \"minimal\": |\n" + block(6)},
	}
	for _, tt := range tests {
		for _, end := range []string{"\n", "\r\n"} {
			name := tt.name
			if end != "\n" {
				name += " with carriage returns"
			}
			t.Run(name, func(t *testing.T) {
				file := write(t, strings.ReplaceAll(before+tt.golden, "\n", end))
				if err := os.Chmod(file, 0o640); err != nil {
					t.Fatal(err)
				}
				r := run(t, suite.Options{}, file)
				if err := r.Update(); err != nil {
					t.Fatal(err)
				}
				if c := r.Counts(); c.Passed != 1 || c.Total() != 1 {
					t.Errorf("after the update: %+v", c)
				}
				got := sbtest.Content(t, file)
				if want := strings.ReplaceAll(before+tt.want, "\n", end); tt.want != "" && string(got) != want {
					t.Errorf("got\n%s\nwant\n%s", got, want)
				}
				if info, _ := os.Stat(file); info.Mode().Perm() != 0o640 {
					t.Errorf("the file's mode is %v now", info.Mode())
				}
				if c := run(t, suite.Options{}, file).Counts(); c.Passed != 1 || c.Total() != 1 {
					t.Errorf("run again: %+v", c)
				}
				if strings.Join(r.Files[0].Notes, "") == "" {
					t.Error("no note mentions the update")
				}
			})
		}
	}
}

func TestUpdateRefuses(t *testing.T) {
	tests := []struct{ name, test, want string }{
		{"cases that differ", "name: a\n    from: vm1\n    to: [vm2, 8.8.8.8]\n    minimal: x\n", ":7:5: cannot update minimal: the cases of the test differ in it, so that they need tests of their own"},
		{"braces", "{name: a, from: vm1, to: vm2, minimal: x}\n", ":4:35: cannot update the goldens: "},
		{"quotes in braces", "{name: a, from: vm1, to: vm2, minimal: 'x'}\n", ":4:35: cannot update minimal: only a value on the key's own line"},
		{"anchor", "name: a\n    from: vm1\n    to: vm2\n    minimal: &x old\n", ":7:5: cannot update minimal: only a value on the key's own line"},
		{"string of two lines", "name: a\n    from: vm1\n    to: vm2\n    minimal: old\n      older\n", ":7:5: cannot update the goldens: "},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text := "db: demo\n\ntests:\n  - " + tt.test
			file := write(t, text)
			err := run(t, suite.Options{}, file).Update()
			if _, ok := errors.AsType[*yaml.Error](err); !ok || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got  %v\nwant %s", err, tt.want)
			}
			if got, _ := os.ReadFile(file); string(got) != text {
				t.Errorf("the file changed to\n%s", got)
			}
		})
	}
}

// TestUpdateToNothing has a walk whose view is empty.
func TestUpdateToNothing(t *testing.T) {
	file := write(t, "db: demo\ntests:\n  - name: a\n    from: vm1\n    to: 8.8.8.8\n    minimal: | # gone\n      old\n    tags: x\n")
	r := run(t, suite.Options{}, file)
	if err := r.Update(); err != nil {
		t.Fatal(err)
	}
	got, _ := os.ReadFile(file)
	if !strings.Contains(string(got), "\n    minimal: \"\" # gone\n    tags: x\n") || r.Counts().Passed != 1 {
		t.Errorf("%+v\n%s", r.Counts(), got)
	}
}

// TestUpdateLeavesOtherFailures checks that only goldens are updated.
func TestUpdateLeavesOtherFailures(t *testing.T) {
	r := run(t, suite.Options{}, write(t, "db: demo\ntests:\n  - name: a\n    from: vm1\n    to: vm2\n    minimal: x\n    expect: {dropped: true}\n"))
	if err := r.Update(); err != nil {
		t.Fatal(err)
	}
	res := r.Files[0].Results[0]
	if res.Status != suite.Failed || len(res.Failures) != 1 || res.Failures[0].Key != "dropped" {
		t.Errorf("%v, %+v", res.Status, res.Failures)
	}
}
