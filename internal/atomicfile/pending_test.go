//go:build unix

package atomicfile

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/ovnwalk/ovnwalk/internal/sbtest"
)

// childVar makes the test binary a process that writes a file and waits.
const childVar = "WHOLE_WRITES"

func TestMain(m *testing.M) {
	if path := os.Getenv(childVar); path != "" {
		if os.Getenv("WHOLE_IGNORES") != "" {
			signal.Ignore(syscall.SIGHUP)
		}
		err := Write(path, func(w io.Writer) error {
			_, _ = io.WriteString(w, "new")
			fmt.Println("writing")
			_, _ = bufio.NewReader(os.Stdin).ReadString('\n')
			return nil
		})
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// TestWriteSignals ends a process by a signal while it writes: the old file is unchanged, there is no
// other file, and the exit status shows the signal.
func TestWriteSignals(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name    string
		signal  syscall.Signal
		ignored bool
	}{
		{"interrupt", syscall.SIGINT, false},
		{"terminate", syscall.SIGTERM, false},
		{"hang up", syscall.SIGHUP, false},
		{"hang up under nohup", syscall.SIGHUP, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			if signal.Ignored(test.signal) && !test.ignored {
				t.Skip("skipped: the tests run under nohup, and so would the child")
			}
			dir := t.TempDir()
			path := filepath.Join(dir, "f")
			sbtest.WriteFile(t, path, []byte("old"))
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			cmd := exec.CommandContext(ctx, self)
			cmd.Env = append(os.Environ(), childVar+"="+path)
			if test.ignored {
				cmd.Env = append(cmd.Env, "WHOLE_IGNORES=1")
			}
			in, err := cmd.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			if line, err := bufio.NewReader(out).ReadString('\n'); line != "writing\n" {
				t.Fatal(line, err)
			}
			if entries, _ := os.ReadDir(dir); len(entries) != 2 {
				t.Fatalf("%d files while one is written", len(entries))
			}
			if err := cmd.Process.Signal(test.signal); err != nil {
				t.Fatal(err)
			}
			want := "old"
			if test.ignored {
				want = "new"
				if _, err := io.WriteString(in, "\n"); err != nil {
					t.Fatal(err)
				}
			}
			err = cmd.Wait()
			var exit *exec.ExitError
			if test.ignored {
				if err != nil {
					t.Error(err)
				}
			} else if !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != test.signal {
				t.Errorf("the process ended with %v", err)
			}
			entries, err := os.ReadDir(dir)
			if err != nil || len(entries) != 1 || content(t, path) != want {
				t.Errorf("%v: %v, %s", err, entries, content(t, path))
			}
		})
	}
}

// TestWriteRestoresSignals writes a file and expects the previous handling of signals.
func TestWriteRestoresSignals(t *testing.T) {
	if err := Write(filepath.Join(t.TempDir(), "f"), put("x")); err != nil {
		t.Fatal(err)
	}
	pending.mu.Lock()
	defer pending.mu.Unlock()
	if pending.signals != nil || len(pending.files) != 0 {
		t.Errorf("left pending: %v", pending.files)
	}
}
