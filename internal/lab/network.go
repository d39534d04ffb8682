package lab

import (
	"cmp"
	"net/netip"
)

// A Network is a logical network: the commands that build it, and a description from which
// microflows can be generated.
type Network struct {
	// Name identifies the network in reports.
	Name string
	// Chassis are southbound commands that are run first, North the northbound commands.
	Chassis, North Batch
	// Additions are northbound commands that follow North on releases with the feature.
	Additions []Addition
	// Stepwise waits for northd after each command of North, so that tunnel keys are in the
	// order of the commands. Otherwise the keys differ from run to run.
	Stepwise bool
	// ChassisRows are the southbound rows that ovn-controller would write.
	ChassisRows ChassisRows

	// Hosts are the real chassis, Outside the hosts on the physical network, of a network
	// for real chassis.
	Hosts   []Host
	Outside []Outside
	// Physical is the name of the physical network that hosts map, "" for
	// DefaultPhysical.
	Physical string

	// Elsewhere are the chassis of other zones for which a zone has rows, RemotePorts the
	// ports of these chassis, by name.
	Elsewhere   []Host
	RemotePorts map[string][]string
	// Transit are the switches that ovn-ic(8) makes; a zone that has any is joined to the
	// others by ovn-ic. Joined are the commands that are run afterwards.
	Transit []string
	Joined  Batch

	Switches []*Switch
	Routers  []*Router
	// VIPs are the load balancers' addresses, Externals those of NAT rules.
	VIPs      []VIP
	Externals []netip.Addr
	// Remote has addresses that routes, policies and QoS rules compare and no port has,
	// Groups the multicast groups in use.
	Remote, Groups []netip.Addr
	// Services are transport ports that rules compare.
	Services []uint16
	// Names are those of DNS records.
	Names []string
	// MACs are addresses that belong to no port.
	MACs []string
}

// DefaultPhysical is the name of the physical network of most networks.
const DefaultPhysical = "phys"

// PhysicalNetwork returns the name of the network's physical network in localnet ports and
// bridge mappings.
func (n *Network) PhysicalNetwork() string { return cmp.Or(n.Physical, DefaultPhysical) }

// A Switch is a logical switch.
type Switch struct {
	Name string
	// Alias is the friendly name, which the real tool calls name2; empty for none.
	Alias string
	// V4 and V6 are the subnets; zero for none.
	V4, V6 netip.Prefix
	Ports  []*Port
	// DNS reports whether OVN answers DNS queries on the switch.
	DNS bool
	// Routers are the router ports attached to the switch.
	Routers []*RouterPort

	transit      bool // between zones
	hasBare      bool // it may have a VIF without an Ethernet address
	index, hosts int
}

// A Port is a logical switch port of any type but router.
type Port struct {
	Name, Alias string
	// Type is the port's type as in ovn-nb(5), "" for a VIF.
	Type   string
	Switch *Switch
	Addrs  []Addr
	// VLAN is the tag of a child port behind the VIF Parent, or of a localnet
	// port; 0 for others.
	VLAN   int
	Parent string
	// Chassis are the requested chassis of a VIF, the main one first.
	Chassis []string
	// DHCP4 and DHCP6 report whether OVN answers the port's requests.
	DHCP4, DHCP6 bool
}

// A Host is a real chassis.
type Host struct {
	Name string
	// Hostname is the name of its machine, empty if it is Name.
	Hostname string
	// Mapped reports whether it is connected to the physical network, Interconnects whether
	// it has tunnels to other zones.
	Mapped, Interconnects bool
	// Settings are keys with values in external_ids of its Open vSwitch, as ovn-controller(8)
	// has them, which come after those that every host has.
	Settings []string
}

// An Outside is a host on the physical network, in a switch's subnet.
type Outside struct {
	Name   string
	Switch *Switch
	Addr
}

// An Addr is a MAC address with the IP addresses behind it.
type Addr struct {
	MAC string
	IPs []netip.Addr
}

// A Router is a logical router.
type Router struct {
	Name, Alias string
	Ports       []*RouterPort
	// Gateway reports whether the router is bound to one chassis.
	Gateway bool

	index int
}

// A RouterPort is a logical router port. It is connected to a switch or, if Switch is nil,
// to another router's port.
type RouterPort struct {
	Name, MAC string
	Router    *Router
	Nets      []netip.Prefix
	Switch    *Switch
	// Distributed reports whether the port is a distributed gateway port.
	Distributed bool
	// Advertises reports whether the port answers router solicitations.
	Advertises bool

	remote *RouterPort // the peer, if Switch is nil
}

// A VIP is one virtual address of a load balancer.
type VIP struct {
	Addr     netip.Addr
	Port     uint16 // 0 for all
	Protocol string // tcp, udp or sctp
	Backends []string
}

// ChassisRows are the southbound rows that ovn-controller would write.
type ChassisRows struct {
	Bound     []Binding
	Neighbors []Neighbor
	Stations  []FDBEntry
	Members   []IGMPMembership
	Flows     []Flow
	// Offline are the addresses of backends that a health check found offline.
	Offline []string
}

// A Flow is a row of Logical_Flow that northd did not write. Priorities are at most 65535.
type Flow struct {
	Datapath, Pipeline, Stage, Match, Actions string
	Table, Priority                           int
}

// A Binding is a logical port with its chassis. Parent is the VIF that has a virtual port,
// empty for others.
type Binding struct{ Port, Chassis, Parent string }

// A Neighbor is a row of MAC_Binding.
type Neighbor struct {
	Port string
	IP   netip.Addr
	MAC  string
}

// A FDBEntry is a row of FDB.
type FDBEntry struct{ Port, MAC string }

// A IGMPMembership is a row of IGMP_Group.
type IGMPMembership struct {
	Switch, Chassis string
	Group           netip.Addr
	Ports           []string
}

// attach adds a router port to its router and switch.
func (r *Router) attach(p *RouterPort) *RouterPort {
	p.Router = r
	r.Ports = append(r.Ports, p)
	if p.Switch != nil {
		p.Switch.Routers = append(p.Switch.Routers, p)
	}
	return p
}

// v4 returns the port's first IPv4 address, zero if it has none.
func (p *RouterPort) v4() netip.Addr { return p.first(netip.Addr.Is4) }

// v6 returns the port's first IPv6 address, zero if it has none.
func (p *RouterPort) v6() netip.Addr { return p.first(netip.Addr.Is6) }

// ip returns v6 or v4.
func (p *RouterPort) ip(v6 bool) netip.Addr {
	if v6 {
		return p.v6()
	}
	return p.v4()
}

func (p *RouterPort) first(family func(netip.Addr) bool) netip.Addr {
	for _, n := range p.Nets {
		if family(n.Addr()) {
			return n.Addr()
		}
	}
	return netip.Addr{}
}

// ips returns all addresses of the port.
func (p *Port) ips() []netip.Addr {
	var all []netip.Addr
	for _, a := range p.Addrs {
		all = append(all, a.IPs...)
	}
	return all
}
