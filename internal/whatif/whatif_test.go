package whatif_test

import (
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ovnwalk/ovnwalk/internal/controlplane"
	"github.com/ovnwalk/ovnwalk/internal/diff"
	"github.com/ovnwalk/ovnwalk/internal/lab"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/open"
	"github.com/ovnwalk/ovnwalk/internal/suite"
	"github.com/ovnwalk/ovnwalk/internal/tracetest"
	"github.com/ovnwalk/ovnwalk/internal/whatif"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// changes are of ten kinds.  S and R are replaced by a switch and a router.
var changes = []string{
	"acl-add S from-lport 1010 'ip4.src == 10.99.0.0/16' drop",
	"lsp-add S wport -- lsp-set-addresses wport '0a:00:00:00:77:01 10.77.0.1'",
	"lr-route-add R 10.88.0.0/16 discard",
	"lb-add wlb 10.66.0.1:80 10.66.0.2:80 -- ls-lb-add S wlb",
	"lr-policy-add R 1500 'ip4.dst == 10.55.0.0/16' drop",
	"pg-add wpg wport -- --type=port-group acl-add wpg to-lport 1020 'outport == @wpg && tcp.dst == 22' reject",
	"lsp-set-port-security wport '0a:00:00:00:77:01 10.77.0.1'",
	"set logical_switch S other_config:mcast_snoop=true",
	"ls-add wsw -- lsp-add wsw wother",
	"acl-del S",
}

// TestAgreesWithControlPlane makes each change in a control plane and by whatif, one after the other,
// and compares the flows and the results of packets between all ports.
func TestAgreesWithControlPlane(t *testing.T) {
	lab.Require(t)
	type scenario struct {
		name  string
		build func(context.Context, *lab.ControlPlane) error
	}
	all := []scenario{}
	for _, n := range []*lab.Network{lab.Routing(), lab.Generate(1)} {
		all = append(all, scenario{n.Name, func(ctx context.Context, p *lab.ControlPlane) error { return p.Build(ctx, n) }})
	}
	scripts, err := lab.Scenarios()
	if err != nil {
		t.Fatal(err)
	}
	for _, script := range scripts {
		all = append(all, scenario{filepath.Base(script), func(ctx context.Context, p *lab.ControlPlane) error { return p.RunScenario(ctx, script) }})
	}
	for _, x := range all {
		t.Run(x.name, func(t *testing.T) {
			t.Parallel()
			p, err := lab.Start(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = p.Close() })
			if err := x.build(t.Context(), p); err != nil {
				t.Fatal(err)
			}
			if err := p.StartNorthd(t.Context()); err != nil {
				t.Fatal(err)
			}
			names := strings.NewReplacer(" S ", " "+first(t, p, "logical_switch")+" ", " R ", " "+first(t, p, "logical_router")+" ")
			for _, text := range changes {
				likeTheLab(t, p, names.Replace(text+" "))
			}
		})
	}
}

// first returns the name of the first row of a northbound table, making one if there
// is none.
func first(t *testing.T, p *lab.ControlPlane, table string) string {
	t.Helper()
	nbctl := func(args ...string) string {
		out, err := p.Run(t.Context(), "ovn-nbctl", append([]string{"--db=" + p.Plane.Remote(controlplane.NB)}, args...)...)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	found := strings.Fields(nbctl("--bare", "--columns=name", "list", table))
	if len(found) > 0 {
		return slices.Min(found)
	}
	nbctl("create", table, "name=w-"+table)
	return "w-" + table
}

// likeTheLab makes one change in both ways.
func likeTheLab(t *testing.T, p *lab.ControlPlane, text string) {
	t.Helper()
	words, err := whatif.ParseCommand(text)
	if err != nil {
		t.Fatal(err)
	}
	r := try(t, p, whatif.Request{Steps: []whatif.Step{words}})
	defer r.Close()
	if _, err := p.Run(t.Context(), "ovn-nbctl", append([]string{"--db=" + p.Plane.Remote(controlplane.NB)}, words...)...); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Plane.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	sb, err := p.Backup(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := tracetest.Read(t, "lab", sb, lflow.Options{})
	got := tracetest.Open(t, r.After, lflow.Options{})
	if r.Stale {
		t.Errorf("%s: settling alone changed rows", words)
	}
	if d := diff.NewPair(want, got, diff.Options{}).FlowChanges(nil); len(d) > 0 {
		t.Errorf("%s: flows differ from the lab's: %v", words, d)
	}
	wanted, found := recorded(t, want), recorded(t, got)
	if wanted != found {
		t.Errorf("%s: outcomes differ from the lab's: %s, want %s", words, found, wanted)
	}
}

// recorded returns what becomes of packets between the ports of a network.
func recorded(t *testing.T, n *lflow.Network) string {
	t.Helper()
	text, _, err := suite.Record(t.Context(), &suite.Zones{Networks: []*lflow.Network{n}}, suite.Recording{Protos: []string{"icmp", "tcp:80"}, Reply: true})
	if err != nil && !strings.Contains(err.Error(), "nothing to record") {
		t.Fatal(err)
	}
	return string(text)
}

// try tries a change on copies of a control plane's databases.
func try(t *testing.T, p *lab.ControlPlane, q whatif.Request) *whatif.Result {
	t.Helper()
	read := func(data []byte, err error) *ovsdb.Snapshot {
		if err != nil {
			t.Fatal(err)
		}
		db, err := open.Bytes(t.Context(), "lab", data, ovsdb.Options{})
		if err != nil {
			t.Fatal(err)
		}
		return db
	}
	var err error
	q.NB, q.SB, q.Output = read(p.BackupNorth(t.Context())), read(p.Backup(t.Context())), io.Discard
	if q.Programs, err = controlplane.Find("", ""); err != nil {
		t.Fatal(err)
	}
	r, err := whatif.Run(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return r
}

// TestNoFilesRemain ends a control plane in each way, its own process by SIGKILL
// included.
func TestNoFilesRemain(t *testing.T) {
	lab.Require(t)
	if os.Getenv("WHATIF_TEST_CHILD") != "" {
		programs, err := controlplane.Find("", "")
		if err != nil {
			t.Fatal(err)
		}
		p, err := controlplane.New(programs)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{controlplane.NB, controlplane.SB} {
			if err := p.Create(t.Context(), name); err != nil {
				t.Fatal(err)
			}
			if err := p.Serve(t.Context(), name); err != nil {
				t.Fatal(err)
			}
		}
		if err := p.StartNorthd(t.Context()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
	}
	for _, after := range []time.Duration{5, 20, 60, 150, 400} {
		dir, err := os.MkdirTemp("/tmp", "w") // short enough for sockets
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = os.RemoveAll(dir) })
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestNoFilesRemain$")
		cmd.Env = append(os.Environ(), "WHATIF_TEST_CHILD=1", "TMPDIR="+dir)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(after * time.Millisecond)
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
		await(t, func() bool {
			left, err := filepath.Glob(filepath.Join(dir, "*"))
			return err == nil && len(left) == 0 && !runs(t.Context(), dir)
		})
	}
}

// runs reports whether a process has a directory in its command line.
func runs(ctx context.Context, dir string) bool {
	out, err := exec.CommandContext(ctx, "ps", "-eo", "args").Output()
	return err != nil || strings.Contains(string(out), dir+"/")
}

// await waits until a condition is true.
func await(t *testing.T, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(2 * time.Minute); !holds(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("a process or a file is still there")
		}
	}
}

func TestParseCommand(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       whatif.Command
		err        string
	}{
		{"words", " a  b ", whatif.Command{"a", "b"}, ""},
		{"quotes", `a 'b "c' "d 'e\"" f\ g ''`, whatif.Command{"a", `b "c`, `d 'e"`, "f g", ""}, ""},
		{"open quote", "a 'b", nil, "not closed"},
		{"nothing", " ", nil, "no command"},
		{"backslash at the end", `a \`, nil, "quotes nothing"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := whatif.ParseCommand(c.text)
			if c.err != "" {
				if err == nil || !strings.Contains(err.Error(), c.err) {
					t.Fatalf("the error is %v, want %q", err, c.err)
				}
				return
			}
			if err != nil || !slices.Equal(got, c.want) {
				t.Errorf("got %q, %v, want %q", got, err, c.want)
			}
		})
	}
}
