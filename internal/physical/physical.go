// Package physical finds the chassis that runs each pipeline of a trace, and the contents of the
// tunnel headers between chassis, so that a capture can be compared with a trace.
//
// The rules are those of ovn-architecture(7), "Architectural Physical Life
// Cycle of a Packet" and "Tunnel Encapsulations": an ingress pipeline runs on the chassis
// that the packet enters; output to a port on another chassis goes through a tunnel, and
// the egress pipeline runs there.
package physical

import "github.com/ovnwalk/ovnwalk/lflow"

// Segment is a pipeline in a trace with the chassis that runs it.
type Segment struct {
	Datapath string
	Key      int64 // the datapath's tunnel key
	Egress   bool
	Port     string // the input port of an ingress pipeline, the output port of an egress pipeline
	Copied   bool   // whether the packet is one that the network generates
	Parent   string // the port that carries the packets of Port, "" for none
	Tag      int64  // their VLAN tag on it, 0 for none

	// Chassis runs the pipeline; nil if none does, or any of several.
	Chassis  *lflow.Chassis
	Reason   PlacementReason
	PinnedBy string          // the port that determines the chassis
	Others   []lflow.Gateway // the gateway chassis of PinnedBy, if there are several

	// Elsewhere are flows that the walk took and that Chassis does not have.
	Elsewhere []Elsewhere

	// Viewpoint is the chassis of the walk if it is not the one that runs the pipeline and
	// the flows taken depend on it; otherwise "".
	Viewpoint string

	// Hop is how the packet came from the chassis of the previous segment, nil if it stayed.
	Hop *Hop
}

// PlacementReason is the reason why a chassis runs a pipeline.
type PlacementReason uint8

// The reasons.
const (
	SameChassis  PlacementReason = iota // the packet stays on its chassis
	Bound                               // PinnedBy is bound to it
	IsGateway                           // it is the gateway chassis of PinnedBy
	Unbound                             // PinnedBy is bound to no chassis, so none runs the pipeline
	AnyChassis                          // every chassis on the physical network of PinnedBy
	External                            // PinnedBy is on a gateway that runs no pipelines
	Resident                            // a flow on the path requires PinnedBy to be resident
	SameAsPacket                        // one packet carries the copies for all ports of a multicast group on the chassis
)

// Hop is the transfer of a packet from one chassis to another.
type Hop struct {
	From, To *lflow.Chassis

	// Localnet is the localnet port whose physical network carries the packet, "" for a
	// tunnel.
	Localnet string

	Tunnel Tunnel
}

// Tunnel is the metadata that OVN puts into a tunnel header, and the tunnel's ends.
type Tunnel struct {
	Type      string   // geneve, vxlan or stt; "" if the chassis have none in common
	Source    []string // possible source addresses
	Remote    []string // possible destination addresses
	FromVXLAN bool     // whether it leads to a VTEP gateway, which needs no port keys
	Key       int64    // of the datapath
	InKey     uint64   // of the input port
	OutKey    uint64   // of the output port or multicast group
	InPort    string
	OutPort   string
}

// minMulticast is the lowest tunnel key of a multicast group, and minMulticastVXLAN the
// corresponding key in the 12 bits of VXLAN.
const (
	minMulticast      = 1 << 15
	minMulticastVXLAN = 1 << 11
)

// OptionClass and OptionType identify the Geneve option with the port keys.
const (
	OptionClass = 0x0102
	OptionType  = 0x80
)

// Option returns the data of the Geneve option: a reserved bit, 15 bits of
// ingress port key and 16 bits of egress port key.
func (t *Tunnel) Option() uint32 { return uint32(t.InKey&0x7fff)<<16 | uint32(t.OutKey&0xffff) }

// VNI returns the virtual network identifier: with Geneve the datapath's tunnel
// key; with VXLAN between hypervisors 12 bits of egress port key above 12 bits
// of datapath key; with VXLAN to a VTEP gateway the datapath's key.
func (t *Tunnel) VNI() uint32 {
	key := uint32(t.Key & 0xffffff)
	if t.Type != "vxlan" || t.FromVXLAN {
		return key
	}
	return key | t.shortKey()<<12&0xffffff
}

// shortKey returns the egress port key in the 12 bits that VXLAN has for it.
func (t *Tunnel) shortKey() uint32 {
	if t.OutKey >= minMulticast {
		return minMulticastVXLAN | uint32(t.OutKey&(minMulticastVXLAN-1))
	}
	return uint32(t.OutKey & 0xfff)
}

// ID returns the 64-bit tunnel ID of STT: 15 bits of ingress port key above 16
// bits of egress port key above 24 bits of datapath key.
func (t *Tunnel) ID() uint64 {
	return uint64(t.Key&0xffffff) | (t.OutKey&0xffff)<<24 | (t.InKey&0x7fff)<<40
}
