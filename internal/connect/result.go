package connect

import (
	"github.com/ovnwalk/ovnwalk/internal/cluster"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/sim"
	"github.com/ovnwalk/ovnwalk/trace"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// Options are what the database does not contain.
type Options struct {
	// Size is the size of packets in bytes, which flows compare with an MTU.
	Size int

	// MACs are Ethernet addresses of IP addresses (IPv4 mapped into IPv6) that
	// are known everywhere.
	MACs map[packet.Value]uint64

	// HostsAnswer makes hosts answer ARP requests and neighbor solicitations for their
	// addresses.
	HostsAnswer bool

	// LBDst is the backend that load balancers take if they list it, and SelectID the member
	// of select actions, 0 for no choice.  Other choices are enumerated.
	LBDst    sim.Backend
	SelectID uint16

	// SourcePort is the port that source NAT takes if it is free and in its range of ports,
	// 0 for the first free port.
	SourcePort uint16

	// Matched, if not nil, is called for each flow that a walk takes.
	Matched func(*lflow.Datapath, *lflow.Flow)

	// Conntrack has the initial connection tables of chassis, by the names of the chassis.
	Conntrack map[string]*Recorded

	// Obstacles requests all obstacles on the path, not only the first one.
	Obstacles bool
}

// Arrival is a frame that left the logical network: to the host behind a port,
// or to a physical network.
type Arrival struct {
	Network string      // the physical network, "" for a host
	segment string      // of the physical network
	Port    *lflow.Port // the port by which it left
	Owner   string      // the owner of the port, set by Use
	Parent  *lflow.Port // of a nested container's port, the one that carries its frames
	Chassis string
	Packet  packet.Packet
	Path    []Hop
}

// Carrier returns the port to which the frame is delivered: for a nested container, its parent.
func (a *Arrival) Carrier() *lflow.Port {
	if a.Parent != nil {
		return a.Parent
	}
	return a.Port
}

// Drop is the place where a copy of a packet ended.
type Drop struct {
	Code     Code
	Datapath *trace.DatapathRef
	Stage    string // the stage that decided
	Effect   string // the stage that carries out the decision of Stage, "" for Stage itself
	Chassis  string
	Flow     *trace.Flow // the logical flow that decided, nil for none
	Cause    string      // the object for which the flow was generated, set by Use
	Detail   string
	Packet   packet.Packet
	Path     []Hop

	// Disposition is that of the packet in its trace, nil if no flow ended it.
	Disposition *verdict.Disposition

	end     *trace.Container // the container in which a flow ends the packet, until its code is known
	at      place
	last    uint64           // the number of the last hop
	ending  *trace.Flow      // the flow that carries out the decision of Flow, nil for Flow itself
	hop     macKey           // of Unresolved
	unbound *cluster.Binding // of UnboundPort
}

// Network returns the network of the zone in which the packet ended, nil if it ended outside of
// all zones.
func (d *Drop) Network() *lflow.Network {
	if d.at.d == nil {
		return nil
	}
	return d.at.d.Network()
}

// Code is the reason why a packet ended.  Decisions of logical flows have the codes of package
// verdict; those here are for decisions of chassis.
type Code = verdict.Code

// The codes.
const (
	UnboundPort Code = cluster.CodeUnbound
	NotLocal    Code = "not-on-this-chassis"
	NotCarried  Code = "datapath-not-on-chassis"
	NotMapped   Code = "network-not-mapped"
	Unresolved  Code = "next-hop-unresolved"
	TooDeep     Code = "too-many-recirculations"
	NotReceived Code = "not-received"
	NotKnown    Code = "not-known"
	NoZone      Code = "zone-not-given"
	NoTunnel    Code = cluster.CodeNoTunnel
	Inactive    Code = "port-not-active"

	LostPacketOut  Code = "packet-out-lost"
	LostCopy       Code = "copy-lost"
	TooManyLookups Code = "too-many-lookups"
	Discarded      Code = "translation-discarded"
)

// Codes returns the meaning of each code that package verdict does not have.
func Codes() map[Code]string {
	return map[Code]string{
		UnboundPort:    "the output port is bound to no chassis, or to one that is down",
		NotLocal:       "the packet must not leave its chassis, and the output port is not on it",
		NotCarried:     "the chassis does not have the datapath to which the tunnel or the patch port leads",
		NotMapped:      "the chassis does not map the physical network, or no chassis that is up takes frames from it",
		Unresolved:     "the Ethernet address of the next hop is unknown, and no host answers the ARP request or neighbor solicitation",
		TooDeep:        "the packet passes through conntrack or patch ports more often than Open vSwitch allows",
		NotReceived:    "the packet leaves the logical network, but not to a host that receives it",
		NotKnown:       "the effect of an action is not modelled, or the walk reached a limit",
		NoZone:         "the packet enters an interconnect zone whose database is not given",
		NoTunnel:       "there is no tunnel between the two chassis, or the packet has a `pkt.mark`, for which a datapath in user space has no route to it",
		Inactive:       "the port is on several chassis, and is not yet activated on this one (activation-strategy)",
		LostCopy:       "an earlier copy went through a patch port and paused there, for a reply of ovn-controller or for a hash; Open vSwitch translates nothing after that",
		TooManyLookups: "the copies of the packet are looked up in more tables than Open vSwitch allows for one translation, which is 4,096",
		Discarded:      "another copy of the packet exceeds a limit, for which Open vSwitch discards the translation of this one",
		LostPacketOut:  "the packet was sent by ovn-controller, crossed bridges and has to pass through conntrack, which Open vSwitch before 3.3 does not support",
	}
}
