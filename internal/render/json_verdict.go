package render

import "github.com/ovnwalk/ovnwalk/trace"

// How the words of package trace's verdicts are written that have no String of
// their own.

var doubtNames = []string{
	trace.DoubtUnparsed:   "unparsed",
	trace.DoubtUnmodelled: "unmodelled",
	trace.DoubtLimit:      "limit",
}

var assumedNames = []string{
	trace.AssumedState:    "ct-state",
	trace.AssumedBackend:  "backend",
	trace.AssumedMember:   "member",
	trace.AssumedNoNAT:    "no-nat",
	trace.AssumedDHCP:     "dhcp",
	trace.AssumedRelay:    "dhcp-relay",
	trace.AssumedNoDNS:    "no-dns",
	trace.AssumedFits:     "fits",
	trace.AssumedUnknown:  "not-learned",
	trace.AssumedPriority: "priority",
}

// placeDoc is a table of a datapath, and the flow that decided there.
type placeDoc struct {
	Datapath string     `json:"datapath"`
	Key      int64      `json:"key"`
	Pipeline string     `json:"pipeline"`
	Table    int        `json:"table"`
	Stage    string     `json:"stage"`
	Flow     *sourceDoc `json:"flow"` // null where none matched
}

func placeOf(p trace.Place) placeDoc {
	d := placeDoc{p.Datapath, p.Key, "ingress", p.Table, p.Stage, sourceOf(p.Flow)}
	if p.Egress {
		d.Pipeline = "egress"
	}
	return d
}

// verdictDoc is how the walk ended for one copy of the packet.
type verdictDoc struct {
	Fate    string       `json:"fate"`
	Seems   string       `json:"seems"` // fate, or what it seems to be where that is uncertain
	Code    string       `json:"code,omitzero"`
	Made    string       `json:"made,omitzero"`
	Port    string       `json:"port,omitzero"`
	Type    string       `json:"type,omitzero"`
	Action  string       `json:"action,omitzero"`
	Node    *int         `json:"node"` // the last look-up, null for none
	End     placeDoc     `json:"end"`
	Blame   placeDoc     `json:"blame"`
	Doubts  []doubtDoc   `json:"doubts"`
	Assumed []assumedDoc `json:"assumed"`
	Packet  *packetDoc   `json:"packet"`

	// MadeFrom are the northbound rows that the flow to blame was made from, nil
	// where no northbound database was given.
	MadeFrom []string `json:"made_from,omitzero"`
}

type doubtDoc struct {
	Why   string     `json:"why"`
	Text  string     `json:"text"`
	Flow  *sourceDoc `json:"flow"` // null where it is about none
	Place placeDoc   `json:"place"`
}

type assumedDoc struct {
	What  string   `json:"what"`
	Value string   `json:"value"`
	Place placeDoc `json:"place"`
}

// verdictOf returns a disposition as it is written; ids are those of the
// look-ups.
func verdictOf(d *trace.Disposition, ids map[*trace.Table]int) (verdictDoc, error) {
	doc := verdictDoc{
		Fate: d.Fate.String(), Seems: d.Seems.String(), Code: string(d.Code), Made: d.Made.String(),
		Port: d.Port, Type: d.Type, Action: d.Action, End: placeOf(d.End), Blame: placeOf(d.Blame),
		Doubts: []doubtDoc{}, Assumed: []assumedDoc{}, Packet: docOfPacket(&d.Packet),
	}
	if id, ok := ids[d.Last]; ok {
		doc.Node = &id
	}
	for _, x := range d.Doubts {
		why, err := nameOf(doubtNames, x.Why)
		if err != nil {
			return doc, err
		}
		doc.Doubts = append(doc.Doubts, doubtDoc{why, x.Text, sourceOf(x.Flow), placeOf(x.Place)})
	}
	for _, x := range d.Assumed {
		what, err := nameOf(assumedNames, x.What)
		if err != nil {
			return doc, err
		}
		doc.Assumed = append(doc.Assumed, assumedDoc{what, x.Value, placeOf(x.Place)})
	}
	return doc, nil
}

// tableIDs numbers a trace's nodes as its list of them does, and returns the
// numbers of the look-ups.
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
