package explain

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
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

// outputs matches the line of ovn-trace for a packet that arrives at a port, except for patch ports,
// where it continues.
var outputs = regexp.MustCompile(`/\* output to "([^"]*)", type "([^"]*)" \*/`)

// codesOfOutput are codes of copies that end where a flow outputs them, and what ovn-trace
// prints of these.
var codesOfOutput = map[verdict.Code]string{
	verdict.SamePort:  "/* omitting output because inport == outport && !flags.loopback */",
	verdict.NoMember:  "/* omitting output because inport == outport && !flags.loopback */",
	verdict.Unclaimed: `, type "virtual" */`,
}

// TestVerdictsOfRecordedOutput compares the verdicts of the recorded walks with the output of
// ovn-trace: the ports at which packets arrive, and for each drop the deciding flow, whose code is
// that of ovn-northd(8).
func TestVerdictsOfRecordedOutput(t *testing.T) {
	ports, drops := 0, 0
	eachTrace(t, filepath.Join("..", "..", "testdata", "corpus"), func(name string, _ *lflow.Network, walk *trace.Trace, c lab.Case) {
		detailed, _, _ := strings.Cut(c.Stdout, "# Summary trace.")
		if !strings.Contains(detailed, "\n-----") {
			return // another view
		}
		var printed, arrived []string
		for _, m := range outputs.FindAllStringSubmatch(detailed, -1) {
			if m[2] != "patch" {
				printed = append(printed, m[1])
			}
		}
		friendly := !slices.Contains(c.Args, "--no-friendly-names")
		for _, d := range verdict.Of(walk) {
			if d.Port != nil {
				arrived = append(arrived, d.Port.Name.In(friendly))
			}
			flow := d.DecidedAt.Flow
			if d.TentativeOutcome != verdict.OutcomeDropped || flow == nil {
				continue
			}
			drops++
			if text, ok := codesOfOutput[d.Code]; ok {
				if !strings.Contains(detailed, text) {
					t.Errorf("%s: %s, ovn-trace does not print %s", name, d.Code, text)
				}
				continue
			}
			if !strings.Contains(detailed, ", uuid "+flow.UUID[:8]) {
				t.Errorf("%s: %s by flow %s, which ovn-trace does not print", name, d.Code, flow.UUID)
			}
			if want, row := codesInManual(d.DecidedAt.Stage, flow.Match.Plain); row < 0 || !slices.Contains(want, string(d.Code)) {
				t.Errorf("%s: %s drops %s: %s, want one of %v", name, d.DecidedAt.Stage, flow.Match.Plain, d.Code, want)
			}
		}
		slices.Sort(printed)
		slices.Sort(arrived)
		if !slices.Equal(printed, arrived) {
			t.Errorf("%s: verdicts at ports %q, ovn-trace printed %q", name, arrived, printed)
		}
		ports += len(printed)
	})
	if ports == 0 || drops == 0 {
		t.Errorf("compared %d ports and %d drops", ports, drops)
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

// eachWalk calls f for each end of the recorded walks of a directory.  Each walk must
// end somehow.
func eachWalk(t *testing.T, folder string, f func(name string, d *verdict.Disposition)) {
	t.Helper()
	eachTrace(t, folder, func(name string, _ *lflow.Network, walk *trace.Trace, _ lab.Case) {
		verdicts := verdict.Of(walk)
		if len(verdicts) == 0 {
			t.Errorf("%s ends in nothing", name)
		}
		for i := range verdicts {
			f(name, &verdicts[i])
		}
	})
}

// eachTrace walks the recorded cases of a directory's databases.
func eachTrace(t *testing.T, folder string, f func(name string, n *lflow.Network, walk *trace.Trace, c lab.Case)) {
	t.Helper()
	databases, err := filepath.Glob(filepath.Join(folder, "*.db.gz"))
	if err != nil || len(databases) == 0 {
		t.Fatalf("no databases in %s: %v", folder, err)
	}
	for _, db := range databases {
		n := tracetest.Open(t, db, lflow.Options{})
		cases, err := lab.ReadCases[lab.Case](strings.TrimSuffix(db, ".db.gz") + ".jsonl.gz")
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range cases {
			if walk, err := sim.Trace(n, requestOf(c.Args)); err == nil { // no refused microflow
				f(fmt.Sprintf("%s %q", db, c.Args), n, walk, c)
			}
		}
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	}
}
