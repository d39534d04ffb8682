package cli

import (
	"io"

	"github.com/ovnwalk/ovnwalk/internal/connect"
	"github.com/ovnwalk/ovnwalk/internal/explain"
	"github.com/ovnwalk/ovnwalk/internal/physical"
	"github.com/ovnwalk/ovnwalk/internal/render/exchange"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/tracejson"
)

// connectVersion is the version of the JSON form, docs/connect.schema.json.
const connectVersion = 1

type connectDoc struct {
	Version  int                 `json:"version"`
	Verdict  connect.Verdict     `json:"verdict"`
	Complete bool                `json:"complete"`
	Assumed  []string            `json:"assumed,omitempty"`
	Warnings []string            `json:"warnings,omitempty"`
	Outcomes []connectOutcomeDoc `json:"outcomes"`
}

type connectOutcomeDoc struct {
	Verdict connect.Verdict    `json:"verdict"`
	Lost    *connectLostDoc    `json:"lost,omitempty"`
	Choices []connectChoiceDoc `json:"choices"`
	Packets []connectPacketDoc `json:"packets"`

	Obstacles []connectObstacleDoc `json:"obstacles,omitzero"`
	Remaining connect.Verdict      `json:"remaining,omitempty"`
}

type connectLostDoc struct {
	Role   string          `json:"what"`
	Code   connect.Code    `json:"code"`
	Detail string          `json:"detail,omitempty"`
	At     *connectDropDoc `json:"at,omitempty"`
}

type connectChoiceDoc struct {
	Kind    string   `json:"what"`
	Options []string `json:"options"`
	Of      int      `json:"of"`
}

type connectPacketDoc struct {
	Role    string            `json:"what"`
	Sent    connectFrameDoc   `json:"sent"`
	Arrived []connectFrameDoc `json:"arrived"`
	Dropped []connectDropDoc  `json:"dropped"`
	WhyNot  *explain.Doc      `json:"why_not,omitempty"`
}

type connectFrameDoc struct {
	Network   string           `json:"network,omitempty"`
	Port      string           `json:"port,omitempty"`
	Owner     string           `json:"owner,omitempty"`
	Container string           `json:"container,omitempty"`
	Chassis   string           `json:"chassis,omitempty"`
	Packet    *tracejson.Frame `json:"packet"`
	Path      []connectHopDoc  `json:"way,omitempty"`
	Physical  []physical.Doc   `json:"physical,omitzero"`
}

type connectDropDoc struct {
	Code     connect.Code    `json:"code"`
	Detail   string          `json:"detail,omitempty"`
	Datapath string          `json:"datapath,omitempty"`
	Stage    string          `json:"stage,omitempty"`
	Effect   string          `json:"effect,omitempty"`
	Chassis  string          `json:"chassis,omitempty"`
	Flow     string          `json:"flow,omitempty"`
	Cause    string          `json:"cause,omitempty"`
	MadeFrom []string        `json:"made_from,omitzero"`
	Path     []connectHopDoc `json:"way,omitempty"`
	Physical []physical.Doc  `json:"physical,omitzero"`
}

type connectObstacleDoc struct {
	Role     string          `json:"what"`
	At       connectDropDoc  `json:"at"`
	Removal  connect.Removal `json:"removal"`
	Supposed string          `json:"supposed,omitempty"`
}

type connectHopDoc struct {
	Kind     connect.HopKind `json:"kind"`
	Chassis  string          `json:"chassis,omitempty"`
	Datapath string          `json:"datapath,omitempty"`
	Port     string          `json:"port,omitempty"`
	Network  string          `json:"network,omitempty"`
	Field    string          `json:"field,omitempty"`
	Before   string          `json:"before,omitempty"`
	After    string          `json:"after,omitempty"`
	Flow     string          `json:"flow,omitempty"`
	Stage    string          `json:"stage,omitempty"`
	MadeFrom []string        `json:"made_from,omitzero"`
}

// writeConnectJSON writes an answer as one JSON object.
func writeConnectJSON(out io.Writer, a *connect.Answer, about *connectAbout) error {
	doc := connectDoc{Version: connectVersion, Verdict: a.Verdict, Complete: a.Complete, Assumed: a.Assumed, Warnings: a.Warnings}
	for i := range a.Outcomes {
		outcome, err := docOfConnectOutcome(&a.Outcomes[i], about)
		if err != nil {
			return err
		}
		doc.Outcomes = append(doc.Outcomes, outcome)
	}
	return writeDoc(out, doc)
}

func docOfConnectOutcome(o *connect.Outcome, about *connectAbout) (connectOutcomeDoc, error) {
	d := connectOutcomeDoc{Verdict: o.Verdict, Choices: []connectChoiceDoc{}}
	if o.Lost != "" {
		d.Lost = &connectLostDoc{Role: o.Lost, Code: o.Where.Code, Detail: o.Where.Detail}
		if o.Where.Datapath != nil {
			at := docOfConnectDrop(&o.Where, about)
			d.Lost.At = &at
		}
	}
	for _, c := range o.Taken() {
		d.Choices = append(d.Choices, connectChoiceDoc{c.Kind, c.Options, c.Of})
	}
	for i := range o.Packets {
		p := &o.Packets[i]
		doc := connectPacketDoc{Role: p.Role, Sent: connectFrameDoc{Network: p.From.Network, Packet: frameDoc(&p.Sent)}, Arrived: []connectFrameDoc{}, Dropped: []connectDropDoc{}}
		if p.From.Port != nil {
			doc.Sent.Port, doc.Sent.Owner = p.From.Port.Name, p.Owner
			doc.Sent.Chassis = p.On
		}
		for j := range p.Arrived {
			a := &p.Arrived[j]
			arrived := connectFrameDoc{Network: a.Network, Port: a.Carrier().Name, Owner: a.Owner, Chassis: a.Chassis, Packet: frameDoc(&a.Packet), Path: docOfConnectPath(a.Path, about), Physical: about.segmentDocs(a.Path)}
			if a.Parent != nil {
				arrived.Container = a.Port.Name
			}
			doc.Arrived = append(doc.Arrived, arrived)
		}
		for j := range p.Dropped {
			doc.Dropped = append(doc.Dropped, docOfConnectDrop(&p.Dropped[j], about))
		}
		if why := about.whyNot[p]; why != nil {
			var err error
			if doc.WhyNot, err = why.Doc(about.origins); err != nil {
				return d, err
			}
		}
		d.Packets = append(d.Packets, doc)
	}
	if d.Remaining = o.Remaining; o.Remaining != "" {
		d.Obstacles = []connectObstacleDoc{}
	}
	for i := range o.Obstacles {
		x := &o.Obstacles[i]
		d.Obstacles = append(d.Obstacles, connectObstacleDoc{x.Role, docOfConnectDrop(&x.Where, about), x.Removal, x.Detail})
	}
	return d, nil
}

func docOfConnectDrop(d *connect.Drop, about *connectAbout) connectDropDoc {
	flow, _ := exchange.FlowNames(d.Flow)
	return connectDropDoc{Code: d.Code, Detail: d.Detail, Datapath: d.Datapath.DisplayName(true), Stage: d.Stage, Effect: d.Effect, Chassis: d.Chassis, Flow: flow, Cause: d.Cause, MadeFrom: about.origins(d.Flow), Path: docOfConnectPath(d.Path, about), Physical: about.segmentDocs(d.Path)}
}

func docOfConnectPath(path []connect.Hop, about *connectAbout) (docs []connectHopDoc) {
	for _, h := range path {
		flow, stage := exchange.FlowNames(h.Flow)
		docs = append(docs, connectHopDoc{h.Kind, h.Chassis, h.Datapath.DisplayName(true), h.Port.DisplayName(true), h.Network, h.Field, h.Before, h.Now, flow, stage, about.origins(h.Flow)})
	}
	return docs
}

// frameDoc returns a frame's fields, named as in the JSON of a trace.
func frameDoc(p *packet.Packet) *tracejson.Frame { return (*tracejson.Frame)(p) }
