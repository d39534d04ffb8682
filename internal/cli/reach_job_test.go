package cli

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ovnwalk/ovnwalk/internal/sbtest"
)

// TestMatrixAsJob runs the shares of a matrix as the pods of the Job in deploy/ do: each
// is a process, some are killed in the middle of their work, and each is repeated until it
// exits with 0.  The parts together are the bytes of one run.
func TestMatrixAsJob(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: too long for -short")
	}
	const shares = 4
	dir := t.TempDir()
	db, err := filepath.Abs(filepath.Join("..", "..", "testdata", "corpus", "seed-04.db.gz"))
	if err != nil {
		t.Fatal(err)
	}
	part := func(i int) string { return filepath.Join(dir, fmt.Sprintf("part-%d.ndjson.zst", i)) }
	killed := 0
	for i := range shares {
		for attempt := 0; ; attempt++ {
			if attempt > 3 {
				t.Fatalf("share %d does not come to its end", i)
			}
			var stderr bytes.Buffer
			cmd := exec.Command("ovnwalk", "reach", "--matrix", "--db="+db, fmt.Sprint("--shard=job/", shares), "--resume", "--output="+part(i), "ip4 || ip6")
			cmd.Env = append(os.Environ(), fmt.Sprint("JOB_COMPLETION_INDEX=", i))
			cmd.Stderr = &stderr
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			ended := make(chan error, 1)
			go func() { ended <- cmd.Wait() }()
			if attempt == 0 && i%2 == 1 && comesToWork(part(i)+".partial", ended) {
				if err := cmd.Process.Kill(); err != nil {
					t.Fatal(err)
				}
				if err := <-ended; err != nil {
					killed++
					if _, err := os.Stat(part(i)); !errors.Is(err, os.ErrNotExist) {
						t.Errorf("share %d was killed, and its part is there: %v", i, err)
					}
				}
				continue
			}
			if err := <-ended; err != nil {
				t.Fatalf("share %d: %v: %s", i, err, stderr.String())
			}
			break
		}
	}
	if killed == 0 {
		t.Error("no process was killed")
	}
	run := func(args ...string) {
		t.Helper()
		if out, err := exec.Command("ovnwalk", args...).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v: %s", strings.Join(args, " "), err, out)
		}
	}
	merged, whole := filepath.Join(dir, "merged.ndjson"), filepath.Join(dir, "whole.ndjson")
	run("reach", "merge", part(2), part(0), part(3), part(1), "-o", merged)
	run("reach", "--matrix", "--db="+db, "-o", whole, "ip4 || ip6")
	a := sbtest.Content(t, merged)
	b := sbtest.Content(t, whole)
	if !bytes.Equal(a, b) {
		t.Errorf("the parts are %d bytes together, and the whole is %d", len(a), len(b))
	}
}

// comesToWork waits until a checkpoint has something in it; it is false if the process
// ended before.
func comesToWork(path string, ended chan error) bool {
	for {
		if info, err := os.Stat(path); err == nil && info.Size() > 0 {
			return true
		}
		select {
		case err := <-ended:
			ended <- err
			return false
		case <-time.After(time.Millisecond):
		}
	}
}

// TestMatrixExitStatus checks that bad input has another exit status than work that ended
// early: the Job in deploy/ repeats the one and not the other.
func TestMatrixExitStatus(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct {
		name string
		args []string
		want int
	}{
		{"no such database", []string{"--db=" + filepath.Join(dir, "none.db"), "-o", filepath.Join(dir, "a.ndjson")}, exitError},
		{"no such port", []string{"--db=demo", "--from=nobody", "-o", filepath.Join(dir, "a.ndjson")}, exitError},
		{"no indexed job", []string{"--db=demo", "--shard=job/2", "-o", filepath.Join(dir, "a.ndjson")}, exitError},
		{"nowhere to write", []string{"--db=demo", "-o", filepath.Join(dir, "none", "a.ndjson")}, exitAgain},
	} {
		t.Run(c.name, func(t *testing.T) {
			cmd := exec.Command("ovnwalk", append([]string{"reach", "--matrix"}, c.args...)...)
			out, err := cmd.CombinedOutput()
			if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.ExitCode() != c.want {
				t.Errorf("%v, not exit status %d: %s", err, c.want, out)
			}
		})
	}
}
