package cli

import (
	"io"

	"github.com/ovnwalk/ovnwalk/internal/reach"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/trace"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// reachVersion is the version of the JSON of reach and of reach --diff.
const reachVersion = 1

type reachDoc struct {
	Version int            `json:"version"`
	From    string         `json:"from,omitempty"`
	To      string         `json:"to,omitempty"`
	Spoof   bool           `json:"spoof"`
	Packets string         `json:"packets,omitempty"`
	Sets    []reachSetDoc  `json:"sets"`
	Proof   *reachProofDoc `json:"proof,omitempty"`
}

type reachSetDoc struct {
	Zone     string   `json:"zone,omitempty"` // the zone that the packets enter, if several are given
	Datapath string   `json:"datapath"`
	Others   []string `json:"other_datapaths,omitempty"` // with the same result; @from stands for each of them
	From     []string `json:"from"`

	// Addressed reports whether the packets are addressed to the destination.
	Addressed bool   `json:"addressed"`
	Mixed     bool   `json:"mixed_destinations,omitempty"` // the Ethernet and IP destinations do not belong together
	Later     bool   `json:"opens_no_connection,omitempty"`
	Text      string `json:"text"`
	Match     string `json:"match,omitempty"`
	Cut       bool   `json:"cut,omitempty"` // Text is not the whole set
	Otherwise bool   `json:"otherwise,omitempty"`

	Outcome   string          `json:"outcome"`
	Varies    bool            `json:"varies,omitempty"`
	Ports     []string        `json:"ports,omitempty"`
	Code      verdict.Code    `json:"code,omitempty"`
	At        *reachPlaceDoc  `json:"at,omitempty"`
	AllowedBy []reachPlaceDoc `json:"allowed_by,omitempty"`
	Path      []string        `json:"path,omitempty"`
	Reason    string          `json:"reason,omitempty"`
	Reply     *reachReplyDoc  `json:"reply,omitempty"`
	Example   string          `json:"example"`
}

// reachReplyDoc is the result of the replies to packets, with --both-ways.
type reachReplyDoc struct {
	Outcome string         `json:"outcome"` // that of a set, or none if there is no reply
	Code    verdict.Code   `json:"code,omitempty"`
	At      *reachPlaceDoc `json:"at,omitempty"`
	Path    []string       `json:"path,omitempty"`
	Reason  string         `json:"reason,omitempty"`
}

type reachPlaceDoc struct {
	Zone     string   `json:"zone,omitempty"` // if it is not the one that the packets enter
	Datapath string   `json:"datapath"`
	Stage    string   `json:"stage,omitempty"`
	Table    int      `json:"table"`
	Flow     string   `json:"flow,omitempty"`
	MadeFrom []string `json:"made_from,omitzero"`
}

type reachProofDoc struct {
	Result         string `json:"result"` // proven, refuted or open
	Counterexample string `json:"counterexample,omitempty"`
	Reason         string `json:"reason,omitempty"`
	Example        string `json:"example,omitempty"`
}

// json writes the answer as a JSON document.
func (w *reachWriter) json(out io.Writer) error {
	doc := reachDoc{Version: reachVersion, From: w.o.from, To: w.o.to, Spoof: w.o.spoof, Packets: w.o.packets, Sets: []reachSetDoc{}}
	for _, b := range w.a.Summaries() {
		p := b.Parts[0]
		var others []string
		for _, o := range b.Parts[1:] {
			others = append(others, o.Ports[0].Datapath.DisplayName(true))
		}
		name := func(d *lflow.Datapath) string {
			if len(others) > 0 && d == p.Ports[0].Datapath {
				return reach.FromDatapath
			}
			return w.a.NameOf(d, p)
		}
		for _, s := range b.Sections {
			for j := range s.Lines {
				l := &s.Lines[j]
				d := reachSetDoc{
					Zone: w.a.ZoneOf(p.Ports[0].Datapath), Datapath: p.Ports[0].Datapath.DisplayName(true), Others: others, From: displayNames(b.Ports()), Addressed: s.Kind == reach.Addressed && w.o.to != "", Mixed: s.Kind == reach.MixedDestinations, Later: s.Kind == reach.Later,
					Text: l.Text, Match: l.Match, Cut: l.Cut, Otherwise: l.Otherwise,
					Outcome: l.Kind.String(), Varies: l.Varies, Ports: displayNames(l.Ports), Code: l.Code, Reason: l.Reason,
					Example: p.Example(l.Set),
				}
				if l.At.Datapath != nil {
					d.At = w.place(&l.At)
				}
				for k := range l.AllowedBy {
					d.AllowedBy = append(d.AllowedBy, *w.place(&l.AllowedBy[k]))
				}
				for _, dp := range l.Path {
					d.Path = append(d.Path, name(dp))
				}
				if r := l.Reply; r != nil {
					d.Reply = &reachReplyDoc{Outcome: r.Kind.String(), Code: r.Code, Reason: r.Reason}
					if r.None {
						d.Reply.Outcome = "none"
					}
					if r.At.Datapath != nil {
						d.Reply.At = w.place(&r.At)
					}
					for _, dp := range r.Path {
						d.Reply.Path = append(d.Reply.Path, name(dp))
					}
				}
				doc.Sets = append(doc.Sets, d)
			}
		}
	}
	if p := w.proof; p != nil {
		doc.Proof = &reachProofDoc{Result: "open", Counterexample: p.Counterexample, Reason: p.Open, Example: p.Example}
		switch {
		case p.Holds:
			doc.Proof.Result = "proven"
		case p.Counterexample != "":
			doc.Proof.Result = "refuted"
		}
	}
	return writeDoc(out, &doc)
}

func displayNames(ports []*lflow.Port) (out []string) {
	for _, p := range ports {
		out = append(out, p.DisplayName(true))
	}
	return out
}

func (w *reachWriter) place(p *trace.Place) *reachPlaceDoc {
	d := &reachPlaceDoc{Zone: p.Zone, Datapath: p.Datapath.DisplayName(true), Stage: p.Stage, Table: p.Table}
	if p.Flow != nil {
		d.Flow, d.MadeFrom = p.Flow.UUID, w.rows(p.Flow)
	}
	return d
}
