package physical

import (
	"fmt"

	"github.com/ovnwalk/ovnwalk/lflow"
)

// Doc is the JSON form of a Segment, in docs/trace.schema.json.
type Doc struct {
	Datapath string       `json:"datapath"`
	Key      int64        `json:"key"`
	Pipeline string       `json:"pipeline"`
	Port     string       `json:"port"`
	Parent   string       `json:"parent,omitzero"`
	VLAN     int64        `json:"vlan,omitzero"`
	Copied   bool         `json:"copied"`
	Chassis  *string      `json:"chassis"` // null if none runs it, or any of several
	Reason   string       `json:"reason"`
	Pin      string       `json:"pinned_by,omitzero"`
	Gateways []GatewayDoc `json:"gateways,omitzero"`
	Hop      *HopDoc      `json:"hop"` // null if the packet stays
	Text     string       `json:"text"`
}

// GatewayDoc is a gateway chassis of the port that determines the chassis.
type GatewayDoc struct {
	Chassis  string `json:"chassis"`
	Priority int    `json:"priority"`
}

// HopDoc is the JSON form of a Hop.
type HopDoc struct {
	From     string     `json:"from"`
	To       string     `json:"to"`
	Localnet string     `json:"localnet,omitzero"`
	Tunnel   *TunnelDoc `json:"tunnel,omitzero"`
	Text     string     `json:"text"`
}

// TunnelDoc is the JSON form of a Tunnel.
type TunnelDoc struct {
	Type    string   `json:"type"` // empty if the chassis have none in common
	Source  []string `json:"source"`
	Remote  []string `json:"remote"`
	Key     int64    `json:"datapath_key"`
	InKey   uint64   `json:"ingress_key"`
	OutKey  uint64   `json:"egress_key"`
	VNI     uint32   `json:"vni,omitzero"`
	Option  string   `json:"option,omitzero"`    // for Geneve, in hexadecimal
	ID      string   `json:"tunnel_id,omitzero"` // for STT, in hexadecimal
	InPort  string   `json:"ingress_port,omitzero"`
	OutPort string   `json:"egress_port,omitzero"`
}

var reasonTexts = map[PlacementReason]string{
	SameChassis: "same-chassis", Bound: "bound", IsGateway: "gateway", Unbound: "unbound", AnyChassis: "any-chassis", External: "external", SameAsPacket: "same-packet",
}

// Docs returns the JSON form of segments.
func Docs(segments []Segment) []Doc {
	out := []Doc{}
	for i := range segments {
		l := &segments[i]
		d := Doc{
			Datapath: l.Datapath, Key: l.Key, Pipeline: "ingress", Port: l.Port, Parent: l.Parent, VLAN: l.Tag, Copied: l.Copied,
			Chassis: nameOf(l.Chassis), Reason: reasonTexts[l.Reason], Pin: l.PinnedBy, Text: segmentText(l, Style{}),
		}
		if l.Egress {
			d.Pipeline = "egress"
		}
		for _, g := range l.Others {
			d.Gateways = append(d.Gateways, GatewayDoc{g.Chassis.Name, g.Priority})
		}
		if l.Hop != nil {
			d.Hop = hopDoc(l.Hop)
		}
		out = append(out, d)
	}
	return out
}

func nameOf(c *lflow.Chassis) *string {
	if c == nil {
		return nil
	}
	return &c.Name
}

func hopDoc(h *Hop) *HopDoc {
	d := &HopDoc{From: h.From.Name, To: h.To.Name, Localnet: h.Localnet, Text: hopText(h)}
	if h.Localnet != "" {
		return d
	}
	t := &h.Tunnel
	d.Tunnel = &TunnelDoc{
		Type: t.Type, Source: append([]string{}, t.Source...), Remote: append([]string{}, t.Remote...),
		Key: t.Key, InKey: t.InKey, OutKey: t.OutKey, InPort: t.InPort, OutPort: t.OutPort,
	}
	switch t.Type {
	case "geneve":
		d.Tunnel.VNI, d.Tunnel.Option = t.VNI(), fmt.Sprintf("0x%08x", t.Option())
	case "vxlan":
		d.Tunnel.VNI = t.VNI()
	case "stt":
		d.Tunnel.ID = fmt.Sprintf("0x%014x", t.ID())
	}
	return d
}
