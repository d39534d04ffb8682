package cli

import (
	"bufio"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/ovnwalk/ovnwalk/internal/names/find"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// listJSON writes flows in the form of docs/list.schema.json, one per line.
type listJSON struct {
	out   *bufio.Writer
	zone  string // "" if there is only one
	flows int
}

// listedDoc is a flow of a list.
type listedDoc struct {
	Zone        string            `json:"zone,omitzero"`
	Datapath    string            `json:"datapath"`
	Kind        string            `json:"kind"`
	DatapathID  string            `json:"datapath_uuid"`
	UUID        string            `json:"uuid"`
	Pipeline    string            `json:"pipeline"`
	Table       int               `json:"table"`
	Stage       string            `json:"stage"`
	Priority    int               `json:"priority"`
	Match       string            `json:"match"`
	Actions     string            `json:"actions"`
	ExternalIDs map[string]string `json:"external_ids"`
}

// newListJSON writes the beginning of the document.
func newListJSON(out *bufio.Writer, n *lflow.Network) *listJSON {
	j := &listJSON{out: out}
	out.WriteString(`{"version": 1, "release": `)
	j.value(n.Dialect.Release().String())
	out.WriteString(`, "warnings": `)
	j.value(warningTexts(n))
	out.WriteString(`, "flows": [`)
	return j
}

// value writes a value; Flush returns errors of the writer.
func (j *listJSON) value(v any) {
	b, err := json.Marshal(v, jsontext.AllowInvalidUTF8(true), json.Deterministic(true))
	if err == nil {
		j.out.Write(b)
	}
}

// datapath writes the flows of a datapath that satisfy wanted.
func (j *listJSON) datapath(n *lflow.Network, d *lflow.Datapath, wanted func(*lflow.Flow) bool) {
	for f := range n.ListFlows(d) {
		if !wanted(f) {
			continue
		}
		if j.flows++; j.flows > 1 {
			j.out.WriteByte(',')
		}
		j.out.WriteString("\n  ")
		doc := listedDoc{
			Zone: j.zone, Datapath: d.DisplayName(true), Kind: find.KindOf(d), DatapathID: d.UUID, UUID: f.UUID.String(), Pipeline: f.Pipeline.String(), Table: f.Table,
			Stage: f.Stage(), Priority: f.Priority, Match: f.MatchText(), Actions: f.ActionsText(), ExternalIDs: map[string]string{},
		}
		for _, key := range []string{"source", "stage-hint"} {
			if v, ok := f.ExternalID(key); ok {
				doc.ExternalIDs[key] = v
			}
		}
		j.value(doc)
	}
}

// end writes the end of the document.
func (j *listJSON) end() { j.out.WriteString("\n]}\n") }
