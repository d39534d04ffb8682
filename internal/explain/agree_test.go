package explain

import (
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/lab"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/sim"
	"github.com/ovnwalk/ovnwalk/trace"
)

// TestFailuresAgree compares the explanation with the matcher: at every step of the
// recorded walks a flow of the table fails in some part just where it does not
// match, and the part's bytes are those of a comparison.
func TestFailuresAgree(t *testing.T) {
	judged, missed := 0, 0
	eachTrace(t, filepath.Join("..", "..", "testdata", "corpus"), func(name string, n *lflow.Network, walk *trace.Trace, _ lab.Case) {
		j := newMatchAnalyzer(n, true)
		for _, s := range (&Explainer{n: n, j: j, t: walk}).findSteps() {
			for _, f := range n.Flows(s.d, s.pipeline, s.table) {
				fs, ok := j.failures(f, s.packetAt())
				if !ok {
					continue
				}
				judged++
				if matched := f.Match(&s.packet, s.d); matched != (len(fs) == 0) {
					t.Fatalf("%s: flow %s, %s: matches %v, but of it fail %d parts", name, f.UUID, f.MatchText(), matched, len(fs))
				}
				m := j.nearMiss(s.place, f, fs, s.packetAt())
				for _, p := range m.Parts {
					missed++
					if p.Start < 0 || p.End > len(m.Match) || p.Start > p.End || p.Actual == p.Wanted || p.Field == "" {
						t.Fatalf("%s: flow %s, %s: part %+v", name, f.UUID, m.Match, p)
					}
				}
			}
		}
	})
	if judged == 0 || missed == 0 {
		t.Errorf("judged %d flows with %d parts that failed", judged, missed)
	}
	t.Logf("judged %d flows, %d parts failed", judged, missed)
}

// requestOf reads the arguments of a recorded case: options with their values
// after an equals sign, a datapath or not, the microflow.
func requestOf(args []string) sim.Request {
	var r sim.Request
	var rest []string
	for _, a := range args {
		if !strings.HasPrefix(a, "-") {
			rest = append(rest, a)
			continue
		}
		switch name, value, _ := strings.Cut(a, "="); name {
		case "--ct":
			if s, err := sim.ParseCTState(value); err == nil {
				r.CT = append(r.CT, s)
			}
		case "--lb-dst":
			r.LBDst, _ = sim.ParseBackend(value)
		case "--select-id":
			id, _ := strconv.Atoi(value)
			r.SelectID = uint16(id)
		}
	}
	if len(rest) == 0 {
		return r
	}
	r.Microflow = rest[len(rest)-1]
	if len(rest) > 1 {
		r.Datapath = rest[0]
	}
	return r
}
