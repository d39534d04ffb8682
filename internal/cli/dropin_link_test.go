package cli

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/ovnwalk/ovnwalk/internal/lab"
)

// linked traces by running the program under the name ovn-trace.
func linked(t *testing.T) lab.Tracer {
	t.Helper()
	name, err := link(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return func(database string, args []string) lab.Answer {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
		defer cancel()
		var stdout, stderr bytes.Buffer
		cmd := exec.CommandContext(ctx, name, append([]string{"--db=" + database}, args...)...)
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		var exit *exec.ExitError
		if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
			return lab.Answer{Stderr: err.Error(), Exit: -1}
		}
		return lab.Answer{Stdout: stdout.String(), Stderr: stderr.String(), Exit: cmd.ProcessState.ExitCode()}
	}
}

// TestDropinCorpus traces recorded cases through the link's name: every case of
// the tree's own corpus, and some of the one that the environment names.
func TestDropinCorpus(t *testing.T) {
	t.Run("own", func(t *testing.T) { dropinCorpus(t, filepath.Join("..", "..", "testdata", "corpus"), 1) })
	t.Run("given", func(t *testing.T) {
		const corpusEnv = "OVNWALK_CORPUS"
		folder := os.Getenv(corpusEnv)
		if folder == "" {
			t.Skipf("skipped: %s names no corpus", corpusEnv)
		}
		dropinCorpus(t, folder, 9)
	})
}

// dropinCorpus runs every step-th case of a corpus.  The output must be on the same stream as that of
// the real tool: rejections, too, are on standard output, with exit status 0.
func dropinCorpus(t *testing.T, folder string, step int) {
	if testing.Short() {
		t.Skip("skipped: many processes")
	}
	recordings, err := lab.Recordings(folder)
	if err != nil {
		t.Fatal(err)
	}
	tracer := linked(t)
	all := 0
	for _, r := range recordings {
		cases, err := lab.ReadCases[lab.Case](r.Cases)
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i < len(cases); i += step {
			c := cases[i]
			if hasChassis(c.Args) {
				continue
			}
			all++
			if got := tracer(r.Database, c.Args); got.Stdout != c.Stdout || got.Exit != c.Exit {
				t.Errorf("%s: %q:\ngot exit status %d\n%s%s\nwant exit status %d\n%s", r.Name, c.Args, got.Exit, got.Stdout, got.Stderr, c.Exit, c.Stdout)
			}
		}
	}
	if all == 0 {
		t.Errorf("%s holds no cases", folder)
	}
	t.Logf("%d cases", all)
}

// hasChassis lists the cases with an option that no release's tool has.
func hasChassis(args []string) bool {
	for _, a := range args {
		if len(a) > 9 && a[:9] == "--chassis" {
			return true
		}
	}
	return false
}

// TestDropinDifferential compares the program under the link's name with the
// installed tool over a random network.
func TestDropinDifferential(t *testing.T) {
	lab.Require(t)
	result, err := lab.Differential{Networks: 1, Flows: 25, First: 4200, Tracer: linked(t)}.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range result.Differences {
		t.Error(d)
	}
	t.Log(result)
}
