package cli

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/ovnwalk/ovnwalk/internal/lab"
	"github.com/ovnwalk/ovnwalk/internal/sbtest"
)

const office = "../../testdata/office/"

// whatifCommand returns a command that tries a change of the office network, with its temporary
// files in dir.
func whatifCommand(t *testing.T, dir string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], append([]string{"whatif", "--db", office + "sb.db.gz", "--nb", office + "nb.db.gz"}, args...)...)
	cmd.Args[0] = "ovnwalk"
	cmd.Env = append(os.Environ(), "TMPDIR="+dir)
	return cmd
}

// socketDir makes a directory whose path is short enough for sockets.
func socketDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "w")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// left returns the files in a directory, and the processes that name it in their
// command lines.
func left(t *testing.T, dir string) (all []string) {
	t.Helper()
	all, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), "ps", "-eo", "pid,args").Output()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(out)) {
		if strings.Contains(line, dir+"/") {
			all = append(all, line)
		}
	}
	return all
}

// emptied waits until nothing is left.
func emptied(t *testing.T, dir string) {
	t.Helper()
	var all []string
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if all = left(t, dir); len(all) == 0 {
			return
		}
	}
	t.Errorf("still there: %q", all)
}

// TestWhatifSignals ends whatif by each signal at several moments, the last one during a change.
func TestWhatifSignals(t *testing.T) {
	lab.Require(t)
	dir := socketDir(t)
	for _, s := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGKILL} {
		if signal.Ignored(s) {
			t.Logf("%v is ignored, as nohup(1) has it: a command inherits that until it takes signals", s)
			continue
		}
		for _, after := range []time.Duration{1, 15, 40, 90, 200, 500, 1500} {
			cmd := whatifCommand(t, dir, "--script", "testdata/sleep.sh")
			var errs bytes.Buffer
			cmd.Stderr = &errs
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			time.Sleep(after * time.Millisecond)
			if err := cmd.Process.Signal(s); err != nil {
				t.Fatal(err)
			}
			err := cmd.Wait()
			var exit *exec.ExitError
			if !errors.As(err, &exit) {
				t.Fatalf("%v after %d ms: %v\n%s", s, after, err, &errs)
			}
			// Before it takes signals it ends by the signal.
			if code := exit.ExitCode(); code != 2 && code != -1 {
				t.Errorf("%v after %d ms: exit status %d\n%s", s, after, code, &errs)
			} else if want := "ovnwalk: " + s.String() + " signal received\n"; code == 2 && !strings.Contains(errs.String(), want) {
				t.Errorf("%v after %d ms: %q, want %q", s, after, &errs, want)
			}
			if s == syscall.SIGKILL {
				emptied(t, dir)
			} else if all := left(t, dir); len(all) > 0 {
				t.Errorf("%v after %d ms: still there: %q", s, after, all)
			}
		}
	}
}

// TestWhatifRemovesLeftovers kills a run and its supervisor; the next run removes what they leave.
func TestWhatifRemovesLeftovers(t *testing.T) {
	lab.Require(t)
	dir := socketDir(t)
	cmd := whatifCommand(t, dir, "--script", "testdata/sleep.sh")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(20 * time.Second); len(left(t, dir)) < 4; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("no control plane was raised")
		}
	}
	// The supervisor names the directory without anything behind it.
	planes, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(planes) != 1 {
		t.Fatal(planes, err)
	}
	pids, err := exec.CommandContext(t.Context(), "pgrep", "-f", planes[0]+"$").Output()
	if err != nil {
		t.Fatal(err)
	}
	if err := exec.CommandContext(t.Context(), "kill", append([]string{"-KILL"}, strings.Fields(string(pids))...)...).Run(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if len(left(t, dir)) == 0 {
		t.Fatal("nothing was left to sweep")
	}
	if out, err := whatifCommand(t, dir, "--nbctl", "ls-add other", "--from", "web1", "--to", "db1", "--proto", "tcp:5432").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	emptied(t, dir)
}

// TestWhatifAtOnce makes different changes at the same time, with one directory for
// temporary files whose path is too long for sockets.
func TestWhatifAtOnce(t *testing.T) {
	lab.Require(t)
	dir := filepath.Join(t.TempDir(), strings.Repeat("long", 40))
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for _, port := range []string{"5432", "5433", "5432", "5433"} {
		wg.Go(func() {
			out, err := whatifCommand(t, dir, "--nbctl", "acl-add db to-lport 1500 'tcp.dst == "+port+"' drop", "--from", "web1", "--to", "db1", "--proto", "tcp:5432").Output()
			want, code := "\n1 of 1 packet changed (1 cause)", 1
			if port == "5433" {
				want, code = "\nthe same", 0
			}
			var exit *exec.ExitError
			got := 0
			if errors.As(err, &exit) {
				got = exit.ExitCode()
			} else if err != nil {
				t.Error(err)
			}
			if got != code || code == 1 && !strings.Contains(string(out), want) {
				t.Errorf("port %s: exit status %d, want %d: %s", port, got, code, out)
			}
		})
	}
	wg.Wait()
	if all := left(t, dir); len(all) > 0 {
		t.Errorf("still there: %q", all)
	}
}

// TestWhatifSources reads clustered files and live servers, which are not changed.
func TestWhatifSources(t *testing.T) {
	lab.Require(t)
	dir := socketDir(t)
	run := func(program string, args ...string) {
		t.Helper()
		if out, err := exec.CommandContext(t.Context(), lab.ToolPath(program), args...).CombinedOutput(); err != nil {
			t.Fatalf("%s %q: %v\n%s", program, args, err, out)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var servers sync.WaitGroup
	for _, name := range []string{"sb", "nb"} {
		file := filepath.Join(dir, name)
		sbtest.WriteFile(t, file+".db", sbtest.Content(t, office+name+".db.gz"))
		run("ovsdb-tool", "create-cluster", file+".raft", file+".db", "unix:"+file+".raft.sock")
		cmd := exec.CommandContext(ctx, lab.ToolPath("ovsdb-server"), "--remote=punix:"+file+".sock", "--unixctl="+file+".ctl", "--log-file=/dev/null", "-vconsole:off", file+".db")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		servers.Go(func() { _ = cmd.Wait() })
		for end := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
			if _, err := os.Stat(file + ".sock"); err == nil {
				break
			} else if time.Now().After(end) {
				t.Fatal(err)
			}
		}
	}
	before := sbtest.Content(t, filepath.Join(dir, "nb.db"))
	for _, form := range []string{".raft", ".sock"} {
		prefix := ""
		if form == ".sock" {
			prefix = "unix:"
		}
		cmd := exec.CommandContext(t.Context(), os.Args[0], "whatif", "--db", prefix+filepath.Join(dir, "sb"+form), "--nb", prefix+filepath.Join(dir, "nb"+form),
			"--nbctl", "acl-add db to-lport 1500 'tcp.dst == 5432' drop", "--connect", "--from web1 --to db1 --proto tcp:5432")
		cmd.Args[0] = "ovnwalk"
		out, err := cmd.Output()
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != 1 {
			t.Errorf("%s: %v", form, err)
		}
		if !strings.Contains(string(out), "before the change: works") || !strings.Contains(string(out), "after the change: fails: acl-drop") {
			t.Errorf("%s: %s", form, out)
		}
	}
	if after, err := os.ReadFile(filepath.Join(dir, "nb.db")); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the server's database changed: %v", err)
	}
	cancel()
	servers.Wait()
}
