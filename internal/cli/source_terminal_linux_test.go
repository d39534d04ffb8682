package cli

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/ovnwalk/ovnwalk/internal/input"
	"github.com/ovnwalk/ovnwalk/internal/sbtest"
)

// terminalPair opens a pseudoterminal (pty(7)).
func terminalPair(t *testing.T) (outside, inside *os.File) {
	t.Helper()
	outside, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("skipped: no pseudoterminals (%v)", err)
	}
	t.Cleanup(func() { outside.Close() })
	if err := unix.IoctlSetPointerInt(int(outside.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Skipf("skipped: %v", err)
	}
	n, err := unix.IoctlGetInt(int(outside.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	inside, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("skipped: %v", err)
	}
	return outside, inside
}

// TestProgressOnTerminal reads a source that takes its time, with standard error
// once a terminal and once not.
func TestProgressOnTerminal(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: a bar appears only after a second")
	}
	for _, test := range []struct {
		name string
		bar  bool
	}{{"terminal", true}, {"pipe", false}} {
		t.Run(test.name, func(t *testing.T) {
			data := sbtest.Content(t, demoFile(t))
			fifo := filepath.Join(t.TempDir(), "sb.db") // a source as slow as we like
			if err := unix.Mkfifo(fifo, 0o600); err != nil {
				t.Fatal(err)
			}
			name, err := link(t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			cmd := exec.Command(name, "--db="+fifo, "--min", dropinFlow)
			shown := make(chan string, 1)
			if test.bar {
				outside, inside := terminalPair(t)
				cmd.Stderr = inside
				defer func() { inside.Close() }()
				go func() {
					b := make([]byte, 1<<16)
					n, all := 0, ""
					for err := error(nil); err == nil && !strings.Contains(all, "reading"); {
						n, err = outside.Read(b)
						all += string(b[:n])
					}
					shown <- all
				}()
			} else {
				r, w, err := os.Pipe()
				if err != nil {
					t.Fatal(err)
				}
				cmd.Stderr = w
				go func() {
					b, _ := io.ReadAll(r)
					shown <- string(b)
				}()
				defer func() { r.Close() }()
				defer w.Close()
			}
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			if f, ok := cmd.Stderr.(*os.File); ok && !test.bar {
				f.Close()
			}
			w, err := os.OpenFile(fifo, os.O_WRONLY, 0)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := w.Write(data[:len(data)/2]); err != nil {
				t.Fatal(err)
			}
			got := ""
			if test.bar {
				select {
				case got = <-shown:
				case <-time.After(2 * time.Minute):
					t.Error("no bar")
				}
			} else {
				time.Sleep(input.ProgressDelay + input.ProgressDelay/2)
			}
			if _, err := w.Write(data[len(data)/2:]); err != nil {
				t.Fatal(err)
			}
			w.Close()
			answer, err := io.ReadAll(out)
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Wait(); err != nil || !strings.HasSuffix(string(answer), "output(\"vm2\");\n") {
				t.Errorf("%v, %s", err, answer)
			}
			if !test.bar {
				got = <-shown
			}
			if strings.Contains(got, "reading sb.db") != test.bar || !test.bar && got != "" {
				t.Errorf("standard error: %q", got)
			}
		})
	}
}
