package lab

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/sbtest"
)

// start starts a control plane, which is closed after the test without leaving files.
func start(t *testing.T) *ControlPlane {
	t.Helper()
	Require(t)
	p, err := Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(p.Dir()); !os.IsNotExist(err) {
			t.Errorf("the directory is still there: %v", err)
		}
	})
	return p
}

func TestTraceOfRouting(t *testing.T) {
	p := start(t)
	n := Routing()
	if err := p.Build(t.Context(), n); err != nil {
		t.Fatal(err)
	}
	args := []string{"--minimal", "network1", `inport == "vm1" && eth.src == 40:44:00:00:00:01 && eth.dst == 40:44:00:00:00:03 && ` +
		`ip4.src == 192.168.0.11 && ip4.dst == 192.168.1.11 && ip.ttl == 64`}
	live, err := p.Trace(t.Context(), args)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(live.Stdout, `output("vm2")`) {
		t.Errorf("the packet does not arrive:\n%s%s", live.Stdout, live.Stderr)
	}

	content, err := p.Backup(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "saved.db")
	sbtest.WriteFile(t, file, content)
	served, err := Serve(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = served.Close() })
	saved, err := served.Trace(t.Context(), args)
	if err != nil || saved.Stdout != live.Stdout {
		t.Errorf("over the saved file the tool prints\n%s(%v), over the live database\n%s", saved.Stdout, err, live.Stdout)
	}
}

func TestViewHasPorts(t *testing.T) {
	p := start(t)
	n := Routing()
	if err := p.Build(t.Context(), n); err != nil {
		t.Fatal(err)
	}
	v, err := p.View(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got := v.Datapaths["network1"]
	if strings.Join(got.Ports, " ") != "net1-router1 vm1" || len(got.Southbound) != 36 || len(got.Northbound) != 36 || len(got.Matches) == 0 {
		t.Errorf("the view of network1 is %+v", got)
	}
}

func TestRecordIsDeterministic(t *testing.T) {
	p := start(t)
	n := Generate(1)
	if err := p.Build(t.Context(), n); err != nil {
		t.Fatal(err)
	}
	first, err := p.Record(t.Context(), n, NewMicroflows, 5, 20)
	if err != nil {
		t.Fatal(err)
	}
	second, err := p.Record(t.Context(), n, NewMicroflows, 5, 20)
	if err != nil {
		t.Fatal(err)
	}
	for i := range first {
		if d := Compare(first[i], Answer{Stdout: second[i].Stdout, Exit: second[i].Exit}); d != "" {
			t.Errorf("case %d differs between two recordings:\n%s", i, d)
		}
	}
}

// TestDeadServerIsReported checks that no command waits for a northd that has ended.
func TestDeadServerIsReported(t *testing.T) {
	p := start(t)
	if err := syscall.Kill(p.Pid("northd"), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	err := p.Northbound(t.Context(), nil)
	if err == nil || !strings.Contains(err.Error(), "ovn-northd ended") {
		t.Errorf("the error is %v, want one that says that ovn-northd ended", err)
	}
}

func TestStartOfCanceledContext(t *testing.T) {
	Require(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if p, err := Start(ctx); err == nil {
		t.Error("a control plane was started in a canceled context")
		_ = p.Close()
	}
}

// TestDifferentialFindsDifference compares the real tool with itself, unchanged and with a modified
// output.
func TestDifferentialFindsDifference(t *testing.T) {
	Require(t)
	real := func(database string, args []string) Answer {
		p, err := Serve(context.Background(), database)
		if err != nil {
			return Answer{Stderr: err.Error(), Exit: 1}
		}
		defer p.Close()
		a, err := p.Trace(context.Background(), args)
		if err != nil {
			return Answer{Stderr: err.Error(), Exit: 1}
		}
		return a
	}
	same, err := Differential{Networks: 2, Flows: 10, Tracer: real}.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if same.Microflows != 20 || len(same.Differences) != 0 {
		t.Errorf("the real tool against itself: %v %v", same, same.Differences)
	}

	out := t.TempDir()
	modified := func(database string, args []string) Answer {
		a := real(database, args)
		a.Stdout = strings.ReplaceAll(a.Stdout, "ingress(", "engress(")
		return a
	}
	other, err := Differential{Networks: 1, Flows: 4, Tracer: modified, Out: out}.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(other.Differences) == 0 {
		t.Fatal("no difference from the modified output")
	}
	found, err := Recordings(out)
	if err != nil || len(found) != 1 {
		t.Fatalf("the report has %v, %v", found, err)
	}
	cases, err := ReadCases[Case](found[0].Cases)
	if err != nil || len(cases) != len(other.Differences) {
		t.Fatalf("the report has %d cases, %v", len(cases), err)
	}
	if again := Check(modified, found[0].Database, "", cases); len(again) != len(cases) {
		t.Errorf("%d of %d reported cases differ when they are repeated", len(again), len(cases))
	}
	if words := cases[0].Args; len(words) > 2 || strings.Contains(words[len(words)-1], "&&") {
		t.Errorf("the first case is not shrunk: %q", words)
	}
}
