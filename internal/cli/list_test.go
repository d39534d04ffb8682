package cli

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/ovnwalk/ovnwalk/internal/lab"
)

// ovnwalk runs the program within the test.
func ovnwalk(t *testing.T, args ...string) (stdout, stderr string, exit int) {
	t.Helper()
	var out, err bytes.Buffer
	exit = Run(t.Context(), args, func(string) string { return "" }, strings.NewReader(""), &out, &err)
	return out.String(), err.String(), exit
}

// TestListReal lists the flows of the tree's own corpus as the installed
// ovn-sbctl lists them.
func TestListReal(t *testing.T) {
	lab.Require(t)
	recordings, err := lab.Recordings(filepath.Join("..", "..", "testdata", "corpus"))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range recordings {
		t.Run(r.Name, func(t *testing.T) {
			plain := filepath.Join(t.TempDir(), "sb.db")
			if _, stderr, exit := ovnwalk(t, "snapshot", r.Database, "-o", plain); exit != 0 {
				t.Fatal(stderr)
			}
			plane, err := lab.Serve(t.Context(), plain)
			if err != nil {
				t.Fatal(err)
			}
			defer plane.Close()
			real := func(args ...string) string {
				t.Helper()
				out, err := exec.Command("ovn-sbctl", append([]string{"--db=" + plane.Remote()}, args...)...).Output()
				if err != nil {
					t.Fatal(err)
				}
				return string(out)
			}
			names := strings.Fields(real("--bare", "--columns=_uuid", "list", "Datapath_Binding"))
			slices.Sort(names)
			some := strings.Fields(real("--bare", "--columns=_uuid", "find", "Logical_Flow", "pipeline=egress"))
			slices.Sort(some)
			calls := [][]string{{}, {"--uuid"}, {some[0]}, {"0x" + strings.TrimLeft(some[1][:8], "0"), some[2][:7]}, {names[0][:8], some[0][:1]}}
			for _, n := range names {
				calls = append(calls, []string{"--uuid", n})
			}
			for _, args := range calls {
				at := 0
				if len(args) > 0 && args[0] == "--uuid" {
					at = 1
				}
				sbctl := slices.Insert(slices.Clone(args), at, "lflow-list")
				want := real(sbctl...)
				got, stderr, exit := ovnwalk(t, append([]string{"list", "--db=" + r.Database}, args...)...)
				if d := diff.Diff("ovn-sbctl", []byte(want), "ovnwalk", []byte(got)); d != nil || exit != 0 {
					t.Errorf("%q: exit status %d\n%s%.4000s", args, exit, stderr, d)
				}
			}
		})
	}
}

// TestSnapshotReal has the real ovsdb-server serve what was saved of a live
// server, and saves that again: what holds rows holds the same.
func TestSnapshotReal(t *testing.T) {
	lab.Require(t)
	dir := t.TempDir()
	source := demoFile(t)
	for _, name := range []string{"a.db", "b.db.gz", "c.db.zst", "d.db.xz"} {
		plane, err := lab.Serve(t.Context(), source)
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(dir, name)
		if _, stderr, exit := ovnwalk(t, "snapshot", plane.Remote(), "-o", file); exit != 0 || stderr != "" {
			t.Fatalf("exit status %d\n%s", exit, stderr)
		}
		dump, err := exec.Command("ovsdb-client", "dump", plane.Remote(), "OVN_Southbound").Output()
		if err != nil {
			t.Fatal(err)
		}
		plane.Close()
		plain := filepath.Join(dir, name+".plain")
		if _, stderr, exit := ovnwalk(t, "snapshot", file, "-o", plain); exit != 0 || stderr != "" {
			t.Fatalf("exit status %d\n%s", exit, stderr)
		}
		plane, err = lab.Serve(t.Context(), plain)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		again, err := exec.Command("ovsdb-client", "dump", plane.Remote(), "OVN_Southbound").Output()
		if err != nil {
			t.Fatal(err)
		}
		plane.Close()
		if d := diff.Diff("before", dump, "after", again); d != nil {
			t.Errorf("%s: %.4000s", name, d)
		}
	}
}
