//go:build linux

package cli

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ovnwalk/ovnwalk/internal/sbtest"
)

// bigDemo writes the built-in network into a file that is big enough to be
// mapped.
func bigDemo(t *testing.T, path string) {
	t.Helper()
	data := sbtest.Demo(t)
	data = append(data, sbtest.Record("JSON", fmt.Appendf(nil, "{\"_comment\":%q}\n", strings.Repeat("x", 17<<20)))...)
	sbtest.WriteFile(t, path, data)
}

// TestDatabaseChanges changes a database's file under commands that have begun
// to answer from it.
func TestDatabaseChanges(t *testing.T) {
	ways := []struct {
		name, says string // says is "" where nothing is wrong
		change     func(path string, size int64) error
	}{
		{"cut to nothing", "the file was truncated while it was read", func(path string, _ int64) error { return os.Truncate(path, 0) }},
		{"cut within a page", "the file was truncated while it was read", func(path string, size int64) error { return os.Truncate(path, size-1) }},
		{"overwritten", "the file was overwritten while it was read", func(path string, size int64) error {
			f, err := os.OpenFile(path, os.O_WRONLY, 0)
			if err != nil {
				return err
			}
			defer f.Close()
			if _, err := f.Write(make([]byte, size)); err != nil {
				return err
			}
			return os.Chtimes(path, time.Time{}, time.Now().Add(time.Hour)) // however coarse the clock is
		}},
		{"added to, as servers do", "", func(path string, _ int64) error {
			f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
			if err != nil {
				return err
			}
			defer f.Close()
			_, err = f.WriteString("OVSDB JSON ")
			return err
		}},
		{"replaced by another", "", func(path string, _ int64) error {
			if err := os.WriteFile(path+".new", nil, 0o666); err != nil {
				return err
			}
			return os.Rename(path+".new", path)
		}},
	}
	const first, second = `{"args": ["network1", "inport == \"vm1\" && arp"]}`,
		`{"args": ["--minimal", "network2", "inport == \"vm2\" && eth.src == 40:44:00:00:00:02 && ip4.src == 192.168.1.11 && eth.dst == 40:44:00:00:00:04 && ip4.dst == 192.168.0.11 && ip.ttl == 9"]}`
	for _, w := range ways {
		for _, args := range [][]string{{"trace", "--batch", "-"}, {"list"}} {
			t.Run(w.name+"/"+args[0], func(t *testing.T) {
				path := filepath.Join(t.TempDir(), "sb.db")
				bigDemo(t, path)
				in, lines := io.Pipe()
				defer lines.Close() // a batch whose database is gone does not wait for the next line
				answers, out := io.Pipe()
				var stderr bytes.Buffer
				status := make(chan int, 1)
				go func() {
					s := system(in, out, &stderr).Run(t.Context(), append(args, "--db", path))
					out.Close()
					status <- s
				}()
				batch := args[0] == "trace"
				if batch {
					fmt.Fprintln(lines, first)
				}
				r := bufio.NewReader(answers)
				if line, err := r.ReadString('\n'); err != nil || batch && !strings.Contains(line, `"exit":0`) {
					t.Fatalf("answer %s, %v", line, err)
				}
				info, err := os.Stat(path)
				if err != nil {
					t.Fatal(err)
				}
				if err := w.change(path, info.Size()); err != nil {
					t.Fatal(err)
				}
				if batch {
					fmt.Fprintln(lines, second)
					if w.says == "" {
						lines.Close()
					}
				}
				rest, err := io.ReadAll(r)
				if err != nil {
					t.Fatal(err)
				}
				got := <-status
				if w.says == "" {
					if got != exitYes || stderr.String() != "" || len(rest) == 0 || batch && !strings.Contains(string(rest), "output") {
						t.Errorf("status %d, answers %q, stderr %q", got, rest, stderr.String())
					}
				} else if got != exitError || batch && len(rest) > 0 || stderr.String() != "ovnwalk: "+path+": "+w.says+"; take a copy of it first\n" {
					t.Errorf("status %d, answers %q, stderr %q", got, rest, stderr.String())
				}
			})
		}
	}
}

// TestDaemonDatabaseChanges cuts the database of a daemon short, and gives it
// back.
func TestDaemonDatabaseChanges(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sb.db")
	bigDemo(t, path)
	b := detach(t, nil, "--db="+path, "-voff")
	if got, refused := b.ask("trace", "--minimal", dropinFlow); refused || !strings.Contains(got, `output("vm2");`) {
		t.Fatalf("before: %s", got)
	}
	if err := os.Truncate(path, 0); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if got, refused := b.ask("trace", "--minimal", dropinFlow); !refused || !strings.Contains(got, path+": the file was truncated while it was read") {
			t.Errorf("cut short: %v, %s", refused, got)
		}
	}
	bigDemo(t, path)
	if got, refused := b.ask("trace", "--minimal", dropinFlow); refused || !strings.Contains(got, `output("vm2");`) {
		t.Errorf("after: %s", got)
	}
	b.ask("exit")
	b.gone()
}
