package connect

import (
	"slices"

	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/sim"
	"github.com/ovnwalk/ovnwalk/trace"
)

// Hop is one step of a packet's path.
type Hop struct {
	Kind     HopKind
	Chassis  string // the chassis; of a tunnel, the receiving one
	Datapath *trace.DatapathRef
	Router   bool           // whether the datapath is a router
	Port     *trace.PortRef // of a pipeline: the input port or the output port
	Network  string         // of a frame on a physical network

	// For a translation: the field, its values, and the logical flow.  For a packet that
	// was generated: the action, and its flow.
	Field       string
	Before, Now string
	Flow        *trace.Flow

	Tunnel *Tunnel // for a tunnel

	before int // the number of the previous hop, 0 for none
}

// Tunnel is the metadata of a packet in a tunnel, and the chassis at both ends.
type Tunnel struct {
	Datapath *lflow.Datapath
	From, To string
	In, Out  uint64 // keys of the input port, and of the output port or multicast group
}

// HopKind is the kind of a hop.
type HopKind string

// The kinds.
const (
	HopIngress    HopKind = "ingress"
	HopEgress     HopKind = "egress"
	HopTunnel     HopKind = "tunnel"
	HopNetwork    HopKind = "network"
	HopTranslated HopKind = "translated"
	HopGenerated  HopKind = "made"
)

// hop adds a hop to the path of a packet.
func (w *simulation) hop(p *packet.Packet, h Hop) {
	if h.Chassis == "" {
		if c := w.chassis(p); c != nil {
			h.Chassis = c.Name
		}
	}
	h.before = int(p.Uint(lastHop))
	w.hops = append(w.hops, h)
	p.SetUint(lastHop, uint64(len(w.hops)))
}

// path returns the hops of a packet, in order.
func (w *simulation) path(p *packet.Packet) []Hop {
	return w.pathTo(p.Uint(lastHop))
}

// pathTo returns the hops up to the one with the given number.
func (w *simulation) pathTo(last uint64) []Hop {
	length := 0
	for n := int(last); n > 0; n = w.hops[n-1].before {
		length++
	}
	path := make([]Hop, length)
	for n := int(last); n > 0; n = w.hops[n-1].before {
		length--
		path[length] = w.hops[n-1]
	}
	return path
}

// change is a field that conntrack translates, for an IP family and protocol.
type change struct {
	field *packet.Field
	ipv6  bool
	proto uint64 // 0 for all
}

var translatable = []change{
	{packet.IPv4Src, false, 0},
	{packet.IPv4Dst, false, 0},
	{packet.IPv6Src, true, 0},
	{packet.IPv6Dst, true, 0},
	{packet.TCPSrc, false, packet.ProtoTCP},
	{packet.TCPDst, false, packet.ProtoTCP},
	{packet.UDPSrc, false, packet.ProtoUDP},
	{packet.UDPDst, false, packet.ProtoUDP},
	{packet.SCTPSrc, false, packet.ProtoSCTP},
	{packet.SCTPDst, false, packet.ProtoSCTP},
}

// changeable are the fields that conntrack can change in the buffer of a pass: those that it translates,
// and ip.frag of a packet that it reassembles.
var changeable = append(slices.Clone(translatable), change{field: packet.IPFrag})

// translated adds hops for the addresses and ports that conntrack changed.
func (w *simulation) translated(before, p *packet.Packet, at sim.ActionContext) {
	for _, c := range translatable {
		a, b := before.Get(c.field), p.Get(c.field)
		if a == b || c.proto == 0 && c.ipv6 != p.IsIPv6() || c.proto != 0 && c.proto != p.Uint(packet.IPProto) {
			continue
		}
		w.hop(p, Hop{
			Kind: HopTranslated, Datapath: at.Datapath.Ref(), Field: c.field.Symbol, Before: c.field.Format(a), Now: c.field.Format(b),
			Flow: at.Flow.Ref(),
		})
	}
}
