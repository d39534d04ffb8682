package tracejson

import (
	"fmt"

	"github.com/ovnwalk/ovnwalk/internal/render/wording"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/trace"
)

// nodeDoc has the members of every node: its index in the list, the index of the node that contains
// it, its kind, and the flow that it belongs to.
type nodeDoc struct {
	ID     int    `json:"id"`
	Parent *int   `json:"parent"` // null for the root
	Kind   string `json:"kind"`
}

// sourceDoc is the flow of a node.
type sourceDoc struct {
	UUID     string `json:"uuid"`
	Stage    string `json:"stage"`
	Priority int    `json:"priority"`
	Match    string `json:"match"`
}

// flowDoc is a flow of a trace.
type flowDoc struct {
	sourceDoc
	Actions string `json:"actions"`
	Source  string `json:"source"`
	Hint    string `json:"stage_hint"`
	Cookie  uint32 `json:"cookie"`

	EmptyStage  bool `json:"empty_stage,omitzero"`
	EmptySource bool `json:"empty_source,omitzero"`
}

// shown converts parts of traces, with one form of names.
type shown struct{ wording.Names }

func (s shown) source(f *trace.Flow) *sourceDoc {
	if f == nil {
		return nil
	}
	return &sourceDoc{f.UUID, f.Stage, f.Priority, s.Text(f.Match)}
}

func (s shown) flow(f *trace.Flow) *flowDoc {
	if f == nil {
		return nil
	}
	return &flowDoc{*s.source(f), f.Actions, f.Source, f.Hint, f.Cookie, f.EmptyStage, f.EmptySource}
}

func (d *flowDoc) flow() *trace.Flow {
	if d == nil {
		return nil
	}
	return &trace.Flow{
		UUID: d.UUID, Cookie: d.Cookie, Priority: d.Priority, Match: trace.SameText(d.Match),
		Actions: d.Actions, Stage: d.Stage, Source: d.Source, Hint: d.Hint,
		EmptyStage: d.EmptyStage, EmptySource: d.EmptySource,
	}
}

// The nodes, in the order of package trace. Members with omitzero are absent if they are zero.

type pipelineDoc struct {
	nodeDoc
	Pipeline string     `json:"pipeline"` // ingress, egress
	Datapath string     `json:"datapath"`
	Key      int64      `json:"key"`
	Inport   string     `json:"inport"`
	Outport  string     `json:"outport"`
	Group    string     `json:"group"`
	Jump     bool       `json:"jump"`
	Indent   bool       `json:"indent"`
	Flow     *sourceDoc `json:"flow"`
	Zone     string     `json:"zone,omitzero"`
}

type tableDoc struct {
	nodeDoc
	Table  int        `json:"table"`
	From   int        `json:"from"`
	Stage  string     `json:"stage"`
	Flow   *flowDoc   `json:"flow"` // null if no flow matched
	Packet *packetDoc `json:"packet"`

	EmptyStage bool   `json:"empty_stage,omitzero"`
	Cause      string `json:"cause,omitzero"`
}

type actionDoc struct {
	nodeDoc
	Name string     `json:"name"`
	Text string     `json:"text"`
	Jump bool       `json:"jump"`
	Flow *sourceDoc `json:"flow"`
}

// plainNodeDoc is a node without members of its own: a drop or an omitted output.
type plainNodeDoc struct {
	nodeDoc
	Flow *sourceDoc `json:"flow"`
}

type changeDoc struct {
	nodeDoc
	Kind  string     `json:"change"`
	Field string     `json:"field"`
	Value string     `json:"value"`
	Flow  *sourceDoc `json:"flow"`
}

type deliveredDoc struct {
	nodeDoc
	Port      string     `json:"port"`
	Type      string     `json:"type"`
	Datapath  string     `json:"datapath"`
	Unclaimed bool       `json:"unclaimed,omitzero"`
	Flow      *sourceDoc `json:"flow"`
	Packet    *packetDoc `json:"packet"`
	Machine   string     `json:"machine,omitzero"` // the node of another zone with the port
	Owner     string     `json:"owner,omitzero"`
}

type reachedDoc struct {
	nodeDoc
	Port string     `json:"port"`
	Type string     `json:"type"`
	Flow *sourceDoc `json:"flow"`
}

type replacedDoc struct {
	nodeDoc
	Port        string     `json:"port"`
	Type        string     `json:"type"`
	Distributed string     `json:"distributed"`
	Flow        *sourceDoc `json:"flow"`
}

type forkDoc struct {
	nodeDoc
	Fork     string     `json:"fork"`
	State    []string   `json:"state,omitzero"`
	Tracked  bool       `json:"tracked,omitzero"`
	Assumed  bool       `json:"assumed,omitzero"`
	Reject   bool       `json:"reject,omitzero"`
	Address  string     `json:"address,omitzero"`
	IPv6     bool       `json:"ipv6,omitzero"`
	Field    string     `json:"field,omitzero"`
	Value    uint64     `json:"value,omitzero"`
	Random   bool       `json:"random,omitzero"`
	Unlisted bool       `json:"unlisted,omitzero"`
	Variant  string     `json:"variant,omitzero"`
	Flow     *sourceDoc `json:"flow"`
	Packet   *packetDoc `json:"packet"`
}

type logDoc struct {
	nodeDoc
	Name     string     `json:"name"`
	Unnamed  bool       `json:"unnamed"`
	Egress   bool       `json:"egress"`
	Verdict  string     `json:"verdict"`
	Severity string     `json:"severity"`
	Flow     *sourceDoc `json:"flow"`
	Packet   *packetDoc `json:"packet"`
}

type remarkDoc struct {
	nodeDoc
	Remark string     `json:"remark"`
	Class  string     `json:"class"` // note, output, error
	MAC    string     `json:"mac,omitzero"`
	Text   string     `json:"text,omitzero"`
	Detail string     `json:"detail,omitzero"`
	Key    uint64     `json:"key,omitzero"`
	Flow   *sourceDoc `json:"flow"`
}

type uncertainFlowDoc struct {
	nodeDoc
	Unparsed *flowDoc   `json:"unparsed"`
	Reason   string     `json:"reason"`
	Flow     *sourceDoc `json:"flow"`
}

type overlapDoc struct {
	nodeDoc
	Taken *flowDoc   `json:"selected"`
	Other *flowDoc   `json:"other"`
	Flow  *sourceDoc `json:"flow"`
}

// node returns the JSON form of a node. The caller sets its ID and parent.
func (s shown) node(n trace.Node, h nodeDoc, from *trace.Flow) (any, error) {
	src := s.source(from)
	switch n := n.(type) {
	case *trace.Pipeline:
		h.Kind = "pipeline"
		d := pipelineDoc{h, "ingress", s.Datapath(n.Datapath), n.Key(), s.Port(n.Inport), s.Port(n.Outport), n.Group, n.Jump, n.Indent, src, n.Zone}
		if n.Egress {
			d.Pipeline = "egress"
		}
		return d, nil
	case *trace.Table:
		h.Kind = "table"
		return tableDoc{h, n.Number, n.From, n.Stage, s.flow(n.Flow), docOfPacket(&n.Packet), n.EmptyStage, n.Cause}, nil
	case *trace.Action:
		h.Kind = "action"
		return actionDoc{h, n.Name, s.Text(n.Text), n.Jump, src}, nil
	case *trace.Drop:
		h.Kind = "drop"
		return plainNodeDoc{h, src}, nil
	case *trace.Change:
		h.Kind = "change"
		how, err := nameOf(changeNames, n.Kind)
		return changeDoc{h, how, n.Field, wording.Value(n.Value), src}, err
	case *trace.Delivered:
		h.Kind = "delivered"
		return deliveredDoc{h, s.Port(n.Port), wording.PortType(n.Port), s.Datapath(n.Datapath()), n.Unclaimed, src, docOfPacket(&n.Packet), n.Node, n.Owner}, nil
	case *trace.Reached:
		h.Kind = "reached"
		return reachedDoc{h, s.Port(n.Port), wording.PortType(n.Port), src}, nil
	case *trace.Replaced:
		h.Kind = "replaced"
		return replacedDoc{h, s.Port(n.Port), wording.PortType(n.Port), s.Port(n.Distributed), src}, nil
	case *trace.Omitted:
		h.Kind = "omitted"
		return plainNodeDoc{h, src}, nil
	case *trace.Fork:
		h.Kind = "fork"
		fork, err := nameOf(wording.ForkNames, n.Kind)
		return forkDoc{
			h, fork, ctFlags(n.State), n.Tracked, n.Assumed, n.Reject, n.Address, n.IPv6,
			n.Field, n.Value, n.Random, n.Unlisted, n.Variant, src, docOfPacket(&n.Packet),
		}, err
	case *trace.Log:
		h.Kind = "log"
		return logDoc{h, n.Name, n.Unnamed, n.Egress, n.Verdict, n.Severity, src, docOfPacket(&n.Packet)}, nil
	case *trace.Remark:
		h.Kind = "remark"
		what, err := nameOf(remarkNames, n.Kind)
		d := remarkDoc{h, what, className(n), "", n.Text, "", n.Key, src}
		if n.Port != nil {
			d.Text, d.Detail = n.Port.Type, s.Port(n.Port)
		}
		if n.MAC != 0 {
			d.MAC = packet.EthSrc.Format(packet.Uint(n.MAC))
		}
		return d, err
	case *trace.Uncertain:
		h.Kind = "uncertain"
		return uncertainFlowDoc{h, s.flow(n.Flow), n.Reason, src}, nil
	case *trace.Overlap:
		h.Kind = "overlap"
		return overlapDoc{h, s.flow(n.Selected), s.flow(n.Other), src}, nil
	}
	return nil, fmt.Errorf("no JSON for a %T", n)
}

func docOfPacket(p *packet.Packet) *packetDoc { return (*packetDoc)(p) }

// className returns the class of a remark.
func className(n *trace.Remark) string {
	switch n.Class() {
	case trace.ClassError:
		return "error"
	case trace.ClassOutput:
		return "output"
	default:
	}
	return "note"
}
