package cli

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/ovnwalk/ovnwalk/internal/lab"
	"github.com/ovnwalk/ovnwalk/internal/sbtest"
)

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

// TestSnapshotReal has the real ovsdb-server serve a snapshot of a live server, and takes a snapshot
// of that: both have the same rows.
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

// TestListFieldLong lists flows whose matches have more combinations of values
// than anything could go through: only those that match are there.
func TestListFieldLong(t *testing.T) {
	list := func(net string) string {
		addresses := make([]string, 300)
		for i := range addresses {
			addresses[i] = fmt.Sprintf("%s.%d.%d", net, i/250, i%250)
		}
		return "{" + strings.Join(addresses, ", ") + "}"
	}
	a, b := list("10.1"), list("10.2")
	db := sbtest.New("25.03.0")
	d := db.Datapath("sw", 1)
	db.Port(d, "p1", 1, "")
	db.Port(d, "p2", 2, "")
	db.Row("Port_Group", map[string]any{"name": "1_g", "ports": sbtest.Set("p1")})
	for i, match := range []string{
		"ip4.src == " + a + " && ip4.dst == " + b,
		"ip4.src == " + b + " && ip4.dst == " + a,
		"ip4.src == " + a + " || ip4.dst == " + b,
		"ip4.src == " + a + " && ip4.src == " + b,
		"ip4.src != " + a + " && ip4.dst == 10.9.9.9",
		"ip4.src != " + b + " && ip4.src == " + a,
		"inport == @g && ip4.src == " + b,
	} {
		db.Flow(d, "ingress", 0, 100-i, match, fmt.Sprintf("reg0 = %d; next;", i))
	}
	file := db.File(t)
	for field, want := range map[string]string{
		"ip4.src":              "0123456",
		"ip4.src == 10.1.1.49": "025",
		"ip4.src == 10.1.1.50": "24",
		"ip4.src == 10.1.0.7 && ip4.dst == 1.1.1.1": "25",
		"ip4.src == 10.2.0.0/16":                    "1246",
		"ip4.dst == 10.2.0.7":                       "02",
		`inport == "p1" && ip4.src == 10.2.0.1`:     "1246",
		`inport == "p2" && ip4.src == 10.2.0.1`:     "124",
	} {
		out, stderr, exit := ovnwalk(t, "list", "--db="+file, "--field="+field)
		if exit != 0 || stderr != "" {
			t.Fatalf("%s: exit status %d\n%s", field, exit, stderr)
		}
		var got strings.Builder
		for _, m := range regexp.MustCompile(`action=\(reg0 = (\d)`).FindAllStringSubmatch(out, -1) {
			got.WriteString(m[1])
		}
		if got.String() != want {
			t.Errorf("%s: flows %s instead of %s", field, &got, want)
		}
	}
}
