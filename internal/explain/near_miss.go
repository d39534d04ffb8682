package explain

import (
	"cmp"
	"slices"

	"github.com/ovnwalk/ovnwalk/expr/action"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/trace"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// nearMiss is a flow that a packet nearly took.
type nearMiss struct {
	flow     *lflow.Flow
	failures []failure
	distance float64
}

// maxFlows is the maximum number of flows of a table that are compared, those of highest priority
// first.
const maxFlows = 100_000

// near returns the flows of a step's table that would have been taken if they had matched, and whose
// actions differ from those of the flow taken, the closest first.
func (j *matchAnalyzer) near(s *step) []nearMiss {
	taken := ""
	if s.place.Flow != nil {
		taken = s.place.Flow.Actions
	}
	var out []nearMiss
	for i, f := range j.n.Flows(s.d, s.pipeline, s.table) {
		if f.Priority < s.priority() || i == maxFlows {
			break
		}
		if s.place.Flow != nil && f.ActionsText() == taken {
			continue
		}
		fs, ok := j.failures(f, s.packetAt())
		if !ok || len(fs) == 0 {
			continue
		}
		out = append(out, nearMiss{f, fs, distance(fs)})
	}
	slices.SortStableFunc(out, func(a, b nearMiss) int {
		return cmp.Or(cmp.Compare(a.distance, b.distance), cmp.Compare(b.flow.Priority, a.flow.Priority))
	})
	return out
}

// maxDistance is the maximum distance of near misses at steps that did not stop the packet: one
// part, with half of its bits.
const maxDistance = 1.5

// NearMisses returns, for each table of a trace, the flows that came closest to matching but did not: at
// most a given number, and only those of which a single part failed by a small difference. If friendly is
// set, texts have the friendly names of ports.
func NearMisses(n *lflow.Network, t *trace.Trace, most int, friendly bool) map[*trace.Table][]verdict.NearMiss {
	j := newMatchAnalyzer(n, friendly)
	out := map[*trace.Table][]verdict.NearMiss{}
	for _, s := range (&Explainer{n: n, j: j, t: t}).findSteps() {
		for _, m := range j.near(&s) {
			if m.distance > maxDistance || len(out[s.node]) == most {
				break
			}
			out[s.node] = append(out[s.node], j.nearMissAt(&s, m))
		}
	}
	return out
}

func (j *matchAnalyzer) nearMissAt(s *step, m nearMiss) verdict.NearMiss {
	miss := j.nearMiss(s.place, m.flow, m.failures, s.packetAt())
	miss.Taken = s.place.Flow
	return miss
}

// isDrop reports whether a flow drops the packet.
func isDrop(f *lflow.Flow) bool {
	return !slices.ContainsFunc(f.Actions().List, func(a action.Action) bool {
		switch action.Name(a) {
		case "log", "sample", "ct_commit", "set_meter":
			return false
		}
		return true
	})
}
