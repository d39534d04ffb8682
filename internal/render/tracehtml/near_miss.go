package tracehtml

import (
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/render/wording"
	"github.com/ovnwalk/ovnwalk/trace"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// nearMiss is a flow that came close, on a page.
type nearMiss struct {
	Flow    *trace.Flow
	Stage   string
	Href    string // its step, "" for the one that it stands under
	Origins []string
	Match   []matchPart
	Actions string
	Failed  []failedPart
}

// matchPart is a part of a match.
type matchPart struct {
	Text   string
	Failed bool // whether it is why the flow did not match
}

// failedPart says what a part of a match wanted.
type failedPart struct{ Field, Has, Wanted string }

// nearMisses divides the matches of flows that came close into what failed and
// what did not.
func nearMisses(list []verdict.NearMiss, by func(*trace.Flow) []string) []nearMiss {
	var out []nearMiss
	for _, m := range list {
		n := nearMiss{Flow: m.Place.Flow, Stage: wording.StageWord(m.Place), Actions: m.Actions}
		if by != nil {
			n.Origins = by(m.Place.Flow)
		}
		at := 0
		for _, p := range m.Parts {
			n.Failed = append(n.Failed, failedPart{p.Field, p.Actual, p.Wanted})
			if p.Start < at || p.End <= p.Start || p.End > len(m.Match) {
				continue
			}
			n.Match = append(n.Match, matchPart{Text: m.Match[at:p.Start]}, matchPart{m.Match[p.Start:p.End], true})
			at = p.End
		}
		n.Match = append(n.Match, matchPart{Text: m.Match[at:]})
		out = append(out, n)
	}
	return out
}

// Explanation says why a packet did not go another way.
type Explanation struct {
	Summary string             // the reason in one sentence, "" where there is none
	Notes   []string           // what else is known, a sentence each
	Decided []verdict.NearMiss // flows that came close where the packet ended
	Close   []verdict.NearMiss // those on its way
	Text    []string           // what else was asked for, as lines of text
}

// explanationView is an Explanation on a page.
type explanationView struct {
	Summary        string
	Notes          []string
	Decided, Close []nearMiss
	Text           []string
}

func (b *pageBuilder) explanation(w *Explanation, by func(*trace.Flow) []string) *explanationView {
	if w == nil || w.Summary == "" && len(w.Notes)+len(w.Decided)+len(w.Close)+len(strings.Join(w.Text, "")) == 0 {
		return nil
	}
	rows := func(list []verdict.NearMiss) []nearMiss {
		out := nearMisses(list, by)
		for i := range out {
			at := list[i].Place
			out[i].Href = b.tables[placeKeyOf(at.Datapath, at.Egress, at.Table, nil)]
			out[i].Stage = b.words.Datapath(at.Datapath) + " / " + out[i].Stage
		}
		return out
	}
	text := w.Text
	if strings.Join(text, "") == "" {
		text = nil
	}
	return &explanationView{w.Summary, w.Notes, rows(w.Decided), rows(w.Close), text}
}

// oneLine puts a text on one line.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
