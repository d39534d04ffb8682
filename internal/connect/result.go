package connect

import (
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
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
}

// Arrival is a frame that left the logical network: to the host behind a port,
// or to a physical network.
type Arrival struct {
	Network string      // the physical network, "" for a host
	Port    *lflow.Port // the port by which it left
	Parent  *lflow.Port // of a nested container's port, the one that carries its frames
	Chassis string
	Packet  packet.Packet
	Quoted  *packet.Packet // what an ICMP error quotes
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
	Datapath string
	Stage    string
	Chassis  string
	Flow     string // the UUID of the logical flow, "" for none
	Detail   string
	Packet   packet.Packet
	Way      []Hop
}

// Code is why a packet ended.  Codes are stable.
type Code string

// The codes.
const (
	DroppedByFlow Code = "dropped-by-flow"
	NoFlow        Code = "no-matching-flow"
	NoOutput      Code = "no-output-port"
	UnknownOutput Code = "unknown-output-port"
	NoDistributed Code = "no-distributed-port"
	UnboundPort   Code = "port-not-bound"
	NotLocal      Code = "not-on-this-chassis"
	NotCarried    Code = "datapath-not-on-chassis"
	SamePort      Code = "output-to-input-port"
	NoPeer        Code = "no-peer-port"
	NoBackend     Code = "no-backend"
	Unresolved    Code = "next-hop-unresolved"
	TooDeep       Code = "too-many-recirculations"
	NotReceived   Code = "not-received"
	NotKnown      Code = "not-known"
	NoZone        Code = "zone-not-given" // the database of the node's zone is needed
	NoTunnel      Code = "no-tunnel"
)
