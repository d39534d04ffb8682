// Package physical says which chassis runs which of the pipelines that a packet
// went through, and what the tunnels between them carry, so that a capture can
// be checked against a trace.
//
// The rules are those of ovn-architecture(7), "Architectural Physical Life
// Cycle of a Packet" and "Tunnel Encapsulations": an ingress pipeline runs where
// the packet came in; output to a port on another chassis goes through a
// tunnel, and the egress pipeline runs there.
package physical

import "github.com/ovnwalk/ovnwalk/lflow"

// Segment is a pipeline that a packet went through, and who runs it.
type Segment struct {
	Datapath string
	Key      int64 // the datapath's tunnel key
	Egress   bool
	Port     string // the input port of an ingress pipeline, the output port of an egress one
	Copied   bool   // whether it is a packet that the network made
	Parent   string // the port that carries Port's packets, "" for none
	Tag      int64  // their VLAN tag there, 0 for none

	// Chassis runs the pipeline; nil where none does, or any might.
	Chassis  *lflow.Chassis
	Reason   PlacementReason
	PinnedBy string          // the port that settled it
	Others   []lflow.Gateway // the gateway chassis of Pin, where there are several

	// Elsewhere are flows that the walk took here and that Chassis does not have.
	Elsewhere []Elsewhere

	// Viewpoint is the chassis from which the walk looks, where this is not the one
	// that runs the pipeline and what happens depends on that; else "".
	Viewpoint string

	// Hop is how the packet came to the chassis from that of the segment before, nil
	// where it stayed.
	Hop *Hop
}

// PlacementReason is why a chassis runs a pipeline.
type PlacementReason uint8

// The reasons.
const (
	SameChassis  PlacementReason = iota // the packet stays where it was
	Bound                               // Pin is bound there
	IsGateway                           // it is the gateway chassis of Pin
	Unbound                             // Pin is bound to no chassis, so none runs it
	AnyChassis                          // every chassis on Pin's physical network
	External                            // Pin is on a gateway that runs no pipelines
	Resident                            // a flow on the way requires Pin to be resident
	SameAsPacket                        // as one packet for all of a multicast group's ports there
)

// Hop is a way from one chassis to another.
type Hop struct {
	From, To *lflow.Chassis

	// Localnet is the port over whose physical network the packet goes, "" for a
	// tunnel.
	Localnet string

	Tunnel Tunnel
}

// Tunnel is what a tunnelled packet carries of OVN's.
type Tunnel struct {
	Type      string   // geneve, vxlan or stt; "" where the chassis have none in common
	Source    []string // addresses that the packet may come from
	Remote    []string // addresses to which it may go
	FromVXLAN bool     // whether it goes to a VTEP gateway, which needs no port keys
	Key       int64    // of the datapath
	InKey     uint64   // of the input port
	OutKey    uint64   // of the output port or multicast group
	InPort    string
	OutPort   string
}

// minMulticast is the lowest tunnel key of a multicast group, and
// minMulticastVXLAN what takes its place in the 12 bits of VXLAN.
const (
	minMulticast      = 1 << 15
	minMulticastVXLAN = 1 << 11
)

// OptionClass and OptionType are those of the Geneve option that carries port
// keys.
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
