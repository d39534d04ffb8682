//go:build unix

package daemon

import (
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

	"github.com/ovnwalk/ovnwalk/internal/sbtest"
)

// short creates a directory with a path short enough for sockets.
func short(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "ow")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func TestListen(t *testing.T) {
	dir := short(t)
	long := filepath.Join(dir, strings.Repeat("deep/", 30))
	if err := os.MkdirAll(long, 0o700); err != nil {
		t.Fatal(err)
	}
	old := syscall.Umask(0o027)
	defer syscall.Umask(old)
	for _, test := range []struct {
		name, path string
		before     func(path string) error
		want       error
	}{
		{"fresh", filepath.Join(dir, "a.ctl"), nil, nil},
		{"long path", filepath.Join(long, "a.ctl"), nil, nil},
		{"left behind", filepath.Join(dir, "b.ctl"), func(path string) error {
			l, err := net.Listen("unix", path)
			if err != nil {
				return err
			}
			l.(*net.UnixListener).SetUnlinkOnClose(false)
			return l.Close()
		}, nil},
		{"a file", filepath.Join(dir, "c.ctl"), func(path string) error { return os.WriteFile(path, []byte("mine"), 0o600) }, fs.ErrExist},
		{"no directory", filepath.Join(dir, "no", "d.ctl"), nil, fs.ErrNotExist},
	} {
		t.Run(test.name, func(t *testing.T) {
			if test.before != nil {
				if err := test.before(test.path); err != nil {
					t.Fatal(err)
				}
			}
			l, err := Listen(t.Context(), test.path)
			if !errors.Is(err, test.want) {
				t.Fatalf("%v, want %v", err, test.want)
			}
			if err != nil {
				return
			}
			info, err := os.Stat(test.path)
			if err != nil {
				t.Fatal(err)
			}
			if got := info.Mode(); got != fs.ModeSocket|0o750 {
				t.Errorf("mode %s", got)
			}
			if err := l.Close(); err != nil {
				t.Error(err)
			}
			if _, err := os.Lstat(test.path); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("the socket is still there: %v", err)
			}
		})
	}
}

// TestListenerKeepsOtherFiles closes a listener after another process replaced its socket.
func TestListenerKeepsOtherFiles(t *testing.T) {
	path := filepath.Join(short(t), "a.ctl")
	first, err := Listen(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	second, err := Listen(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if err := first.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Lstat(path); err != nil {
		t.Errorf("the second socket is gone: %v", err)
	}
	if err := second.Close(); err != nil {
		t.Error(err)
	}
}

// holdVar makes the test binary keep a pidfile until the end of its input.
const holdVar = "OVNWALK_TEST_HOLD"

func TestMain(m *testing.M) {
	if path := os.Getenv(holdVar); path != "" {
		p, err := ClaimPidfile(path, os.Getenv("OVNWALK_TEST_OVERWRITE") != "")
		if err != nil {
			os.Stderr.WriteString(err.Error())
			os.Exit(1)
		}
		os.Stdout.WriteString("held\n")
		os.Stdin.Read(make([]byte, 1))
		p.Release()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func TestPidfile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.pid")
	sbtest.WriteFile(t, path, []byte("999999\n"))
	holder := exec.Command(os.Args[0])
	holder.Env = append(os.Environ(), holdVar+"="+path)
	holder.Stderr = os.Stderr
	in, err := holder.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := holder.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := holder.Start(); err != nil {
		t.Fatal(err)
	}
	if n, err := out.Read(make([]byte, 5)); n != 5 {
		t.Fatalf("the stale pidfile was not taken: %v", err)
	}
	got, err := os.ReadFile(path)
	if want := strconv.Itoa(holder.Process.Pid) + "\n"; err != nil || string(got) != want {
		t.Errorf("%q, %v; want %q", got, err, want)
	}
	_, err = ClaimPidfile(path, false)
	if running, ok := errors.AsType[*RunningError](err); !ok || running.PID != holder.Process.Pid {
		t.Errorf("claimed a held pidfile: %v", err)
	}
	taken, err := ClaimPidfile(path, true)
	if err != nil {
		t.Fatalf("not overwritten: %v", err)
	}
	if got, _ := os.ReadFile(path); string(got) != strconv.Itoa(os.Getpid())+"\n" {
		t.Errorf("overwritten with %q", got)
	}
	in.Close()
	if err := holder.Wait(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Errorf("the first process removed the second's pidfile: %v", err)
	}
	if err := taken.Release(); err != nil {
		t.Error(err)
	}
	left, err := filepath.Glob(path + "*")
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %q, %v", left, err)
	}
	if _, err := ClaimPidfile(filepath.Join(path, "no", "x.pid"), false); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v", err)
	}
}

func TestCredential(t *testing.T) {
	for _, test := range []struct {
		spec string
		kind string // "" for no error
	}{
		{"root", ""}, {"root:", ""}, {"root:root", ""}, {"no-such-user", "user"}, {"root:no-such-group", "group"}, {"", "user"},
	} {
		err := CheckUser(test.spec)
		var e *UserError
		if test.kind == "" && err != nil || test.kind != "" && (!errors.As(err, &e) || e.Kind != test.kind) {
			t.Errorf("%q: %v, want an unknown %q", test.spec, err, test.kind)
		}
	}
}
