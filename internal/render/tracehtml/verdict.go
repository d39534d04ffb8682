package tracehtml

import (
	"slices"
	"strconv"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/render/wording"
	"github.com/ovnwalk/ovnwalk/trace"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// verdictView is the outcome of a copy of the packet, on a page.
type verdictView struct {
	Class   string
	Sign    shape
	Word    string // delivered, dropped, ...
	Code    string
	Origin  string // the kind of copy, "" for the packet itself
	Place   string // a datapath and a port or stage
	Meaning string // what the code means
	Terms   string // the object that dropped it, or the owner of the port
	Flow    *flowView
	Href    string
	Changed []fieldRow // changed header fields, of a delivered copy
	Origins []string   // northbound rows of the flow
	Allowed []allowedView
	Notes   []string // assumptions
	Unsure  bool     // whether it has uncertainties
	Wide    bool     // whether it is the first one
}

// allowedView is an ACL's flow that allowed a copy of the packet, on a page.
type allowedView struct {
	Place, Href string
	Flow        *flowView
	Origins     []string
}

func (b *pageBuilder) verdicts(t *trace.Trace, by func(*trace.Flow) []string) []verdictView {
	var views []verdictView
	for _, d := range verdict.Of(t) {
		v := verdictView{
			Class: wording.OutcomeClass(&d), Sign: sign(wording.OutcomeClass(&d), 10, 10), Word: d.TentativeOutcome.String(), Code: string(d.Code),
			Origin: wording.OriginWords[d.Origin], Place: b.words.DatapathIn(d.DecidedAt.Zone, d.DecidedAt.Datapath) + " / " + wording.StageWord(d.DecidedAt), Meaning: codeMeaning(d.Code),
			Href: b.link(d.Last), Terms: strings.TrimSuffix(strings.TrimSpace(wording.InTerms(&d)), ":"),
		}
		switch d.TentativeOutcome {
		case verdict.OutcomeDelivered, verdict.OutcomeReplied:
			v.Place = b.words.DatapathIn(d.End.Zone, d.End.Datapath) + " / " + b.words.Port(d.Port)
			v.Changed = externalChanges(&t.Packet, &d.Packet)
			for _, p := range d.AllowedBy {
				a := allowedView{b.words.DatapathIn(p.Zone, p.Datapath) + " / " + wording.StageWord(p), b.linkPlace(p), b.flow(p.Flow), nil}
				if by != nil {
					a.Origins = by(p.Flow)
				}
				v.Allowed = append(v.Allowed, a)
			}
		case verdict.OutcomeDropped, verdict.OutcomeLooped:
			v.Flow = b.flow(d.DecidedAt.Flow)
			if by != nil {
				v.Origins = by(d.DecidedAt.Flow)
			}
			if href := b.linkPlace(d.DecidedAt); href != "" {
				v.Href = href
			}
		case verdict.OutcomeController:
			v.Meaning = "by " + d.Action
		default:
		}
		v.Unsure = len(d.Uncertainties) > 0
		for _, a := range d.Assumptions {
			v.note("assumed: " + wording.AssumptionText(a))
		}
		views = append(views, v)
	}
	return views
}

// uncertainty is an uncertainty of the walk, on a page.
type uncertainty struct{ Place, Href, Text string }

// uncertainties returns the uncertainties of the walk, without duplicates.
func (b *pageBuilder) uncertainties(t *trace.Trace) (list []uncertainty) {
	for _, d := range verdict.Of(t) {
		for _, why := range d.Uncertainties {
			at := why.Place
			u := uncertainty{b.words.DatapathIn(at.Zone, at.Datapath) + " / " + wording.StageWord(at), b.tables[placeKeyOf(at.Datapath, at.Egress, at.Table, nil)], wording.UncertaintyText(why)}
			if !slices.Contains(list, u) {
				list = append(list, u)
			}
		}
	}
	return list
}

// uncertainFlows returns the UUIDs of the flows that do not parse and that the packet might match.
func uncertainFlows(t *trace.Trace) map[string]bool {
	flows := map[string]bool{}
	for _, d := range verdict.Of(t) {
		for _, u := range d.Uncertainties {
			if u.Kind == verdict.UncertaintyUnparsed && u.Flow != nil {
				flows[u.Flow.UUID] = true
			}
		}
	}
	return flows
}

// sides divides verdicts into those of the packet itself and those of copies and generated packets.  If
// there are none of the packet itself, main has the first one.
func sides(list []verdictView) (main, side []verdictView) {
	at := 0
	for at < len(list) && list[at].Origin == "" {
		at++
	}
	at = max(at, min(1, len(list)))
	list[:at][0].Wide = true
	return list[:at], list[at:]
}

// sideText returns the title of the verdicts of copies and generated packets.
func sideText(list []verdictView) string {
	var words []string
	counts := map[string]int{}
	for _, v := range list {
		if counts[v.Origin]++; counts[v.Origin] == 1 {
			words = append(words, v.Origin)
		}
	}
	for i, w := range words {
		if n := counts[w]; n > 1 {
			words[i] = w + " × " + strconv.Itoa(n)
		}
	}
	return "Copies and generated packets: " + strings.Join(words, ", ")
}

// note adds a note if it is new.
func (v *verdictView) note(s string) {
	if !slices.Contains(v.Notes, s) {
		v.Notes = append(v.Notes, s)
	}
}

// codeMeaning returns the meaning of a code as a sentence.
func codeMeaning(c verdict.Code) string {
	text := c.Meaning()
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + text[1:] + "."
}
