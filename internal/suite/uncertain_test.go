package suite_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/internal/suite"
)

// uncertainSuite returns a suite over a switch one flow of which does not parse.
func uncertainSuite(t *testing.T) string {
	t.Helper()
	db := sbtest.New("23.03")
	sw := db.Datapath("sw", 1)
	db.Port(sw, "a", 1, "", "mac", sbtest.Set("0a:00:00:00:00:01 10.0.0.1"))
	db.Port(sw, "b", 2, "", "mac", sbtest.Set("0a:00:00:00:00:02 10.0.0.2"))
	db.Flow(sw, "ingress", 0, 100, "ip4.nonsense == 1", "drop;")
	db.Flow(sw, "ingress", 0, 50, "ip4", "ct_next;")
	db.Flow(sw, "ingress", 1, 50, "ct.est", `outport = "b"; output;`)
	db.Flow(sw, "egress", 0, 0, "1", "output;")
	file := write(t, "db: sb.db\ntests:\n  - {name: a, from: a, to: b, ct-new: false, expect: {delivered: b}}\n  - {name: b, from: a, to: b, expect: {delivered: b}}\n")
	sbtest.WriteFile(t, filepath.Join(filepath.Dir(file), "sb.db"), db.Bytes())
	return file
}

// TestUncertain checks the uncertainties of a walk: in a test that passes, in the explanation of one
// that fails, and as an error with --strict.
func TestUncertain(t *testing.T) {
	file := uncertainSuite(t)
	r := run(t, suite.Options{}, file)
	if c := r.Counts(); c.Passed != 1 || c.Failed != 1 {
		t.Fatalf("%+v", c)
	}
	text := report(t, r, "text", suite.Style{Verbose: true})
	const uncertainty = "uncertain: at sw/ingress_0 flow 00000005-0000-4000-8000-000000000000 does not parse: "
	for _, want := range []string{
		"PASS x:3: a\n", "\n    " + uncertainty, "FAIL x:4: b\n", "\n        got dropped no-match sw/ingress_1 (uncertain)\n", "\n        " + uncertainty,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	if text := report(t, r, "github", suite.Style{}); !strings.Contains(text, "::warning file=x,line=3,col=5,title=a::uncertain: at sw/ingress_0 flow ") {
		t.Errorf("no warning in\n%s", text)
	}
	if c := run(t, suite.Options{Strict: true}, file).Counts(); c.Errored != 2 || c.Total() != 2 {
		t.Errorf("strictly: %+v", c)
	}
}

// TestAssumptions checks that a failing test lists the assumptions of the walk that the test could
// replace.
func TestAssumptions(t *testing.T) {
	file := uncertainSuite(t)
	text := sbtest.Content(t, file)
	sbtest.WriteFile(t, file, []byte(strings.ReplaceAll(string(text), "delivered: b", "dropped: true")))
	got := report(t, run(t, suite.Options{}, file), "text", suite.Style{})
	if want := "\n        assumed: conntrack state est|trk at sw/ingress_0 (choose it with ct)\n"; !strings.Contains(got, want) {
		t.Errorf("%q is not in\n%s", want, got)
	}
}
