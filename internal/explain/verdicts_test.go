package explain

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/lab"
	"github.com/ovnwalk/ovnwalk/internal/tracetest"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/sim"
	"github.com/ovnwalk/ovnwalk/trace"
	"github.com/ovnwalk/ovnwalk/verdict"
)

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
	tracetest.Golden(t, "verdicts.txt", b.Bytes())
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

// eachWalk calls f for each end of the recorded walks of a folder.  Each walk must
// end somehow.
func eachWalk(t *testing.T, folder string, f func(name string, d *verdict.Disposition)) {
	t.Helper()
	eachTrace(t, folder, func(name string, _ *lflow.Network, walk *trace.Trace) {
		verdicts := verdict.Of(walk)
		if len(verdicts) == 0 {
			t.Errorf("%s ends in nothing", name)
		}
		for i := range verdicts {
			f(name, &verdicts[i])
		}
	})
}

// eachTrace walks the recorded cases of a folder's databases.
func eachTrace(t *testing.T, folder string, f func(name string, n *lflow.Network, walk *trace.Trace)) {
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
			if walk, err := sim.Trace(n, requestOf(c.Args)); err == nil { // no refused microflow
				f(fmt.Sprintf("%s %q", db, c.Args), n, walk)
			}
		}
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	}
}
