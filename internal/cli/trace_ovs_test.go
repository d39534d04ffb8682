//go:build unix

package cli

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/cli/dropin"
	"github.com/ovnwalk/ovnwalk/internal/lab"
	"github.com/ovnwalk/ovnwalk/internal/sbtest"
)

// bridge raises a switch without a datapath of the system's (ovs-vswitchd(8),
// "--enable-dummy") and returns its OpenFlow socket.
func bridge(t *testing.T) (remote string) {
	t.Helper()
	for _, tool := range []string{"ovs-vswitchd", "ovs-vsctl", "ovs-ofctl", "ovsdb-server", "ovsdb-tool"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("skipped: no %s", tool)
		}
	}
	const schema = "/usr/share/openvswitch/vswitch.ovsschema"
	if _, err := os.Stat(schema); err != nil {
		t.Skipf("skipped: %v", err)
	}
	dir, err := os.MkdirTemp("", "ow")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	db := "unix:" + dir + "/db.sock"
	tool(t, dir, "ovsdb-tool", "create", dir+"/conf.db", schema)
	server(t, dir, "ovsdb-server", "--remote=p"+db, "--unixctl="+dir+"/db.ctl", dir+"/conf.db")
	sbtest.AwaitServer(t, "unix", dir+"/db.sock")
	tool(t, dir, "ovs-vsctl", "--db="+db, "--no-wait", "init")
	server(t, dir, "ovs-vswitchd", "--enable-dummy=override", "--disable-system", "--unixctl="+dir+"/vs.ctl", db)
	tool(t, dir, "ovs-vsctl", "--timeout=120", "--db="+db, "add-br", "br-int", "--", "set", "bridge", "br-int", "datapath_type=dummy", "fail-mode=secure", "protocols=OpenFlow10,OpenFlow15")
	return "unix:" + dir + "/br-int.mgmt"
}

// tool runs a program to its end, server one that is killed with the test.
func tool(t *testing.T, rundir, program string, args ...string) string {
	t.Helper()
	cmd := exec.Command(program, args...)
	cmd.Env = append(os.Environ(), "OVS_RUNDIR="+rundir)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %q: %v\n%s", program, args, err, out)
	}
	return string(out)
}

func server(t *testing.T, rundir, program string, args ...string) {
	t.Helper()
	cmd := exec.Command(program, append(args, "-vconsole:off")...)
	cmd.Env = append(os.Environ(), "OVS_RUNDIR="+rundir)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
}

// since matches the times in the statistics of a flow.
var since = regexp.MustCompile(`duration=[0-9.]+s|idle_age=[0-9]+`)

// TestOpenFlowReal shows the flows of a real switch as the real tool shows them,
// from the switch and from what ovs-ofctl printed of it.
func TestOpenFlowReal(t *testing.T) {
	lab.Require(t)
	remote := bridge(t)
	database := demoFile(t)
	plane, err := lab.Serve(t.Context(), database)
	if err != nil {
		t.Fatal(err)
	}
	defer plane.Close()
	trace := tool(t, "", dropin.Name, "--db="+plane.Remote(), "network1", dropinFlow)
	cookies := regexp.MustCompile(`uuid ([0-9a-f]{8})`).FindAllStringSubmatch(trace, -1)
	if len(cookies) < 10 {
		t.Fatalf("a short trace: %s", trace)
	}
	for i, c := range cookies {
		for n := range i % 4 { // some have none
			flow := "cookie=0x" + c[1] + ",table=8,metadata=1,priority=" + []string{"10", "30", "20"}[n] + ",reg0=0x" + c[1] + " actions=load:1->NXM_NX_REG0[],resubmit(,9)"
			tool(t, "", "ovs-ofctl", "-O", "OpenFlow15", "add-flow", remote, flow)
		}
	}
	run := linked(t)
	for _, args := range [][]string{
		{"--ovs=" + remote, "--all", "network1", dropinFlow},
		{"--ovs=" + remote, "--minimal", dropinFlow},
		{"--ovs=unix:/nonexistent", "--detailed", dropinFlow},
	} {
		want := since.ReplaceAllString(tool(t, "", dropin.Name, append([]string{"--db=" + plane.Remote(), "-voff"}, args...)...), "TIME")
		got := run(database, append(args, "-voff"))
		if since.ReplaceAllString(got.Stdout, "TIME") != want || got.Exit != 0 || got.Stderr != "" {
			t.Errorf("%q: got exit status %d\n%s%s\nwant\n%s", args, got.Exit, got.Stderr, got.Stdout, want)
		}
	}
	dump := filepath.Join(t.TempDir(), "flows")
	sbtest.WriteFile(t, dump, []byte(tool(t, "", "ovs-ofctl", "-O", "OpenFlow15", "dump-flows", remote)))
	live := run(database, []string{"--ovs=" + remote, dropinFlow})
	offline := run(database, []string{"--ovs=" + dump, dropinFlow})
	// A switch lists the flows of a cookie in another order than all its flows.
	if got, want := sorted(offline.Stdout), sorted(live.Stdout); got != want {
		t.Errorf("from the dump\n%s\nfrom the switch\n%s", got, want)
	}
}

// sorted sorts the lines of a text, without the time in them.
func sorted(text string) string {
	lines := strings.Split(since.ReplaceAllString(text, "TIME"), "\n")
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}
