package verdict

// Code is the stable name of the reason for a drop.
type Code string

// The codes.  [Codes] describes them.
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

// Meaning returns the reason for the drop, or "" if [Codes] does not have c.
func (c Code) Meaning() string {
	for _, row := range Codes() {
		if row.Code == c {
			return row.Meaning
		}
	}
	return ""
}

// CodeDescription is a row of the table of codes.
type CodeDescription struct {
	Code      Code
	Meaning   string // the reason for the drop
	Remedy    string // what to check
	DecidedAt string // the stages in which it is decided
}

// Codes returns the descriptions of all codes, sorted by code. Codes are stable: they are not
// removed, and their meanings do not change.
func Codes() []CodeDescription {
	return []CodeDescription{
		{
			ACLDrop, "an ACL drops the packet, or no ACL allows it and the default is to drop",
			"the ACLs of the switch and of the port's groups; `--nb` names the ACL", "ls_in_acl, ls_in_acl_eval, ls_in_acl_after_lb, ls_out_acl, ls_out_acl_eval",
		},
		{
			ACLReject, "an ACL drops the packet and answers with a TCP reset, an SCTP abort or an ICMP error",
			"as for acl-drop; the answer is a copy with a verdict of its own", "the same",
		},
		{
			ArpIgnored, "ARP or neighbor discovery for an address that the router does not own on this chassis",
			"the router's addresses and NAT rules, and the chassis of its gateway ports", "lr_in_ip_input",
		},
		{
			ArpUnresolved, "the Ethernet address of the next hop is unknown; the packet is buffered while the router sends ARP or ND",
			"MAC_Binding, and whether the next hop answers", "lr_in_arp_request, lr_in_arp_resolve",
		},
		{
			BadSource, "an invalid source address: multicast, broadcast, loopback or one of the router",
			"the microflow's eth.src and ip4.src", "ls_in_check_port_sec, ls_in_port_sec_l2, lr_in_admission, lr_in_ip_input",
		},
		{Broadcast, "a router does not forward Ethernet broadcasts", "the microflow's eth.dst", "lr_in_ip_input"},
		{
			CTInvalid, "the conntrack state is invalid, or the packet is a reply of a connection blocked by an ACL",
			"the conntrack state; see `--ct`", "ls_in_acl, ls_in_acl_eval, ls_out_acl, ls_out_acl_eval",
		},
		{DHCPRelay, "an invalid DHCP message for the relay", "the DHCP relay of the router", "lr_in_dhcp_relay_req, lr_in_dhcp_relay_resp"},
		{ExternalPort, "traffic of an external port on a chassis that is not responsible for it", "the port's HA chassis group", "ls_in_external_port"},
		{GatewayDrop, "the NAT rules of the gateway port do not allow the packet", "the NAT rule's exempted addresses and logical port", "lr_in_gw_redirect"},
		{LBAffinity, "the packet only records the backend of a session with affinity", "nothing: the next packet uses the recorded backend", "ls_in_lb_aff_learn, lr_in_lb_aff_learn"},
		{LBNoBackend, "the load balancer has no active backend", "the load balancer's virtual address and its health checks", "ls_in_lb, lr_in_dnat, ls_in_pre_lb"},
		{Loop, "a forwarding loop, stopped by a limit of the walk", "the flows on the path", "any table"},
		{MulticastDrop, "multicast without members, or not relayed by the router", "multicast snooping and relay", "ls_in_l2_lkup, lr_in_ip_input, lr_in_ip_routing"},
		{NATUnmatched, "the packet leaves through the gateway port to a NAT address that did not translate it", "the NAT rule of that address", "lr_in_arp_resolve"},
		{NetFunction, "an ACL redirects the packet to a network function without a port on this chassis", "the network function group", "ls_in_network_function, ls_out_network_function"},
		{NoGateway, "output to a chassisredirect port without a distributed port", "the database: northd should not generate this", "output"},
		{NoMatch, "no flow of the table matched", "`--why-not`", "any table"},
		{
			NoMember, "output to a multicast group that has no port but the input port",
			"the switch's ports", "output",
		},
		{NoOutport, "output without an output port", "the flow that should have set outport", "output"},
		{NoPeer, "output to a patch port whose peer does not exist", "the options:peer of the router port or router-port of the switch port", "output"},
		{NoRoute, "the router has no route to the destination", "the router's networks and static routes", "lr_in_ip_routing, lr_in_ip_routing_ecmp"},
		{NotAdmitted, "the router does not accept the frame: its Ethernet destination is not that of the port, or the port is on another chassis", "the microflow's eth.dst; for a distributed gateway port its chassis", "lr_in_admission"},
		{Other, "a drop without a code of its own", "the flow", "any table"},
		{TooBig, "the packet exceeds the MTU of the next network, or is an ICMP error for this", "the gateway's MTU", "lr_in_larger_pkts, lr_in_ip_input, lr_in_admission, ls_in_check_port_sec"},
		{PolicyDrop, "a routing policy drops the packet", "the router's policies", "lr_in_policy"},
		{PortDisabled, "the port is disabled", "enabled of the switch port", "ls_in_check_port_sec, ls_out_check_port_sec, ls_out_port_sec_l2, ls_in_l2_lkup, ls_in_l2_unknown"},
		{PortSecurity, "port security: the port may not send from, or receive at, the addresses of the packet", "port_security of the switch port; `--why-not` shows the address", "ls_in_check_port_sec, ls_out_check_port_sec, ls_in_port_sec_l2, ls_in_port_sec_ip, ls_in_port_sec_nd, ls_out_port_sec_l2, ls_out_port_sec_ip"},
		{RouteDiscard, "a discard route", "the static route with next hop discard", "lr_in_ip_routing, lr_in_ip_routing_ecmp"},
		{RouterAddress, "the packet is for an address of the router, which does not accept it", "the router's services; a NAT rule that should have translated it", "lr_in_ip_input, lr_in_arp_resolve"},
		{SamePort, "the output port is the input port", "the microflow's inport and eth.dst", "output"},
		{TTLExceeded, "the TTL expired", "the microflow's ip.ttl, which is 0 by default; a routing loop", "lr_in_ip_input"},
		{Unclaimed, "output to a virtual port without a virtual parent", "virtual-parents of the switch port, and whether one of them has announced its address", "output"},
		{UnknownMAC, "no port of the switch has the Ethernet destination, and none has address unknown", "the microflow's eth.dst; the ports' addresses", "ls_in_l2_unknown, ls_in_l2_lkup"},
		{UnknownPort, "output to a tunnel key of no port or multicast group", "the database: northd should not generate this", "output"},
		{VLANNotAllowed, "a VLAN tag on a port without vlan-passthru", "vlan-passthru of the switch", "ls_in_check_port_sec, ls_in_port_sec_l2, lr_in_admission"},
	}
}
