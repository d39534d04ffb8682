package render

import (
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/trace"
)

// verdictView is how a copy of the packet ended, on a page.
type verdictView struct {
	Class   string
	Sign    shape
	Word    string // delivered, dropped, ...
	Code    string
	Made    string // what the copy is, "" for the packet itself
	Place   string // where: a datapath and a port or stage
	Means   string // what the code means
	Flow    *trace.Flow
	Href    string
	Changed []fieldRow // what others see changed, for a copy that left
	Origins []string   // what the flow was made from
	Notes   []string   // what was assumed, what is in doubt
}

func (b *outline) verdicts(t *trace.Trace, by Origins) []verdictView {
	var views []verdictView
	for _, d := range trace.Verdicts(t) {
		v := verdictView{
			Class: fateClass(&d), Sign: sign(fateClass(&d), 10, 10), Word: d.Seems.String(), Code: string(d.Code),
			Made: madeWords[d.Made], Place: d.Blame.Datapath + " / " + stageWord(d.Blame), Means: means(d.Code),
			Href: b.link(d.Last),
		}
		switch d.Seems {
		case trace.FateDelivered, trace.FateReplied:
			v.Place = d.End.Datapath + " / " + d.Port
			v.Changed = outside(&t.Packet, &d.Packet)
		case trace.FateDropped, trace.FateLooped:
			v.Flow = d.Blame.Flow
			if by != nil {
				v.Origins = by(d.Blame.Flow)
			}
			if href := b.linkPlace(d.Blame); href != "" {
				v.Href = href
			}
		case trace.FateController:
			v.Means = "by " + d.Action
		default:
		}
		for _, doubt := range d.Doubts {
			v.note("in doubt: " + doubtText(doubt))
		}
		for _, a := range d.Assumed {
			v.note("assumed: " + assumptionText(a))
		}
		views = append(views, v)
	}
	return views
}

// note adds a note, once.
func (v *verdictView) note(s string) {
	if !slices.Contains(v.Notes, s) {
		v.Notes = append(v.Notes, s)
	}
}

// means returns what a code means, as a sentence.
func means(c trace.Code) string {
	for _, row := range trace.Codes() {
		if row.Code == c {
			return strings.ToUpper(row.Means[:1]) + row.Means[1:] + "."
		}
	}
	return ""
}
