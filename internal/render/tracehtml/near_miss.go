package tracehtml

import (
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/render/wording"
	"github.com/ovnwalk/ovnwalk/trace"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// nearMiss is a near miss on a page.
type nearMiss struct {
	Flow    *trace.Flow
	Stage   string
	Href    string // of its step, "" if it is part of the step
	Origins []string
	Match   []matchPart
	Actions string
	Failed  []failedPart
}

// matchPart is a part of a match.
type matchPart struct {
	Text   string
	Failed bool // whether it is a comparison that failed
}

// failedPart is a comparison that failed, with the value of the packet and the value in the match.
type failedPart struct{ Field, Has, Wanted string }

// nearMisses divides the matches of near misses into the parts that failed and the others. by
// returns the northbound rows of a flow; it may be nil.
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

// Explanation has the results of --why-not.
type Explanation struct {
	Summary string             // the reason in one sentence, "" for none
	Notes   []string           // additional sentences
	Decided []verdict.NearMiss // near misses where the packet ended
	Close   []verdict.NearMiss // near misses on its path
	Text    []string           // the lines of text output for other requests
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

// oneLine replaces line breaks and runs of blanks by single blanks.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
