package tracejson

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/ovnwalk/ovnwalk/internal/render/wording"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/trace"
)

// Error is the error for an invalid trace in JSON.
type Error struct {
	Node int // the index of the invalid node, or -1
	Err  error
}

// Error returns the message, with the position.
func (e *Error) Error() string {
	if e.Node < 0 {
		return fmt.Sprintf("a trace in JSON: %v", e.Err)
	}
	return fmt.Sprintf("a trace in JSON: nodes[%d]: %v", e.Node, e.Err)
}

// Unwrap returns the problem.
func (e *Error) Unwrap() error { return e.Err }

// ErrVersion means that a trace has an unknown version; errors wrap it.
var ErrVersion = errors.New("unsupported version")

// traceDoc is the whole object. Members that can be derived from others are not read.
type traceDoc struct {
	Version  int              `json:"version"`
	Release  string           `json:"release"`
	Chassis  string           `json:"chassis"`
	Friendly bool             `json:"friendly_names"` // which of the two forms the names have
	Packet   packetDoc        `json:"packet"`
	Verdicts jsontext.Value   `json:"verdicts"`
	Warnings []warningDoc     `json:"warnings"`
	Unused   unusedDoc        `json:"unused"`
	Nodes    []jsontext.Value `json:"nodes"`
}

// Read reads a trace that [Write] wrote with its nodes. Writing the result with the same options yields
// the same bytes. Both forms of the names of datapaths and ports are those that were written, and
// UUIDs are empty. The flow of a node is that of the enclosing lookup; the one in the node is ignored.
// The error, if any, is an [*Error].
func Read(in io.Reader) (*trace.Trace, error) {
	var version struct {
		Version int `json:"version"`
	}
	text, err := io.ReadAll(in)
	if err != nil {
		return nil, &Error{-1, err}
	}
	if err := json.Unmarshal(text, &version); err != nil {
		return nil, &Error{-1, err}
	}
	if version.Version != Version {
		return nil, &Error{-1, fmt.Errorf("%w %d of the trace format, want %d", ErrVersion, version.Version, Version)}
	}
	var d traceDoc
	if err := json.Unmarshal(text, &d, json.RejectUnknownMembers(true)); err != nil {
		return nil, &Error{-1, err}
	}
	t := &trace.Trace{Release: d.Release, Chassis: d.Chassis, Packet: packet.Packet(d.Packet)}
	for _, w := range d.Warnings {
		t.Warnings = append(t.Warnings, trace.Warning{Flow: w.Flow.flow(), Text: w.Text})
	}
	t.Unused = trace.Unused(d.Unused)
	if err := readNodes(t, d.Nodes); err != nil {
		return nil, err
	}
	return t, nil
}

// nodeList is a node that can contain others.
type nodeList interface{ Add(trace.Node) }

func readNodes(t *trace.Trace, raw []jsontext.Value) error {
	nodes := make([]trace.Node, 0, len(raw))
	for i, text := range raw {
		var h nodeDoc
		if err := json.Unmarshal(text, &h); err != nil {
			return &Error{i, err}
		}
		n, err := readNode(h.Kind, text)
		if err == nil {
			err = place(t, nodes, n, i, h)
		}
		if err != nil {
			return &Error{i, err}
		}
		nodes = append(nodes, n)
	}
	if t.Root == nil {
		return &Error{-1, errors.New("no nodes")}
	}
	return nil
}

// place adds a node to its parent, or to the root.
func place(t *trace.Trace, nodes []trace.Node, n trace.Node, i int, h nodeDoc) error {
	if h.ID != i {
		return fmt.Errorf("has id %d, which is not its index", h.ID)
	}
	if h.Parent == nil {
		root, ok := n.(*trace.Pipeline)
		if !ok || i != 0 {
			return errors.New("has no parent, and is not the first node, a pipeline")
		}
		t.Root = root
		return nil
	}
	if *h.Parent < 0 || *h.Parent >= i {
		return fmt.Errorf("parent %d does not precede it", *h.Parent)
	}
	c, ok := nodes[*h.Parent].(nodeList)
	if !ok {
		return fmt.Errorf("parent %d cannot contain nodes", *h.Parent)
	}
	c.Add(n)
	return nil
}

// read parses a node's members.
func read[T any](text jsontext.Value) (T, error) {
	var d T
	err := json.Unmarshal(text, &d, json.RejectUnknownMembers(true))
	return d, err
}

// readNode parses a node, without those under it.
func readNode(kind string, text jsontext.Value) (trace.Node, error) {
	switch kind {
	case "pipeline":
		d, err := read[pipelineDoc](text)
		if err == nil && d.Pipeline != "ingress" && d.Pipeline != "egress" {
			err = fmt.Errorf("unknown pipeline %q", d.Pipeline)
		}
		at := trace.DatapathNamed(d.Datapath, d.Key)
		return &trace.Pipeline{
			Egress: d.Pipeline == "egress", Datapath: at, Inport: trace.PortNamed(d.Inport, "", at), Outport: trace.PortNamed(d.Outport, "", at),
			Jump: d.Jump, Group: d.Group, Indent: d.Indent, Zone: d.Zone,
		}, err
	case "table":
		d, err := read[tableDoc](text)
		return &trace.Table{Number: d.Table, From: d.From, Stage: d.Stage, Flow: d.Flow.flow(), Packet: d.Packet.packet(), EmptyStage: d.EmptyStage, Cause: d.Cause}, err
	case "action":
		d, err := read[actionDoc](text)
		return &trace.Action{Name: d.Name, Text: trace.SameText(d.Text), Jump: d.Jump}, err
	case "drop":
		_, err := read[plainNodeDoc](text)
		return &trace.Drop{}, err
	case "change":
		d, err := read[changeDoc](text)
		if err != nil {
			return nil, err
		}
		how, err := fromName[trace.ChangeKind](changeNames, d.Kind)
		name, _, _ := strings.Cut(d.Field, "[")
		target, _ := packet.Lookup(name)
		return &trace.Change{Kind: how, Field: d.Field, Target: target, Value: trace.Value{Text: d.Value}}, err
	case "delivered":
		d, err := read[deliveredDoc](text)
		return &trace.Delivered{Port: trace.PortNamed(d.Port, d.Type, trace.DatapathNamed(d.Datapath, 0)), Unclaimed: d.Unclaimed, Packet: d.Packet.packet(), Node: d.Machine, Owner: d.Owner}, err
	case "reached":
		d, err := read[reachedDoc](text)
		return &trace.Reached{Port: trace.PortNamed(d.Port, d.Type, nil)}, err
	case "replaced":
		d, err := read[replacedDoc](text)
		return &trace.Replaced{Port: trace.PortNamed(d.Port, d.Type, nil), Distributed: trace.PortNamed(d.Distributed, "", nil)}, err
	case "omitted":
		_, err := read[plainNodeDoc](text)
		return &trace.Omitted{}, err
	case "fork":
		return readFork(text)
	case "log":
		d, err := read[logDoc](text)
		return &trace.Log{
			Name: d.Name, Unnamed: d.Unnamed, Egress: d.Egress,
			Verdict: d.Verdict, Severity: d.Severity, Packet: d.Packet.packet(),
		}, err
	case "remark":
		return readRemark(text)
	case "uncertain":
		d, err := read[uncertainFlowDoc](text)
		if err == nil && d.Unparsed == nil {
			err = errors.New("member unparsed is missing")
		}
		return &trace.Uncertain{Flow: d.Unparsed.flow(), Reason: d.Reason}, err
	case "overlap":
		d, err := read[overlapDoc](text)
		if err == nil && (d.Taken == nil || d.Other == nil) {
			err = errors.New("member selected or other is missing")
		}
		return &trace.Overlap{Selected: d.Taken.flow(), Other: d.Other.flow()}, err
	}
	return nil, fmt.Errorf("unknown kind %q", kind)
}

func readFork(text jsontext.Value) (trace.Node, error) {
	d, err := read[forkDoc](text)
	if err != nil {
		return nil, err
	}
	kind, err := fromName[trace.ForkKind](wording.ForkNames, d.Fork)
	if err != nil {
		return nil, err
	}
	state, err := ctState(d.State)
	return &trace.Fork{
		Kind: kind, State: state, Tracked: d.Tracked, Assumed: d.Assumed, Reject: d.Reject,
		Address: d.Address, IPv6: d.IPv6, Field: d.Field, Value: d.Value, Random: d.Random, Unlisted: d.Unlisted,
		Variant: d.Variant, Packet: d.Packet.packet(),
	}, err
}

func readRemark(text jsontext.Value) (trace.Node, error) {
	d, err := read[remarkDoc](text)
	if err != nil {
		return nil, err
	}
	what, err := fromName[trace.RemarkKind](remarkNames, d.Remark)
	if err != nil {
		return nil, err
	}
	r := &trace.Remark{Kind: what, Text: d.Text, Key: d.Key}
	if d.Detail != "" {
		r.Text, r.Port = "", trace.PortNamed(d.Detail, d.Text, nil)
	}
	if d.MAC != "" {
		mac, ok := packet.ParseMAC(d.MAC)
		if !ok {
			return nil, fmt.Errorf("bad Ethernet address %q", d.MAC)
		}
		r.MAC = mac
	}
	return r, nil
}

// packet returns the packet; a nil packetDoc is the zero packet.
func (d *packetDoc) packet() packet.Packet {
	if d == nil {
		return packet.Packet{}
	}
	return packet.Packet(*d)
}
