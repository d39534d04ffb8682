package lab

import (
	"cmp"
	"net/netip"
)

// A Network is a logical network: the commands that build it, and a
// description of it from which fitting microflows can be drawn.
type Network struct {
	// Name says which network this is in a report.
	Name string
	// Chassis are the southbound commands that run before northd has
	// anything to do, North the northbound ones.
	Chassis, North Batch
	// Stepwise makes northd see every command of North on its own, so that
	// it gives out tunnel keys in their order. Else it sees them all at once
	// and the keys are not the same each time.
	Stepwise bool
	// ChassisRows are the southbound rows that ovn-controller would write.
	ChassisRows ChassisRows

	// Hosts are the real chassis, Outside the hosts on the physical network, of
	// a network for a wire.
	Hosts   []Host
	Outside []Outside
	// Physical is the name of the physical network that hosts map, "" for
	// DefaultPhysical.
	Physical string

	// Elsewhere are the chassis of other zones that a zone has rows of, and
	// RemotePorts the ports that it says they have, by their names.
	Elsewhere   []Host
	RemotePorts map[string][]string
	// Transit are the switches that ovn-ic(8) makes, which joins a zone that has
	// any to the others; Joined are the commands that come after that.
	Transit []string
	Joined  Batch

	Switches []*Switch
	Routers  []*Router
	// VIPs are the load balancers' addresses, Externals those of NAT rules.
	VIPs      []VIP
	Externals []netip.Addr
	// Remote holds addresses that routes, policies and QoS rules speak of
	// and no port has, Groups the multicast groups in use.
	Remote, Groups []netip.Addr
	// Services are transport ports that some rule compares.
	Services []uint16
	// MACs are addresses that belong to no port.
	MACs []string
}

// DefaultPhysical is the name of the physical network of most networks.
const DefaultPhysical = "phys"

// PhysicalNetwork is the name that localnet ports and bridge mappings have for the
// network's one physical network.
func (n *Network) PhysicalNetwork() string { return cmp.Or(n.Physical, DefaultPhysical) }

// A Switch is a logical switch.
type Switch struct {
	Name string
	// Alias is the name that a CMS shows, which the real tool calls name2;
	// empty where there is none.
	Alias string
	// V4 and V6 are the subnets; a zero prefix where there is none.
	V4, V6 netip.Prefix
	Ports  []*Port
	// DNS says that OVN answers queries for names on the switch.
	DNS bool
	// Routers are the router ports attached to the switch.
	Routers []*RouterPort

	transit      bool // between availability zones
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
	// Chassis are those of a VIF that is requested on several, the main one first.
	Chassis []string
	// DHCP4 and DHCP6 say that OVN answers the port's requests.
	DHCP4, DHCP6 bool
}

// A Host is a real chassis.
type Host struct {
	Name string
	// Hostname is the name of its machine, empty where that is Name.
	Hostname string
	// Mapped says that it has a way to the physical network, Interconnects that
	// it has tunnels to other zones.
	Mapped, Interconnects bool
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
	// Gateway says that the router is bound to one chassis.
	Gateway bool

	index int
}

// A RouterPort is a logical router port, attached to a switch or, where Switch
// is nil, to another router's port.
type RouterPort struct {
	Name, MAC string
	Router    *Router
	Nets      []netip.Prefix
	Switch    *Switch
	// Distributed says that the port is a distributed gateway port.
	Distributed bool
	// Advertises says that the port answers router solicitations.
	Advertises bool

	remote *RouterPort // the other end, where Switch is nil
}

// A VIP is one virtual address of a load balancer.
type VIP struct {
	Addr     netip.Addr
	Port     uint16 // 0 for all
	Protocol string // tcp, udp or sctp
	Backends []string
}

// ChassisRows are the southbound rows that come from the chassis.
type ChassisRows struct {
	Bound     []Binding
	Neighbors []Neighbor
	Stations  []FDBEntry
	Members   []IGMPMembership
	Flows     []Flow
	// Offline says which backends a health check found dead, by address.
	Offline []string
}

// A Flow is a row of Logical_Flow that northd did not write. Priorities go to
// 65535.
type Flow struct {
	Datapath, Pipeline, Stage, Match, Actions string
	Table, Priority                           int
}

// A Binding puts a logical port on a chassis. Parent is the VIF that holds a
// virtual port, empty for others.
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

// attach records a router port and hooks it up to its router and switch.
func (r *Router) attach(p *RouterPort) *RouterPort {
	p.Router = r
	r.Ports = append(r.Ports, p)
	if p.Switch != nil {
		p.Switch.Routers = append(p.Switch.Routers, p)
	}
	return p
}

// v4 is the port's first IPv4 address, zero if it has none.
func (p *RouterPort) v4() netip.Addr { return p.first(netip.Addr.Is4) }

// v6 is the port's first IPv6 address, zero if it has none.
func (p *RouterPort) v6() netip.Addr { return p.first(netip.Addr.Is6) }

func (p *RouterPort) first(family func(netip.Addr) bool) netip.Addr {
	for _, n := range p.Nets {
		if family(n.Addr()) {
			return n.Addr()
		}
	}
	return netip.Addr{}
}

// ips are all addresses of the port.
func (p *Port) ips() []netip.Addr {
	var all []netip.Addr
	for _, a := range p.Addrs {
		all = append(all, a.IPs...)
	}
	return all
}
