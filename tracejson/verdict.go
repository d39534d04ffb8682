package tracejson

import (
	"github.com/ovnwalk/ovnwalk/internal/render/wording"
	"github.com/ovnwalk/ovnwalk/trace"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// The names of constants of package verdict without a String method.

var uncertaintyNames = []string{
	verdict.UncertaintyUnparsed:   "unparsed",
	verdict.UncertaintyUnmodelled: "unmodelled",
	verdict.UncertaintyLimit:      "limit",
	verdict.UncertaintyZone:       "missing-zone",
}

var assumedNames = []string{
	verdict.AssumedState:    "ct-state",
	verdict.AssumedBackend:  "backend",
	verdict.AssumedMember:   "member",
	verdict.AssumedNoNAT:    "no-nat",
	verdict.AssumedDHCP:     "dhcp",
	verdict.AssumedRelay:    "dhcp-relay",
	verdict.AssumedNoDNS:    "no-dns",
	verdict.AssumedFits:     "fits",
	verdict.AssumedUnknown:  "not-learned",
	verdict.AssumedPriority: "priority",
}

// placeDoc is a table of a datapath, and the flow that decided there.
type placeDoc struct {
	Datapath string     `json:"datapath"`
	Key      int64      `json:"key"`
	Pipeline string     `json:"pipeline"`
	Table    int        `json:"table"`
	Stage    string     `json:"stage"`
	Flow     *sourceDoc `json:"flow"` // null if no flow matched
	Zone     string     `json:"zone,omitzero"`
	Cause    string     `json:"cause,omitzero"`
}

func (s shown) place(p trace.Place) placeDoc {
	d := placeDoc{s.Datapath(p.Datapath), p.Key(), "ingress", p.Table, p.Stage, s.source(p.Flow), p.Zone, p.Cause}
	if p.Egress {
		d.Pipeline = "egress"
	}
	return d
}

// verdictDoc is the disposition of one copy of the packet.
type verdictDoc struct {
	Outcome       string           `json:"outcome"`
	Tentative     string           `json:"tentative"` // outcome, or the most likely one if outcome is uncertain
	Code          string           `json:"code,omitzero"`
	Origin        string           `json:"origin,omitzero"`
	Port          string           `json:"port,omitzero"`
	Type          string           `json:"type,omitzero"`
	Machine       string           `json:"machine,omitzero"` // the node of another zone with the port
	Owner         string           `json:"owner,omitzero"`
	Action        string           `json:"action,omitzero"`
	Node          *int             `json:"node"` // the last lookup, or null
	End           placeDoc         `json:"end"`
	DecidedAt     placeDoc         `json:"decided_at"`
	Uncertainties []uncertaintyDoc `json:"uncertainties"`
	Assumptions   []assumptionDoc  `json:"assumptions"`
	Packet        *packetDoc       `json:"packet"`

	// AllowedBy are the ACL flows that a delivered copy matched.
	AllowedBy []allowedDoc `json:"allowed_by,omitzero"`

	// MadeFrom are the northbound rows from which the deciding flow was generated, nil without a
	// northbound database.
	MadeFrom []string `json:"made_from,omitzero"`
}

// allowedDoc is an ACL flow, and the northbound rows from which it was generated, nil without a
// northbound database.
type allowedDoc struct {
	Place    placeDoc `json:"place"`
	MadeFrom []string `json:"made_from,omitzero"`
}

type uncertaintyDoc struct {
	Kind  string     `json:"kind"`
	Text  string     `json:"text"`
	Flow  *sourceDoc `json:"flow"` // null if it concerns none
	Place placeDoc   `json:"place"`
}

type assumptionDoc struct {
	Kind  string   `json:"kind"`
	Value string   `json:"value"`
	Place placeDoc `json:"place"`
}

// verdict returns the JSON form of a disposition; ids are the IDs of the lookups.
func (s shown) verdict(d *verdict.Disposition, ids map[*trace.Table]int) (verdictDoc, error) {
	doc := verdictDoc{
		Outcome: d.Outcome.String(), Tentative: d.TentativeOutcome.String(), Code: string(d.Code), Origin: d.Origin.String(),
		Port: s.Port(d.Port), Type: wording.PortType(d.Port), Machine: d.Node, Owner: d.Owner, Action: d.Action, End: s.place(d.End), DecidedAt: s.place(d.DecidedAt),
		Uncertainties: []uncertaintyDoc{}, Assumptions: []assumptionDoc{}, Packet: docOfPacket(&d.Packet),
	}
	if id, ok := ids[d.Last]; ok {
		doc.Node = &id
	}
	for _, x := range d.AllowedBy {
		doc.AllowedBy = append(doc.AllowedBy, allowedDoc{Place: s.place(x)})
	}
	for _, x := range d.Uncertainties {
		why, err := nameOf(uncertaintyNames, x.Kind)
		if err != nil {
			return doc, err
		}
		doc.Uncertainties = append(doc.Uncertainties, uncertaintyDoc{why, x.Text, s.source(x.Flow), s.place(x.Place)})
	}
	for _, x := range d.Assumptions {
		what, err := nameOf(assumedNames, x.Kind)
		if err != nil {
			return doc, err
		}
		doc.Assumptions = append(doc.Assumptions, assumptionDoc{what, x.Value, s.place(x.Place)})
	}
	return doc, nil
}

// tableIDs returns the IDs of a trace's lookups in its list of nodes.
func tableIDs(t *trace.Trace) map[*trace.Table]int {
	ids := map[*trace.Table]int{}
	if t.Root == nil {
		return ids
	}
	next := 0
	trace.Walk(t.Root, func(n trace.Node) bool {
		if table, ok := n.(*trace.Table); ok {
			ids[table] = next
		}
		next++
		return true
	})
	return ids
}
