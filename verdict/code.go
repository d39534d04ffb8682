package verdict

// Code is the stable name of why a packet was dropped.
type Code string

// The codes.  Codes tells what they mean.
const (
	ACLDrop        Code = "acl-drop"
	ACLReject      Code = "acl-reject"
	ArpIgnored     Code = "arp-ignored"
	ArpUnresolved  Code = "arp-unresolved"
	BadSource      Code = "bad-source"
	Broadcast      Code = "broadcast"
	CTInvalid      Code = "ct-invalid"
	DHCPRelay      Code = "dhcp-relay"
	ExternalPort   Code = "external-port"
	GatewayDrop    Code = "gateway-drop"
	LBAffinity     Code = "lb-affinity"
	LBNoBackend    Code = "lb-no-backend"
	Loop           Code = "loop"
	MulticastDrop  Code = "multicast"
	NATUnmatched   Code = "nat-unmatched"
	NetFunction    Code = "network-function"
	NoGateway      Code = "no-gateway"
	NoMatch        Code = "no-match"
	NoMember       Code = "no-member"
	NoOutport      Code = "no-outport"
	NoPeer         Code = "no-peer"
	NoRoute        Code = "no-route"
	NotAdmitted    Code = "not-admitted"
	Other          Code = "other"
	TooBig         Code = "packet-too-big"
	PolicyDrop     Code = "policy-drop"
	PortDisabled   Code = "port-disabled"
	PortSecurity   Code = "port-security"
	RouteDiscard   Code = "route-discard"
	RouterAddress  Code = "router-address"
	SamePort       Code = "same-port"
	TTLExceeded    Code = "ttl-exceeded"
	Unclaimed      Code = "unclaimed"
	UnknownMAC     Code = "unknown-mac"
	UnknownPort    Code = "unknown-port"
	VLANNotAllowed Code = "vlan"
)

// CodeDescription is a row of the table of codes.
type CodeDescription struct {
	Code      Code
	Meaning   string // what happened
	Remedy    string // where to look
	DecidedAt string // where it is decided
}

// Codes returns the table of codes, sorted by code.  It is the reference that
// users have, so a row that is here stays.
func Codes() []CodeDescription {
	return []CodeDescription{
		{
			ACLDrop, "an ACL drops the packet, or no ACL allows it where the default is to drop",
			"the ACLs of the switch and of the port's groups; `--nb` names the ACL", "ls_in_acl, ls_in_acl_eval, ls_in_acl_after_lb, ls_out_acl, ls_out_acl_eval",
		},
		{
			ACLReject, "an ACL drops the packet and answers with a TCP reset, an SCTP abort or an ICMP error",
			"as for acl-drop; the answer is a copy with a disposition of its own", "the same",
		},
		{
			ArpIgnored, "ARP or neighbor discovery for an address that the router does not have here",
			"the router's addresses and NAT rules, and the chassis that has them", "lr_in_ip_input",
		},
		{
			ArpUnresolved, "no Ethernet address is known for the next hop, which is asked for while the packet waits",
			"MAC_Binding, and whether the next hop answers", "lr_in_arp_request, lr_in_arp_resolve",
		},
		{
			BadSource, "the source address may not be one: multicast, broadcast, loopback or the router's own",
			"the microflow's eth.src and ip4.src", "ls_in_check_port_sec, ls_in_port_sec_l2, lr_in_admission, lr_in_ip_input",
		},
		{Broadcast, "a router does not forward Ethernet broadcasts", "the microflow's eth.dst", "lr_in_ip_input"},
		{
			CTInvalid, "conntrack calls the packet invalid, or it is a reply of a connection that an ACL blocks",
			"the conntrack state, which `--ct` chooses", "ls_in_acl, ls_in_acl_eval, ls_out_acl, ls_out_acl_eval",
		},
		{DHCPRelay, "a DHCP message that is to be relayed was not in order", "the DHCP relay of the router", "lr_in_dhcp_relay_req, lr_in_dhcp_relay_resp"},
		{ExternalPort, "traffic of an external port on a chassis that does not answer for it", "the port's HA chassis group", "ls_in_external_port"},
		{GatewayDrop, "the packet would have left by a gateway port whose NAT rule does not allow it", "the NAT rule's exempted addresses and logical port", "lr_in_gw_redirect"},
		{LBAffinity, "the first packet of a session taught the load balancer its back end, and ends with that", "nothing: the next packet takes the way that was learned", "ls_in_lb_aff_learn, lr_in_lb_aff_learn"},
		{LBNoBackend, "the load balancer has no back end that is up", "the load balancer's virtual address and its health checks", "ls_in_lb, lr_in_dnat, ls_in_pre_lb"},
		{Loop, "the packet goes round without end, and the walk stopped at its limit", "the flows on the way", "any table"},
		{MulticastDrop, "multicast that is not forwarded: nobody joined, or the router does not relay it", "multicast snooping and relay", "ls_in_l2_lkup, lr_in_ip_input, lr_in_ip_routing"},
		{NATUnmatched, "the packet goes back out of the gateway port to a NAT address that did not translate it", "the NAT rule of that address", "lr_in_arp_resolve"},
		{NetFunction, "an ACL sends the packet through a network function, and no port of one is here", "the network function group", "ls_in_network_function, ls_out_network_function"},
		{NoGateway, "output to a chassisredirect port that stands for no distributed port", "the database: northd should not write this", "output"},
		{NoMatch, "no flow of the table matched", "`--why-not`", "any table"},
		{
			NoMember, "output to a multicast group that has no port but the one that the packet came in by",
			"the switch's ports", "output",
		},
		{NoOutport, "output without an output port", "the flow that should have set outport", "output"},
		{NoPeer, "the packet left by a patch port whose other end does not exist", "the options:peer of the router port or router-port of the switch port", "output"},
		{NoRoute, "no route of the router leads to the destination", "the router's networks and static routes", "lr_in_ip_routing, lr_in_ip_routing_ecmp"},
		{NotAdmitted, "the router does not take the frame: its Ethernet destination is not the port's, or the port is elsewhere", "the microflow's eth.dst; for a distributed gateway port its chassis", "lr_in_admission"},
		{Other, "something that has no code yet; the flow is told", "the flow", "any table"},
		{TooBig, "the packet is larger than the next network takes, or is such an error come back", "the gateway's MTU", "lr_in_larger_pkts, lr_in_ip_input, lr_in_admission, ls_in_check_port_sec"},
		{PolicyDrop, "a routing policy drops the packet", "the router's policies", "lr_in_policy"},
		{PortDisabled, "the port is disabled", "enabled of the switch port", "ls_in_check_port_sec, ls_out_check_port_sec, ls_out_port_sec_l2, ls_in_l2_lkup, ls_in_l2_unknown"},
		{PortSecurity, "the port may not send from, or receive at, the packet's addresses", "port_security of the switch port; `--why-not` says which address", "ls_in_check_port_sec, ls_out_check_port_sec, ls_in_port_sec_l2, ls_in_port_sec_ip, ls_in_port_sec_nd, ls_out_port_sec_l2, ls_out_port_sec_ip"},
		{RouteDiscard, "a route says to discard", "the static route with next hop discard", "lr_in_ip_routing, lr_in_ip_routing_ecmp"},
		{RouterAddress, "the packet is for an address of the router itself, which does not take it", "the router's services; a NAT rule that should have translated it", "lr_in_ip_input, lr_in_arp_resolve"},
		{SamePort, "the packet would have gone out where it came in", "the microflow's inport and eth.dst", "output"},
		{TTLExceeded, "the time to live ran out", "the microflow's ip.ttl, which is 0 where it is not given; a routing loop", "lr_in_ip_input"},
		{Unclaimed, "the packet left by a virtual port that no port has claimed", "virtual-parents of the switch port, and whether one of them has announced its address", "output"},
		{UnknownMAC, "no port of the switch has the Ethernet destination, and no other port takes unknown ones", "the microflow's eth.dst; the ports' addresses", "ls_in_l2_unknown, ls_in_l2_lkup"},
		{UnknownPort, "output to a tunnel key that no port and no multicast group has", "the database: northd should not write this", "output"},
		{VLANNotAllowed, "a VLAN tag where none is allowed", "vlan-passthru of the switch", "ls_in_check_port_sec, ls_in_port_sec_l2, lr_in_admission"},
	}
}
