package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/lab"
)

// TestBriefVerdict compares --verdict alone, for which the walk records only what the verdict needs,
// with the verdict after a full trace: over the databases of the repository and of OVNWALK_CORPUS.
func TestBriefVerdict(t *testing.T) {
	briefVerdicts(t, filepath.Join("..", "..", "testdata", "corpus"), 5)
	if dir := os.Getenv("OVNWALK_CORPUS"); dir != "" {
		briefVerdicts(t, dir, 41)
	}
}

// briefVerdicts compares the verdicts of every step-th case of each recording in a directory.
func briefVerdicts(t *testing.T, folder string, step int) {
	recordings, err := lab.Recordings(folder)
	if err != nil || len(recordings) == 0 {
		t.Fatal(len(recordings), err)
	}
	for _, r := range recordings {
		cases, err := lab.ReadCases[lab.Case](r.Cases)
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i < len(cases); i += step {
			args := withoutViews(append([]string{"trace", "--db=" + r.Database, "--verdict"}, cases[i].Args...))
			alone, errAlone, exitAlone := answered(t, "", args...)
			below, errBelow, exitBelow := answered(t, "", append(args, "--summary")...)
			if errAlone != errBelow || exitAlone != exitBelow || exitAlone == 0 && (alone == "" || !strings.HasSuffix(below, "\n\n"+alone)) {
				t.Errorf("%q: exit %d\n%s%s\nbelow the trace: exit %d\n%s%s", args, exitAlone, alone, errAlone, exitBelow, below, errBelow)
			}
		}
	}
}

// withoutViews returns arguments without the options that select views.
func withoutViews(args []string) (out []string) {
	for _, a := range args {
		if a != "--detailed" && a != "--summary" && a != "--minimal" && a != "--all" {
			out = append(out, a)
		}
	}
	return out
}
