package lab_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/cli"
	"github.com/ovnwalk/ovnwalk/internal/lab"
)

// Environment variables for the size of the runs.
const (
	corpusEnv   = "OVNWALK_CORPUS"        // a directory of recordings, besides the project's own
	networksEnv = "OVNWALK_DIFF_NETWORKS" // networks of the differential test
	flowsEnv    = "OVNWALK_DIFF_FLOWS"    // microflows in each of them
	// expressionsEnv are the microflows of random comparisons.
	expressionsEnv = "OVNWALK_DIFF_EXPRESSIONS"
	actionsEnv     = "OVNWALK_DIFF_ACTIONS" // networks with flows of random actions
	firstEnv       = "OVNWALK_DIFF_FIRST"   // seed of the first network
	outEnv         = "OVNWALK_DIFF_OUT"     // a directory for what differs
	lenientEnv     = "OVNWALK_DIFF_LENIENT" // set for releases that lack some of what networks are made of
)

// ownCorpus is the corpus of this repository, which testdata/regenerate generates.
var ownCorpus = filepath.Join("..", "..", "testdata", "corpus")

// maxShown is how many differences of one database a test prints.
const maxShown = 3

// ovnwalk traces with the command line of this repository.
func ovnwalk(t *testing.T) lab.Tracer {
	none := func(string) string { return "" }
	return func(database string, args []string) lab.Answer {
		var stdout, stderr bytes.Buffer
		all := append([]string{"trace", "--db=" + database}, args...)
		sys := &cli.System{Getenv: none, Stdin: strings.NewReader(""), Stdout: &stdout, Stderr: &stderr}
		exit := sys.Run(t.Context(), all)
		return lab.Answer{Stdout: stdout.String(), Stderr: stderr.String(), Exit: exit}
	}
}

// TestCorpus compares with the recorded output of the real tool of each release.
func TestCorpus(t *testing.T) {
	t.Run("own", func(t *testing.T) { corpus(t, ownCorpus) })
	t.Run("given", func(t *testing.T) {
		folder := os.Getenv(corpusEnv)
		if folder == "" {
			t.Skipf("skipped: %s names no corpus", corpusEnv)
		}
		corpus(t, folder)
	})
}

// corpus runs the cases of every recording below a directory.
func corpus(t *testing.T, folder string) {
	recordings, err := lab.Recordings(folder)
	if err != nil {
		t.Fatal(err)
	}
	if len(recordings) == 0 {
		t.Fatalf("%s has no recordings", folder)
	}
	var cases, differences atomic.Int64
	for _, r := range recordings {
		t.Run(r.Name, func(t *testing.T) {
			recorded, err := lab.ReadCases[lab.Case](r.Cases)
			if err != nil {
				t.Fatal(err)
			}
			recorded = sample(recorded)
			found := lab.Check(ovnwalk(t), r.Database, r.Name, recorded)
			cases.Add(int64(len(recorded)))
			differences.Add(int64(len(found)))
			show(t, found, len(recorded))
		})
	}
	t.Logf("corpus: %d cases over %d databases: %d differences", cases.Load(), len(recordings), differences.Load())
}

// sample returns every fifth element in a run with -short, else all.
func sample[T any](all []T) (some []T) {
	if !testing.Short() {
		return all
	}
	for i := 0; i < len(all); i += 5 {
		some = append(some, all[i])
	}
	return some
}

// show fails the test with the first differences, if there are any.
func show(t *testing.T, found []lab.Difference, of int) {
	t.Helper()
	for _, d := range found[:min(len(found), maxShown)] {
		t.Error(d)
	}
	if len(found) > 0 {
		t.Errorf("%d of %d cases differ", len(found), of)
	}
}

// TestDifferential compares with the installed ovn-trace over random networks.
func TestDifferential(t *testing.T) {
	differential(t, "", lab.Differential{Networks: number(t, networksEnv, 3), Flows: number(t, flowsEnv, 30)})
}

// TestDifferentialExpressions compares with the installed ovn-trace for random expressions.
func TestDifferentialExpressions(t *testing.T) {
	differential(t, "expressions: ", lab.Differential{Networks: 1, Flows: number(t, expressionsEnv, 200), Expressions: true})
}

// TestDifferentialActions compares over networks with flows of random actions.
func TestDifferentialActions(t *testing.T) {
	differential(t, "actions: ", lab.Differential{Networks: number(t, actionsEnv, 3), Flows: number(t, flowsEnv, 30), Foreign: true})
}

// differential runs a comparison with the installed ovn-trace.
func differential(t *testing.T, label string, d lab.Differential) {
	t.Helper()
	lab.Require(t)
	d.First, d.Out, d.Lenient, d.Tracer = uint64(number(t, firstEnv, 1000)), os.Getenv(outEnv), os.Getenv(lenientEnv) != "", ovnwalk(t)
	result, err := d.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	show(t, result.Differences, result.Microflows)
	// Printed, because the counts are also of interest without -v.
	fmt.Printf("%s%v\n", label, result)
}

// number is lab.Number, with a fifth of the default in a run with -short.
func number(t *testing.T, name string, fallback int) int {
	t.Helper()
	if testing.Short() && fallback >= 5 && name != firstEnv {
		fallback /= 5
	}
	return lab.Number(t, name, fallback)
}
