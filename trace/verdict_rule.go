package trace

import (
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/packet"
)

// end is what is known of a place where a copy ended: what stood in its nodes.
type end struct {
	nodes  []Node
	packet packet.Packet
	table  *Table // the table that decided; nil where there is none

	handed     string // the action that gave the packet to the controller for good
	taught     string // one that ends a packet by telling the controller of it
	unmodelled string // one whose way on the walk does not follow
	carried    bool   // a copy carries on what the packet was for
	answered   bool   // the packet is refused with an answer
	says       Code   // why, where the answer tells
	group      string // the multicast group to which no copy went
}

// Actions that decide what an end is, where no node leads on.
var (
	// handOver gives the packet, or a copy, to the controller for good.
	handOver = []string{"igmp", "handle_svc_check", "handle_dhcpv6_reply", "handle_bfd_msg"}
	// teach tells the controller something of the packet.
	teach = []string{"put_arp", "put_nd", "put_fdb", "bind_vport"}
	// leadOn sends the packet on in a way that ovn-trace does not follow: to one
	// of a group of ports, or back from conntrack on a gateway router.
	leadOn = []string{"fwd_group", "ct_snat", "ct_snat_in_czone", "ct_dnat", "ct_dnat_in_czone"}
	// refuse answers the sender.
	refuse = []string{"reject", "tcp_reset", "sctp_abort", "icmp4", "icmp6", "icmp4_error", "icmp6_error"}
)

func endOf(nodes []Node, w *way) end {
	e := end{nodes: nodes, packet: w.packet, table: w.table}
	for _, n := range nodes {
		switch n := n.(type) {
		case *Pipeline:
			e.group = n.Group
		case *Action:
			switch {
			case slices.Contains(handOver, n.Name):
				e.handed = n.Name
			case slices.Contains(teach, n.Name):
				e.taught = n.Name
			case slices.Contains(leadOn, n.Name):
				e.unmodelled = n.Name
			case slices.Contains(refuse, n.Name):
				e.answered = true
			}
		case *Fork:
			switch made := n.Kind.makes(MadeNot); made {
			case MadeClone, MadeNDAdvert:
				e.carried = true
			case MadeICMPError:
				e.says = says(first(n))
			default:
			}
		}
	}
	return e
}

// first returns a made packet as it comes to its first table, or as it was made
// where it comes to none.
func first(f *Fork) *packet.Packet {
	p := &f.Packet
	for _, n := range f.Nodes {
		Walk(n, func(n Node) bool {
			t, ok := n.(*Table)
			if ok {
				p = &t.Packet
			}
			return !ok
		})
	}
	return p
}

// priority returns the priority of the flow that decided; a flow for all that
// no other takes counts as none, which is -1.
func (e *end) priority() int {
	if e.table == nil || e.table.Flow == nil || e.table.Flow.Priority == 0 {
		return -1
	}
	return e.table.Flow.Priority
}

func (e *end) stage() string {
	if e.table == nil {
		return ""
	}
	return e.table.Stage
}

// did tells whether the table that decided ran an action.
func (e *end) did(name string) bool {
	return e.table != nil && slices.ContainsFunc(e.table.Nodes, func(n Node) bool {
		a, ok := n.(*Action)
		return ok && a.Name == name
	})
}

// deciders are the stages that do what another stage, whose flow only set a
// register, has decided.
var deciders = map[string]string{
	"ls_in_apply_port_sec":      "ls_in_check_port_sec",
	"ls_out_apply_port_sec":     "ls_out_check_port_sec",
	"ls_in_acl_action":          "ls_in_acl_eval",
	"ls_in_acl_after_lb_action": "ls_in_acl_after_lb_eval",
	"ls_out_acl_action":         "ls_out_acl_eval",
}

// decider returns the step at which a copy's end was decided, nil where it is
// the last.
func (e *end) decider(last *step) *step {
	stage, ok := deciders[e.stage()]
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

// rule is a row of the table that gives an end its code.
type rule struct {
	stages string // with blanks between them, "" for any
	lo, hi int    // the priorities of the flow that decided, -1 for none or a table's default
	when   func(*end) bool
	code   Code
}

// top is over the priority of any flow.
const top = 1 << 16

const (
	aclStages = "ls_in_acl ls_in_acl_eval ls_in_acl_action ls_in_acl_after_lb ls_in_acl_after_lb_eval ls_in_acl_after_lb_action " +
		"ls_out_acl ls_out_acl_eval ls_out_acl_action"
	checkStages = "ls_in_check_port_sec ls_out_check_port_sec ls_in_apply_port_sec ls_out_apply_port_sec"
	oldStages   = "ls_in_port_sec_l2 ls_in_port_sec_ip ls_in_port_sec_nd ls_out_port_sec_l2 ls_out_port_sec_ip"
	lbStages    = "ls_in_lb ls_in_pre_lb ls_in_stateful lr_in_dnat"
)

// rules gives the code of an end; the first row that fits counts.  Priorities
// are those that northd of every release since 2.11 gives the flows.
var rules = []rule{
	{"", -1, top, func(e *end) bool { return e.did("trigger_event") }, LBNoBackend},
	{"", -1, top, func(e *end) bool { return e.says == TTLExceeded }, TTLExceeded},
	{"", -1, top, func(e *end) bool { return e.says == TooBig }, TooBig},

	// Access control: priorities over those of ACLs are for what conntrack says.
	{aclStages, 65532, top, nil, CTInvalid},
	{aclStages, 0, top, func(e *end) bool { return e.answered }, ACLReject},
	{aclStages, -1, top, func(e *end) bool { return e.table.Flow != nil }, ACLDrop},

	// Admission of frames, and port security.
	{"ls_in_check_port_sec", 105, 105, nil, TooBig},
	{"lr_in_admission", 110, 110, nil, TooBig},
	{"ls_in_check_port_sec ls_in_port_sec_l2 lr_in_admission", 100, 100, tagged, VLANNotAllowed},
	{"ls_in_check_port_sec ls_in_port_sec_l2 lr_in_admission", 100, 100, sentByMany, BadSource},
	{"lr_in_admission", -1, -1, nil, NotAdmitted},
	{checkStages, -1, top, func(e *end) bool { return e.did("check_in_port_sec") || e.did("check_out_port_sec") }, PortSecurity},
	{"ls_in_apply_port_sec ls_out_apply_port_sec", 1, top, nil, PortSecurity},
	{"ls_in_check_port_sec ls_out_check_port_sec", 1, top, nil, PortDisabled},
	{"ls_out_port_sec_l2", 150, 150, nil, PortDisabled},
	{oldStages, -1, top, nil, PortSecurity},
	{"ls_in_external_port", 1, top, nil, ExternalPort},

	// Switching.
	{"ls_in_l2_unknown", 1, top, func(e *end) bool { return e.packet.Uint(packet.Reg(15))&0xffff == 0 }, UnknownMAC},
	{"ls_in_l2_unknown", 1, top, nil, PortDisabled},
	{"ls_in_l2_lkup", -1, -1, nil, UnknownMAC},
	{"ls_in_l2_lkup", 50, 50, nil, PortDisabled},
	{"ls_in_l2_lkup", 51, top, toMany, MulticastDrop},
	{"ls_in_network_function ls_out_network_function", 1, top, nil, NetFunction},

	// Load balancing.
	{lbStages, 1, top, nil, LBNoBackend},
	{"ls_in_lb_aff_learn lr_in_lb_aff_learn", 1, top, nil, LBAffinity},

	// Routers take or refuse what is for them.
	{"lr_in_ip_input", 29, 32, spent, TTLExceeded},
	{"lr_in_ip_input", 50, 50, nil, Broadcast},
	{"lr_in_ip_input", 60, 80, nil, RouterAddress},
	{"lr_in_ip_input", 82, 84, nil, MulticastDrop},
	{"lr_in_ip_input", 85, 92, nil, ArpIgnored},
	{"lr_in_ip_input", 100, 100, toMany, MulticastDrop}, // 2.11 has both in one flow
	{"lr_in_ip_input", 100, 100, nil, BadSource},

	// Routing.
	{"lr_in_ip_routing lr_in_ip_routing_ecmp", -1, -1, nil, NoRoute},
	{"lr_in_ip_routing", 10450, 10550, nil, MulticastDrop},
	{"lr_in_ip_routing lr_in_ip_routing_ecmp", 1, top, nil, RouteDiscard},
	{"lr_in_policy", 1, top, nil, PolicyDrop},
	{"lr_in_arp_resolve", -1, -1, nil, ArpUnresolved},
	{"lr_in_arp_resolve", 1, 2, nil, RouterAddress},
	{"lr_in_arp_resolve", 100, 150, nil, NATUnmatched},
	{"lr_in_arp_request", 1, top, nil, ArpUnresolved},
	{"lr_in_gw_redirect", 1, top, nil, GatewayDrop},
	{"lr_in_larger_pkts", 1, top, nil, TooBig},
	{"lr_in_dhcp_relay_req lr_in_dhcp_relay_resp_chk lr_in_dhcp_relay_resp", 1, top, nil, DHCPRelay},

	{"", -1, -1, nil, NoMatch},
}

// code returns the code of an end.
func (e *end) code() Code {
	switch {
	case e.group == unknownGroup:
		return UnknownMAC
	case e.group != "":
		return NoMember
	case e.table == nil:
		return Other
	}
	for _, r := range rules {
		p := e.priority()
		if p < r.lo || p > r.hi || r.stages != "" && !slices.Contains(strings.Fields(r.stages), e.stage()) {
			continue
		}
		if r.when == nil || r.when(e) {
			return r.code
		}
	}
	return Other
}

func tagged(e *end) bool     { return e.packet.Uint(packet.VLANTCI)&0x1000 != 0 }
func sentByMany(e *end) bool { return e.packet.Uint(packet.EthSrc)>>40&1 != 0 }
func toMany(e *end) bool     { return e.packet.Uint(packet.EthDst)>>40&1 != 0 || manyAddress(&e.packet) }
func spent(e *end) bool      { return e.packet.IsIP() && e.packet.Uint(packet.IPTTL) <= 1 }

// manyAddress tells whether a packet's IP destination is a multicast group.
func manyAddress(p *packet.Packet) bool {
	return p.IsIPv4() && p.Uint(packet.IPv4Dst)>>28 == 0xe || p.IsIPv6() && p.Get(packet.IPv6Dst).Hi>>56 == 0xff
}
