package explain

import (
	"bytes"

	"github.com/ovnwalk/ovnwalk/trace"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// Doc is the JSON form of an answer, in docs/trace.schema.json: near misses as data, and the whole
// answer as the text of Write.
type Doc struct {
	Subject    string        `json:"subject"`                    // the subject of the question, empty for everything
	Reached    *bool         `json:"reached,omitzero"`           // for a port
	Error      string        `json:"error,omitzero"`             // for a flow that does not parse
	Endings    []NearMissDoc `json:"endings"`                    // near misses where the packet ended
	OnTheWay   []NearMissDoc `json:"near_misses"`                // on its path, or at the stage of the question
	Divergence *NearMissDoc  `json:"divergence,omitzero"`        // the flow that would have led to a port
	Visits     []NearMissDoc `json:"visits,omitzero"`            // for a flow: its result on each visit
	Unknown    []string      `json:"unknown_addresses,omitzero"` // destinations that no flow on the path contains
	Text       string        `json:"text"`
}

// NearMissDoc is a flow that was not taken.
type NearMissDoc struct {
	Datapath string    `json:"datapath"`
	Pipeline string    `json:"pipeline"`
	Table    int       `json:"table"`
	Stage    string    `json:"stage"`
	Flow     *string   `json:"flow"` // its UUID
	Match    string    `json:"match"`
	Actions  string    `json:"actions"`
	Parts    []PartDoc `json:"parts"`    // what failed; empty if the match is true
	Winner   *string   `json:"selected"` // the UUID of the flow that was taken instead, null for none
	Taken    bool      `json:"taken,omitzero"`
	MadeFrom []string  `json:"made_from,omitzero"`
}

// PartDoc is a part of a match that failed.
type PartDoc struct {
	Start  int    `json:"start"`
	End    int    `json:"end"`
	Field  string `json:"field"`
	Actual string `json:"actual"`
	Wanted string `json:"wanted"`
}

// Doc returns an answer in JSON form; origins, if not nil, returns the northbound rows of a flow.
func (a *Answer) Doc(origins func(*trace.Flow) []string) (*Doc, error) {
	var text bytes.Buffer
	if err := Write(&text, a, Style{Origins: origins}); err != nil {
		return nil, err
	}
	d := &Doc{Subject: a.Subject, Endings: []NearMissDoc{}, OnTheWay: []NearMissDoc{}, Text: text.String()}
	for i := range a.Endings {
		d.Endings = append(d.Endings, a.nearMissDocs(a.Endings[i].NearMisses, origins)...)
	}
	d.OnTheWay = append(d.OnTheWay, a.nearMissDocs(a.NearMisses, origins)...)
	for _, x := range a.Addresses {
		d.Unknown = append(d.Unknown, x.Value)
	}
	if p := a.Port; p != nil {
		d.Reached = &p.Reached
		if p.Divergence != nil {
			d.Divergence = &a.nearMissDocs([]verdict.NearMiss{*p.Divergence}, origins)[0]
		}
	}
	if a.Flow != nil {
		d.Error = a.Flow.Error
	}
	for _, v := range a.Visits {
		doc := a.nearMissDocs([]verdict.NearMiss{v.NearMiss}, origins)[0]
		doc.Taken = v.Taken
		d.Visits = append(d.Visits, doc)
	}
	return d, nil
}

func (a *Answer) nearMissDocs(misses []verdict.NearMiss, origins func(*trace.Flow) []string) (out []NearMissDoc) {
	for _, m := range misses {
		d := NearMissDoc{
			Datapath: m.Place.Datapath.DisplayName(a.friendly), Pipeline: "ingress", Table: m.Place.Table, Stage: m.Place.Stage, Flow: uuidOf(m.Place.Flow),
			Match: m.Match, Actions: m.Actions, Parts: []PartDoc{}, Winner: uuidOf(m.Taken),
		}
		if m.Place.Egress {
			d.Pipeline = "egress"
		}
		for _, p := range m.Parts {
			d.Parts = append(d.Parts, PartDoc(p))
		}
		if origins != nil {
			d.MadeFrom = origins(m.Place.Flow)
		}
		out = append(out, d)
	}
	return out
}

func uuidOf(f *trace.Flow) *string {
	if f == nil {
		return nil
	}
	return &f.UUID
}
