package explain

import (
	"bytes"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/lab"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/sim"
	"github.com/ovnwalk/ovnwalk/verdict"
)

var update = flag.Bool("update", false, "rewrite testdata/verdicts.txt")

// TestVerdictsOfCorpus counts how the recorded walks end, and which stages are
// to blame.
func TestVerdictsOfCorpus(t *testing.T) {
	count := map[string]int{}
	eachWalk(t, filepath.Join("..", "..", "testdata", "corpus"), func(_ string, d *verdict.Disposition) {
		where := d.DecidedAt.Stage
		if d.Port != nil {
			where = "port"
		}
		count[fmt.Sprintf("%-10s %-10s %-16s %-18s %-12s %s", d.Outcome, d.TentativeOutcome, d.Code, d.Action, d.Origin, where)]++
	})
	var b bytes.Buffer
	for _, line := range slices.Sorted(maps.Keys(count)) {
		fmt.Fprintf(&b, "%5d %s\n", count[line], line)
	}
	golden := filepath.Join("testdata", "verdicts.txt")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(golden, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(b.Bytes(), want) {
		t.Errorf("%s differs (-update rewrites it); got:\n%s", golden, b.Bytes())
	}
}

// TestEveryDropHasACode looks for drops of any release that have no code of
// their own.
func TestEveryDropHasACode(t *testing.T) {
	folder := os.Getenv("OVNWALK_CORPUS")
	if folder == "" {
		t.Skip("skipped: OVNWALK_CORPUS names no corpus")
	}
	releases, err := filepath.Glob(filepath.Join(folder, "*", "*.db.gz"))
	if err != nil || len(releases) == 0 {
		t.Fatalf("no databases in %s: %v", folder, err)
	}
	seen := map[string]bool{}
	for _, db := range releases {
		if dir := filepath.Dir(db); !seen[dir] {
			seen[dir] = true
			eachWalk(t, dir, func(name string, d *verdict.Disposition) {
				unmodelled := len(d.Uncertainties) > 0 && d.Uncertainties[len(d.Uncertainties)-1].Kind == verdict.UncertaintyUnmodelled
				if d.Code == verdict.Other && !unmodelled {
					t.Errorf("%s: %s at %s/%s, flow %+v: no code", name, d.TentativeOutcome, d.DecidedAt.Datapath, d.DecidedAt.Stage, d.DecidedAt.Flow)
				}
			})
		}
	}
}

// eachWalk walks the recorded cases of a folder's databases.  Each walk must end
// somehow.
func eachWalk(t *testing.T, folder string, f func(name string, d *verdict.Disposition)) {
	t.Helper()
	databases, err := filepath.Glob(filepath.Join(folder, "*.db.gz"))
	if err != nil || len(databases) == 0 {
		t.Fatalf("no databases in %s: %v", folder, err)
	}
	for _, db := range databases {
		n, err := lflow.Open(t.Context(), db, lflow.Options{})
		if err != nil {
			t.Fatal(err)
		}
		cases, err := lab.ReadCases(strings.TrimSuffix(db, ".db.gz") + ".jsonl.gz")
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range cases {
			walk, err := sim.Trace(n, requestOf(c.Args))
			if err != nil {
				continue // a refused microflow
			}
			verdicts := verdict.Of(walk)
			if len(verdicts) == 0 {
				t.Errorf("%s %q ends in nothing", db, c.Args)
			}
			for i := range verdicts {
				f(fmt.Sprintf("%s %q", db, c.Args), &verdicts[i])
			}
		}
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	}
}
