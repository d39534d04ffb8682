package render

import (
	"strings"

	"github.com/ovnwalk/ovnwalk/trace"
)

// nearMiss is a flow that came close, on a page.
type nearMiss struct {
	Flow    *trace.Flow
	Stage   string
	Match   []piece
	Actions string
	Why     []missed
}

// piece is a part of a match.
type piece struct {
	Text   string
	Failed bool // whether it is why the flow did not match
}

// missed says what a part of a match wanted.
type missed struct{ Field, Has, Wanted string }

// nearMisses divides the matches of flows that came close into what failed and
// what did not.
func nearMisses(list []trace.Miss) []nearMiss {
	var out []nearMiss
	for _, m := range list {
		n := nearMiss{Flow: m.Place.Flow, Stage: stageWord(m.Place), Actions: m.Actions}
		at := 0
		for _, p := range m.Parts {
			n.Why = append(n.Why, missed{p.Field, p.Has, p.Wanted})
			if p.Start < at || p.End <= p.Start || p.End > len(m.Match) {
				continue
			}
			n.Match = append(n.Match, piece{Text: m.Match[at:p.Start]}, piece{m.Match[p.Start:p.End], true})
			at = p.End
		}
		n.Match = append(n.Match, piece{Text: m.Match[at:]})
		out = append(out, n)
	}
	return out
}

// oneLine puts a text on one line.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
