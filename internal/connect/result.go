package connect

import (
	"github.com/ovnwalk/ovnwalk/internal/cluster"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/sim"
	"github.com/ovnwalk/ovnwalk/trace"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// Options say what a database does not.
type Options struct {
	// Size is the size of packets in bytes, which decides whether they are larger
	// than a bound.
	Size int

	// MACs are Ethernet addresses of IP addresses (IPv4 mapped into IPv6) that
	// are known everywhere.
	MACs map[packet.Value]uint64

	// HostsAnswer has hosts answer ARP requests and neighbor solicitations for
	// their addresses.
	HostsAnswer bool

	// LBDst is the back end that load balancers take where they list it, and SelectID
	// the member of select actions, 0 for no choice.  Other choices are enumerated.
	LBDst    sim.Backend
	SelectID uint16

	// SourcePort is the port that source NAT takes where its range of ports has it and it
	// is free, 0 for the first that is free.
	SourcePort uint16

	// Matched, if not nil, is notified of every flow that a walk takes.
	Matched func(*lflow.Datapath, *lflow.Flow)

	// Conntrack is what the connection tables of chassis hold at the start, by the names
	// of the chassis.
	Conntrack map[string]*Recorded

	// Obstacles has everything found that loses a packet on the way, not only what
	// loses the first one.
	Obstacles bool
}

// Arrival is a frame that left the logical network: to the host behind a port,
// or to a physical network.
type Arrival struct {
	Network string      // the physical network, "" for a host
	segment string      // of the physical network
	Port    *lflow.Port // the port by which it left
	Owner   string      // what the port is of, as Use has it
	Parent  *lflow.Port // of a nested container's port, the one that carries its frames
	Chassis string
	Packet  packet.Packet
	Way     []Hop
}

// Carrier returns the port whose frame it is: of a nested container, its parent.
func (a *Arrival) Carrier() *lflow.Port {
	if a.Parent != nil {
		return a.Parent
	}
	return a.Port
}

// Drop is where a copy of a packet ended.
type Drop struct {
	Code     Code
	Datapath *trace.DatapathRef
	Stage    string // where it was decided
	Effect   string // the stage that carries out what Stage decided, "" where that does itself
	Chassis  string
	Flow     *trace.Flow // the logical flow that decided, nil for none
	Cause    string      // what the flow was made for, as Use has it
	Detail   string
	Packet   packet.Packet
	Way      []Hop

	// Disposition is that of the packet in its trace, nil where no flow ended it.
	Disposition *verdict.Disposition

	end     *trace.Container // where a flow ends the packet, until its code is known
	at      place
	last    uint64           // the number of the last hop
	ending  *trace.Flow      // the flow that carries out what Flow decided, nil where that does itself
	hop     macKey           // of Unresolved
	unbound *cluster.Binding // of UnboundPort
}

// Network returns the network of the zone in which the packet ended, nil where it
// ended outside.
func (d *Drop) Network() *lflow.Network {
	if d.at.d == nil {
		return nil
	}
	return d.at.d.Network()
}

// Code is why a packet ended.  What logical flows decide, and what output does for
// trace too, has a code of package verdict; the codes here are for what only the
// chassis know.
type Code = verdict.Code

// The codes.
const (
	UnboundPort Code = "port-not-bound"
	NotLocal    Code = "not-on-this-chassis"
	NotCarried  Code = "datapath-not-on-chassis"
	NotMapped   Code = "network-not-mapped"
	Unresolved  Code = "next-hop-unresolved"
	TooDeep     Code = "too-many-recirculations"
	NotReceived Code = "not-received"
	NotKnown    Code = "not-known"
	NoZone      Code = "zone-not-given"
	NoTunnel    Code = "no-tunnel"
	Inactive    Code = "port-not-active"

	LostPacketOut Code = "packet-out-lost"
	LostCopy      Code = "copy-lost"
)

// Codes returns the meaning of each code that package verdict does not have.
func Codes() map[Code]string {
	return map[Code]string{
		UnboundPort:   "the output port is bound to no chassis, or to one that is down",
		NotLocal:      "the packet must not leave its chassis, and the output port is not there",
		NotCarried:    "the chassis does not have the datapath to which the tunnel or the patch port leads",
		NotMapped:     "the chassis does not map the physical network, or no chassis that is up takes frames from it",
		Unresolved:    "the Ethernet address of the next hop is unknown, and nobody answers the ARP request or neighbor solicitation",
		TooDeep:       "the packet passes conntrack, or patch ports, more often than Open vSwitch allows",
		NotReceived:   "the packet leaves the logical network, but not to a host that receives it",
		NotKnown:      "the effect of an action is not known, or the walk came to a limit",
		NoZone:        "the packet enters an interconnect zone of which no database is given",
		NoTunnel:      "there is no tunnel between the two chassis, or the packet has a `pkt.mark`, for which a datapath in user space has no route to it",
		Inactive:      "the port is on several chassis, and was not activated on this one yet (activation-strategy)",
		LostCopy:      "a copy before it went through a patch port and had to pause there, for an answer of ovn-controller or for a hash; Open vSwitch translates nothing after that",
		LostPacketOut: "the packet was sent by a controller, crossed bridges and is to pass conntrack, which Open vSwitch before 3.3 does not do",
	}
}
