package verdict

import (
	"slices"

	"github.com/ovnwalk/ovnwalk/internal/northd"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/trace"
)

// pathEnd is the data about the end of a copy, collected from its last nodes.
type pathEnd struct {
	nodes  []trace.Node
	packet *packet.Packet
	table  *trace.Table // the table that decided, or nil

	puntedBy        string // the action that sent the packet to the controller, which does not return it
	learnedBy       string // the action that ends a packet by notifying the controller
	unmodelled      string // the action after which the walk does not follow the packet
	forwardedByCopy bool   // a copy continues in place of the packet
	rejected        bool   // the packet is rejected with a reply
	errorCode       Code   // the reason, if the reply has one
	group           string // the multicast group to which no copy was sent
}

// effect is the effect of an action on the end of a copy, if no node continues it, or on the
// assumptions of the walk.
type effect struct {
	kind  effectKind
	what  AssumptionKind // for assumes
	value string
}

type effectKind uint8

const (
	noEffect   effectKind = iota
	assumes               // the walk assumes data that the database does not have
	punts                 // it sends the packet, or a copy, to the controller, which does not return it
	learns                // it notifies the controller of something in the packet
	unmodelled            // the walk does not follow the packet: to one of a group of ports, or after conntrack on a gateway router
	rejects               // it replies to the sender
)

// effectOf returns the effect of an action by its name.
func effectOf(name string) effect {
	switch name {
	case "check_pkt_larger":
		return effect{kind: assumes, what: AssumedFits}
	case "chk_ecmp_nh_mac", "chk_ecmp_nh":
		return effect{kind: assumes, what: AssumedUnknown, value: "ECMP next hop"}
	case "chk_lb_aff":
		return effect{kind: assumes, what: AssumedUnknown, value: "load balancer affinity"}
	case "igmp", "handle_svc_check", "handle_dhcpv6_reply", "handle_bfd_msg":
		return effect{kind: punts}
	case "put_arp", "put_nd", "put_fdb", "bind_vport":
		return effect{kind: learns}
	case "fwd_group", "ct_snat", "ct_snat_in_czone", "ct_dnat", "ct_dnat_in_czone":
		return effect{kind: unmodelled}
	case "reject", "tcp_reset", "sctp_abort", "icmp4", "icmp6", "icmp4_error", "icmp6_error":
		return effect{kind: rejects}
	}
	return effect{}
}

func endOf(nodes []trace.Node, w *path) pathEnd {
	e := pathEnd{nodes: nodes, packet: w.packet, table: w.table}
	for _, n := range nodes {
		switch n := n.(type) {
		case *trace.Pipeline:
			e.group = n.Group
		case *trace.Action:
			switch effectOf(n.Name).kind {
			case punts:
				e.puntedBy = n.Name
			case learns:
				e.learnedBy = n.Name
			case unmodelled:
				e.unmodelled = n.Name
			case rejects:
				e.rejected = true
			case noEffect, assumes:
			}
		case *trace.Fork:
			switch made := OriginOf(n.Kind, OriginPacket); made {
			case OriginClone, OriginNDAdvert:
				e.forwardedByCopy = true
			case OriginICMPError:
				e.errorCode = icmpErrorCode(first(n))
			default:
			}
		}
	}
	return e
}

// first returns a generated packet on entry to its first table, or as it was generated if it reaches
// none.
func first(f *trace.Fork) *packet.Packet {
	p := &f.Packet
	for _, n := range f.Nodes {
		trace.Walk(n, func(n trace.Node) bool {
			t, ok := n.(*trace.Table)
			if ok {
				p = &t.Packet
			}
			return !ok
		})
	}
	return p
}

// priority returns the priority of the flow that decided, or -1 if there is none or it is a
// table's default.
func (e *pathEnd) priority() int {
	if e.table == nil || e.table.Flow == nil || e.table.Flow.Priority == 0 {
		return -1
	}
	return e.table.Flow.Priority
}

func (e *pathEnd) stage() string {
	if e.table == nil {
		return ""
	}
	return e.table.Stage
}

// ran reports whether an action was executed in the table that decided.
func (e *pathEnd) ran(name string) bool {
	return e.table != nil && slices.ContainsFunc(e.table.Nodes, func(n trace.Node) bool {
		a, ok := n.(*trace.Action)
		return ok && a.Name == name
	})
}

// decidingStep returns the step at which a copy's end was decided, or nil if it is the last.
func (e *pathEnd) decidingStep(last *step) *step {
	stage, ok := northd.DecidingStage(e.stage())
	if !ok || e.priority() < 0 {
		return nil
	}
	for s := last; s != nil && s.pipeline == last.pipeline; s = s.before {
		if s.table.Stage == stage {
			return s
		}
	}
	return nil
}

// rule is a row of the table of codes.
type rule struct {
	stages northd.StageSet
	lo, hi int // priorities of the flow that decided, -1 for none or a table's default
	when   func(*pathEnd) bool
	code   Code
}

// maxPriority is above the priority of any flow.
const maxPriority = 1 << 16

const aclStages = northd.ACLStages + " " + northd.ACLActionStages

// rules determine the code of an end; the first matching row is used. Priorities are those of the
// flows of northd in all releases since 2.11.
var rules = []rule{
	{"", -1, maxPriority, func(e *pathEnd) bool { return e.ran("trigger_event") }, LBNoBackend},
	{"", -1, maxPriority, func(e *pathEnd) bool { return e.errorCode == TTLExceeded }, TTLExceeded},
	{"", -1, maxPriority, func(e *pathEnd) bool { return e.errorCode == TooBig }, TooBig},

	// ACLs: priorities above those of ACLs are for conntrack states.
	{aclStages, 65532, maxPriority, nil, CTInvalid},
	{aclStages, 0, maxPriority, func(e *pathEnd) bool { return e.rejected }, ACLReject},
	{aclStages, -1, maxPriority, func(e *pathEnd) bool { return e.table.Flow != nil }, ACLDrop},

	// Admission of frames and port security.
	{"ls_in_check_port_sec", 105, 105, nil, TooBig},
	{"lr_in_admission", 110, 110, nil, TooBig},
	{"ls_in_check_port_sec ls_in_port_sec_l2 lr_in_admission", 100, 100, hasVLANTag, VLANNotAllowed},
	{"ls_in_check_port_sec ls_in_port_sec_l2 lr_in_admission", 100, 100, fromMulticastGroup, BadSource},
	{"lr_in_admission", -1, -1, nil, NotAdmitted},
	{northd.PortSecurityStages, -1, maxPriority, func(e *pathEnd) bool { return e.ran("check_in_port_sec") || e.ran("check_out_port_sec") }, PortSecurity},
	{"ls_in_apply_port_sec ls_out_apply_port_sec", 1, maxPriority, nil, PortSecurity},
	{"ls_in_check_port_sec ls_out_check_port_sec", 1, maxPriority, nil, PortDisabled},
	{"ls_out_port_sec_l2", 150, 150, nil, PortDisabled},
	{northd.OldPortSecurityStages, -1, maxPriority, nil, PortSecurity},
	{"ls_in_external_port", 1, maxPriority, nil, ExternalPort},

	// Switching.
	{"ls_in_l2_unknown", 1, maxPriority, func(e *pathEnd) bool { return e.packet.Uint(packet.Outport)&packet.PortKey == 0 }, UnknownMAC},
	{"ls_in_l2_unknown", 1, maxPriority, nil, PortDisabled},
	{"ls_in_l2_lkup", -1, -1, nil, UnknownMAC},
	{"ls_in_l2_lkup", 50, 50, nil, PortDisabled},
	{"ls_in_l2_lkup", 51, maxPriority, isMulticastGroup, MulticastDrop},
	{"ls_in_network_function ls_out_network_function", 1, maxPriority, nil, NetFunction},

	// Load balancing.
	{northd.LoadBalancerStages, 1, maxPriority, nil, LBNoBackend},
	{"ls_in_lb_aff_learn lr_in_lb_aff_learn", 1, maxPriority, nil, LBAffinity},

	// Packets to the router itself.
	{"lr_in_ip_input", 29, 32, ttlExpired, TTLExceeded},
	{"lr_in_ip_input", 50, 50, nil, Broadcast},
	{"lr_in_ip_input", 60, 80, nil, RouterAddress},
	{"lr_in_ip_input", 82, 84, nil, MulticastDrop},
	{"lr_in_ip_input", 85, 92, nil, ArpIgnored},
	{"lr_in_ip_input", 100, 100, isMulticastGroup, MulticastDrop}, // 2.11 has both in one flow
	{"lr_in_ip_input", 100, 100, nil, BadSource},

	// Routing.
	{"lr_in_ip_routing lr_in_ip_routing_ecmp", -1, -1, nil, NoRoute},
	{"lr_in_ip_routing", 10450, 10550, nil, MulticastDrop},
	{"lr_in_ip_routing lr_in_ip_routing_ecmp", 1, maxPriority, nil, RouteDiscard},
	{"lr_in_policy", 1, maxPriority, nil, PolicyDrop},
	{"lr_in_arp_resolve", -1, -1, nil, ArpUnresolved},
	{"lr_in_arp_resolve", 1, 2, nil, RouterAddress},
	{"lr_in_arp_resolve", 100, 150, nil, NATUnmatched},
	{"lr_in_arp_request", 1, maxPriority, nil, ArpUnresolved},
	{"lr_in_gw_redirect", 1, maxPriority, nil, GatewayDrop},
	{"lr_in_larger_pkts", 1, maxPriority, nil, TooBig},
	{"lr_in_dhcp_relay_req lr_in_dhcp_relay_resp_chk lr_in_dhcp_relay_resp", 1, maxPriority, nil, DHCPRelay},

	{"", -1, -1, nil, NoMatch},
}

// code returns the code of an end.
func (e *pathEnd) code() Code {
	switch {
	case e.group == northd.UnknownGroup:
		return UnknownMAC
	case e.group != "":
		return NoMember
	case e.table == nil:
		return Other
	}
	for _, r := range rules {
		p := e.priority()
		if p < r.lo || p > r.hi || !r.stages.Has(e.stage()) {
			continue
		}
		if r.when == nil || r.when(e) {
			return r.code
		}
	}
	return Other
}

func hasVLANTag(e *pathEnd) bool         { return e.packet.Uint(packet.VLANTCI)&0x1000 != 0 }
func fromMulticastGroup(e *pathEnd) bool { return e.packet.Uint(packet.EthSrc)>>40&1 != 0 }
func isMulticastGroup(e *pathEnd) bool {
	return e.packet.Uint(packet.EthDst)>>40&1 != 0 || isMulticastAddress(e.packet)
}
func ttlExpired(e *pathEnd) bool { return e.packet.IsIP() && e.packet.Uint(packet.IPTTL) <= 1 }

// isMulticastAddress reports whether a packet's IP destination is a multicast group.
func isMulticastAddress(p *packet.Packet) bool {
	return p.IsIPv4() && p.Uint(packet.IPv4Dst)>>28 == 0xe || p.IsIPv6() && p.Get(packet.IPv6Dst).Hi>>56 == 0xff
}
