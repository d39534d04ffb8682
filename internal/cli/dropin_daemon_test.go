//go:build unix

package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ovnwalk/ovnwalk/internal/cli/dropin"
	"github.com/ovnwalk/ovnwalk/internal/lab"
	"github.com/ovnwalk/ovnwalk/internal/sbtest"
)

// background runs ovn-trace --detach and answers commands, by its own words or
// by those of ovn-appctl.
type inBackground struct {
	t       *testing.T
	program string
	dir     string // of the pidfile and the socket
	pid     int
}

// detach starts a daemon.  The directory's name is short, as sockets want it.
func detach(t *testing.T, env []string, args ...string) *inBackground {
	t.Helper()
	dir, err := os.MkdirTemp("", "ow")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	name, err := link(dir)
	if err != nil {
		t.Fatal(err)
	}
	b := &inBackground{t: t, program: name, dir: dir}
	var stderr bytes.Buffer
	cmd := exec.Command(name, append([]string{"--detach", "--pidfile=d.pid", "--unixctl=d.ctl"}, args...)...)
	cmd.Env = append(append(os.Environ(), "OVN_RUNDIR="+dir), env...)
	cmd.Dir, cmd.Stderr = dir, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("not detached: %v\n%s", err, &stderr)
	}
	pid := sbtest.Content(t, filepath.Join(dir, "d.pid"))
	if b.pid, err = strconv.Atoi(strings.TrimSpace(string(pid))); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Kill(b.pid, syscall.SIGKILL) }) // if the test has not ended it
	return b
}

// ask sends a command and returns the reply or the error.
func (b *inBackground) ask(method string, args ...string) (text string, refused bool) {
	b.t.Helper()
	conn, err := net.Dial("unix", filepath.Join(b.dir, "d.ctl"))
	if err != nil {
		b.t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(5 * time.Minute)); err != nil {
		b.t.Fatal(err)
	}
	if args == nil {
		args = []string{}
	}
	if err := json.NewEncoder(conn).Encode(map[string]any{"id": 0, "method": method, "params": args}); err != nil {
		b.t.Fatal(err)
	}
	var reply struct{ Result, Error *string }
	if err := json.NewDecoder(conn).Decode(&reply); err != nil {
		b.t.Fatal(err)
	}
	if reply.Error != nil {
		return *reply.Error, true
	}
	return *reply.Result, false
}

// gone waits until the process has ended and its files are away.
func (b *inBackground) gone() {
	b.t.Helper()
	sbtest.Await(b.t, "the daemon and its files are gone", func() bool {
		left, err := filepath.Glob(filepath.Join(b.dir, "d.*"))
		if err != nil {
			b.t.Fatal(err)
		}
		return len(left) == 0 && errors.Is(syscall.Kill(b.pid, 0), syscall.ESRCH)
	})
}

// direct is what the program answers without a daemon.
func (b *inBackground) direct(args ...string) string {
	b.t.Helper()
	out, err := exec.Command(b.program, args...).Output()
	if err != nil {
		b.t.Fatal(err)
	}
	return string(out)
}

func TestDaemon(t *testing.T) {
	database := demoFile(t)
	b := detach(t, nil, "--db="+database, "-voff")
	info, err := os.Stat(filepath.Join(b.dir, "d.ctl"))
	if err != nil || info.Mode().Perm()&0o007 != 0 {
		t.Errorf("others may use the socket: %v, %v", info.Mode(), err)
	}
	if cwd, err := os.Readlink("/proc/" + strconv.Itoa(b.pid) + "/cwd"); err == nil && cwd != "/" {
		t.Errorf("the daemon stays in %s", cwd)
	}
	for _, opts := range [][]string{nil, {"--all"}, {"--summary"}, {"--minimal", "--detailed"}} {
		want := b.direct(append(append([]string{"--db", database, "-voff"}, opts...), "network1", dropinFlow)...)
		if got, refused := b.ask("trace", append(opts, "network1", dropinFlow)...); refused || got != want {
			t.Errorf("%q: got\n%s\nwant\n%s", opts, got, want)
		}
		if got, refused := b.ask("trace", append(opts, dropinFlow)...); refused || got != want {
			t.Errorf("%q without a datapath: got\n%s\nwant\n%s", opts, got, want)
		}
	}
	for _, test := range []struct {
		args    string // the command and its arguments, with | between them
		want    string
		refused bool
	}{
		{"trace|x", "error parsing flow: Syntax error at `x' expecting field name.\n", false},
		{"trace|nosuch|x", "unknown datapath \"nosuch\"\n", false},
		{"trace|network1|ip4", "microflow does not specify ingress port, without which port security cannot be checked (ovn-trace 23.03.1 aborts here)\n", true},
		{"trace", "\"trace\" command requires at least 1 arguments\n", true},
		{"trace|--all", "one or two non-option arguments are required\n", true},
		{"trace|a|b|c", "one or two non-option arguments are required\n", true},
		{"trace|--ct=new|x", "unknown option\n", true},
		{"trace|--all=1|x", "unknown option\n", true},
		{"trace|-", "unknown option\n", true},
		{"trace|--|x", "unknown option\n", true},
		{"trace|--lb-dst=10.0.0.1|y", "unknown option\n", true},
		{"trace|--lb-dst|10.0.0.1|y", "unknown option\n", true},
		{"trace|--select-id=1|y", "unknown option\n", true},
		{"vlog/set|foo", "no destination, level, or module \"foo\"\n", true},
		{"vlog/set|lldp:dbg", "no destination, level, or module \"lldp\"\n", true},
		{"vlog/set|netdev_dummy:dbg", "no destination, level, or module \"netdev_dummy\"\n", true},
		{"vlog/set|console:off|file:dbg", "", false},
		{"vlog/set", "", false},
		{"vlog/close", "", false},
		{"vlog/reopen", "Logging to file not configured\n", true},
		{"exit|now", "\"exit\" command takes at most 0 arguments\n", true},
	} {
		words := strings.Split(test.args, "|")
		if got, refused := b.ask(words[0], words[1:]...); got != test.want || refused != test.refused {
			t.Errorf("%s: %q (refused: %v), want %q", test.args, got, refused, test.want)
		}
	}
	if got, refused := b.ask("exit"); got != "" || refused {
		t.Errorf("exit: %q, %v", got, refused)
	}
	b.gone()
}

// TestDaemonChoices selects a backend and a select member for single traces; later traces use those of
// the daemon's command line.
func TestDaemonChoices(t *testing.T) {
	db := sbtest.New("23.03.1")
	d := db.Datapath("sw", 1)
	db.Port(d, "p", 1, "")
	db.Flow(d, "ingress", 0, 2, "udp", "reg9[16..31] = select(1, 2, 3);")
	db.Flow(d, "ingress", 0, 1, "ip4", "ct_lb_mark(backends=10.0.0.1:80,10.0.0.2:80,10.0.0.3:80);")
	for i := range 3 {
		n := strconv.Itoa(i + 1)
		db.Flow(d, "ingress", 1, 1, "ip4.dst == 10.0.0."+n, "reg1 = "+n+"; next;")
		db.Flow(d, "ingress", 1, 2, "reg9[16..31] == "+n, "reg2 = "+n+"; next;")
	}
	database := db.File(t)
	b := detach(t, nil, "--db="+database, "--lb-dst=10.0.0.2:80", "--select-id=2")
	const tcp, udp = `inport == "p" && ip4 && tcp`, `inport == "p" && ip4 && udp`
	for _, test := range []struct{ args, want string }{
		{tcp, "ip4.dst == 10.0.0.2, priority 1"},
		{udp, "reg9[16..31] == 2, priority 2"},
		{tcp, "ip4.dst == 10.0.0.2, priority 1"},
		{udp, "reg9[16..31] == 2, priority 2"},
	} {
		got, refused := b.ask("trace", strings.Split(test.args, "|")...)
		if refused || !strings.Contains(got, test.want) {
			t.Errorf("%s: want %s in\n%s", test.args, test.want, got)
		}
	}
	b.ask("exit")
	b.gone()
}

// TestDaemonFollowsFile exchanges the database's file under the daemon.
func TestDaemonFollowsFile(t *testing.T) {
	network := func(name string) []byte {
		db := sbtest.New("23.03.1")
		d := db.Datapath(name, 1)
		db.Port(d, "p", 1, "")
		return db.Bytes()
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "sb.db")
	write := func(data []byte) {
		t.Helper()
		tmp := filepath.Join(dir, "tmp")
		if err := errors.Join(os.WriteFile(tmp, data, 0o600), os.Rename(tmp, file)); err != nil {
			t.Fatal(err)
		}
	}
	write(network("first"))
	b := detach(t, nil, "--db="+file, "--log-file="+filepath.Join(dir, "log"))
	expect := func(want string) {
		t.Helper()
		if got, _ := b.ask("trace", `inport == "p"`); !strings.Contains(got, `ingress(dp="`+want+`"`) {
			t.Errorf("not from %s: %s", want, got)
		}
	}
	expect("first")
	write(network("second"))
	expect("second")
	write([]byte("torn"))
	expect("second")
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	expect("second")
	write(network("third"))
	expect("third")
	log, err := os.ReadFile(filepath.Join(dir, "log"))
	if err != nil || strings.Count(string(log), "; using the data read before") < 2 {
		t.Errorf("the log does not mention the file's damage: %v\n%s", err, log)
	}
	if err := syscall.Kill(b.pid, syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	b.gone()
}

// TestDaemonMonitor kills a monitored daemon: another one is started, and ends on request.
func TestDaemonMonitor(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: a daemon starts anew only after 10 seconds")
	}
	b := detach(t, nil, "--db="+demoFile(t), "--monitor")
	old := b.pid
	if err := syscall.Kill(old, syscall.SIGSEGV); err != nil {
		t.Fatal(err)
	}
	sbtest.Await(t, "a daemon is in its place", func() bool {
		text, _ := os.ReadFile(filepath.Join(b.dir, "d.pid"))
		pid, _ := strconv.Atoi(strings.TrimSpace(string(text)))
		if pid == old || pid == 0 {
			return false
		}
		b.pid = pid
		return true
	})
	sbtest.AwaitServer(t, "unix", filepath.Join(b.dir, "d.ctl")) // the pidfile comes first
	if got, _ := b.ask("version"); !strings.HasPrefix(got, "ovn-trace (ovnwalk)") {
		t.Errorf("version: %q", got)
	}
	b.ask("exit")
	b.gone()
}

// TestDetachFails starts daemons that fail: the parent process reports the error and fails.
func TestDetachFails(t *testing.T) {
	database := demoFile(t)
	running := detach(t, nil, "--db="+database)
	for _, test := range []struct{ args, want string }{
		{"--db=/nonexistent/sb.db", "/nonexistent/sb.db: database connection failed (No such file or directory)"},
		{"--db=unix:/nonexistent", "unix:/nonexistent: database connection failed (No such file or directory)"},
		{"--db=$DB|--unixctl=/nonexistent/x", "/nonexistent/x: could not initialize control socket (No such file or directory)\novn-trace: failed to create unixctl server (No such file or directory)"},
		{"--db=$DB|--pidfile=/nonexistent/x", "/nonexistent/x.tmp: create failed (No such file or directory)"},
		{"--db=$DB|--pidfile=d.pid|--unixctl=e.ctl", running.dir + "/d.pid: already running as pid " + strconv.Itoa(running.pid) + ", aborting"},
		{"--db=-", "--detach reads its database repeatedly; standard input can be read only once"},
	} {
		args := append([]string{"--detach", "--unixctl=e.ctl"}, strings.Split(strings.ReplaceAll(test.args, "$DB", database), "|")...)
		var stderr bytes.Buffer
		cmd := exec.Command(running.program, args...)
		cmd.Env = append(os.Environ(), "OVN_RUNDIR="+running.dir)
		cmd.Stderr = &stderr
		err := cmd.Run()
		if cmd.ProcessState.ExitCode() != dropin.ExitFailed || stderr.String() != "ovn-trace: "+test.want+"\n" {
			t.Errorf("%s: %v, %q, want %q", test.args, err, &stderr, test.want)
		}
	}
	if _, err := os.Stat(filepath.Join(running.dir, "e.ctl")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a socket is left behind: %v", err)
	}
	running.ask("exit")
	running.gone()
	sys := &System{Getenv: noEnvironment, Stderr: &bytes.Buffer{}}
	if exit := runDropin(t.Context(), sys, dropin.Name, []string{"--detach", "--db=" + database}); exit != dropin.ExitFailed {
		t.Errorf("a process that cannot run again went to the background")
	}
}

// TestDaemonReal has the real ovn-appctl talk to the daemon and, in the same
// words, to the real one.
func TestDaemonReal(t *testing.T) {
	lab.Require(t)
	appctl, err := exec.LookPath("ovn-appctl")
	if err != nil {
		t.Skip("skipped: no ovn-appctl")
	}
	plane, err := lab.Serve(t.Context(), demoFile(t))
	if err != nil {
		t.Fatal(err)
	}
	defer plane.Close()
	ours := detach(t, nil, "--db="+plane.Remote(), "-voff")
	dir := filepath.Join(ours.dir, "real")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	real := exec.Command(dropin.Name, "--db="+plane.Remote(), "-voff", "--detach", "--pidfile="+dir+"/d.pid", "--unixctl="+dir+"/d.ctl")
	if out, err := real.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	ask := func(dir string, words ...string) string {
		t.Helper()
		var out bytes.Buffer
		cmd := exec.Command(appctl, append([]string{"-t", dir + "/d.ctl"}, words...)...)
		cmd.Stdout, cmd.Stderr = &out, &out
		err := cmd.Run()
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) {
			t.Fatal(err)
		}
		return strings.ReplaceAll(out.String(), dir, "DIR") + "exit status " + strconv.Itoa(cmd.ProcessState.ExitCode()) + "\n"
	}
	for _, words := range [][]string{
		{"trace"},
		{"trace", "x"},
		{"trace", "nosuch", "x"},
		{"trace", "--foo", "x"},
		{"trace", "a", "b", "c"},
		{"trace", "--all"},
		{"trace", "-"},
		{"trace", "network1", dropinFlow},
		{"trace", "--all", dropinFlow},
		{"trace", "--minimal", "--summary", "network1", dropinFlow},
		{"foo"},
		{"version", "x"},
		{"exit", "now"},
		{"vlog/list"},
		{"vlog/set", "foo"},
		{"vlog/set", "lldp:dbg"},
		{"vlog/set", "netdev_dummy:dbg"},
		{"vlog/reopen"},
		{"exit"},
	} {
		got, want := ask(ours.dir, words...), ask(dir, words...)
		if got != want {
			t.Errorf("%q: got\n%s\nwant\n%s", words, got, want)
		}
	}
	ours.gone()
}

// TestDaemonFollowsServer changes a live database under the daemon.
func TestDaemonFollowsServer(t *testing.T) {
	lab.Require(t)
	plane, err := lab.Serve(t.Context(), demoFile(t))
	if err != nil {
		t.Fatal(err)
	}
	defer plane.Close()
	b := detach(t, nil, "--db="+plane.Remote(), "-voff")
	if got, _ := b.ask("trace", "--minimal", dropinFlow); !strings.Contains(got, `output("vm2");`) {
		t.Fatalf("before: %s", got)
	}
	change := exec.Command("ovn-sbctl", "--db="+plane.Remote(), "set", "Port_Binding", "vm2", "external_ids:name=renamed")
	if out, err := change.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	sbtest.Await(t, "a trace knows the port's new name", func() bool {
		got, _ := b.ask("trace", "--minimal", dropinFlow)
		return strings.Contains(got, `output("renamed");`)
	})
	if err := plane.Close(); err != nil {
		t.Fatal(err)
	}
	if got, refused := b.ask("trace", "--minimal", dropinFlow); refused || !strings.Contains(got, `output("renamed");`) {
		t.Errorf("without the server: %s", got)
	}
	b.ask("exit")
	b.gone()
}
