package verdict

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/trace"
)

// in returns a table in which a flow with a priority has nodes; with a negative priority there is no
// flow.
func in(stage string, priority int, p packet.Packet, nodes ...trace.Node) *trace.Table {
	t := &trace.Table{Stage: stage, Packet: p, Container: trace.Container{Nodes: nodes}}
	if priority >= 0 {
		t.Flow = &trace.Flow{Priority: priority, Stage: stage, UUID: stage}
	}
	return t
}

func dp(name string, nodes ...trace.Node) *trace.Pipeline {
	return &trace.Pipeline{Datapath: trace.DatapathNamed(name, int64(len(name))), Container: trace.Container{Nodes: nodes}}
}

func group(name string, nodes ...trace.Node) *trace.Pipeline {
	p := dp("sw", nodes...)
	p.Group = name
	return p
}

func out(nodes ...trace.Node) *trace.Pipeline {
	p := dp("sw", nodes...)
	p.Egress = true
	return p
}

func fork(k trace.ForkKind, nodes ...trace.Node) *trace.Fork {
	return &trace.Fork{Kind: k, Container: trace.Container{Nodes: nodes}}
}

func do(name string) *trace.Action { return &trace.Action{Name: name} }

// with returns a packet with fields set.
func with(set ...any) packet.Packet {
	var p packet.Packet
	for i := 0; i < len(set); i += 2 {
		p.SetUint(set[i].(*packet.Field), uint64(set[i+1].(int)))
	}
	return p
}

var (
	anIP    = with(packet.EthType, packet.EthTypeIPv4, packet.IPTTL, 64, packet.IPProto, packet.ProtoUDP)
	spentIP = with(packet.EthType, packet.EthTypeIPv4, packet.IPTTL, 1)
	toGroup = with(packet.EthDst, 0x01005e000001)
	vlan    = with(packet.VLANTCI, 0x1005)
	known   = with(packet.Outport, 7)
	timeOut = with(packet.EthType, packet.EthTypeIPv4, packet.IPProto, packet.ProtoICMP, packet.ICMPType, 11)
	tooBig6 = with(packet.EthType, packet.EthTypeIPv6, packet.IPProto, packet.ProtoICMPv6, packet.ICMPv6Type, 2)
)

func delivered(port string) *trace.Delivered {
	return &trace.Delivered{Port: trace.PortNamed(port, "", trace.DatapathNamed("sw", 2))}
}

// TestCodes has the ends that several nodes make, and those of flows of older releases, as
// ovn-northd(8) of the release describes them.  The codes of single flows that drop are
// compared with ovn-northd(8) by internal/explain, for the flows of recorded databases.
func TestCodes(t *testing.T) {
	var none packet.Packet
	drop := &trace.Drop{}
	for _, c := range []struct {
		name string
		want Code
		end  trace.Node
	}{
		{"default to drop since 23.06", ACLDrop, in("ls_in_acl_action", 0, none, drop)},
		{"ACL since 23.06", ACLDrop, in("ls_in_acl_eval", 2001, none, do("="), do("next"), in("ls_in_acl_action", 1000, none, do("=")))},
		{"ACL after load balancing", ACLDrop, in("ls_in_acl_after_lb", 1500, none, drop)},
		{"invalid since 23.06", CTInvalid, in("ls_out_acl_eval", 65532, none, do("="), in("ls_out_acl_action", 1000, none, do("=")))},
		{"invalid in 2.11", CTInvalid, in("ls_in_acl", 65535, none, drop)},
		{"reject", ACLReject, in("ls_in_acl", 2004, none, do("="), do("reject"), fork(trace.ForkTCPReset, out(in("", 0, none, delivered("p")))))},
		{"reject of a reset", ACLReject, in("ls_in_acl", 2004, none, do("="), do("reject"))},
		{"reject in 2.11", ACLReject, in("ls_out_acl", 2004, none, do("icmp4"), fork(trace.ForkICMP4))},
		{"reject since 23.06", ACLReject, in("ls_in_acl_eval", 2001, none, in("ls_in_acl_action", 1000, none, do("reject"), fork(trace.ForkICMP4)))},
		{"no ACL table's flow at all", NoMatch, in("ls_in_acl", -1, none)},

		{"port security since 22.06", PortSecurity, in("ls_in_check_port_sec", 50, none, do("check_in_port_sec"), do("next"), in("ls_in_apply_port_sec", 50, none, drop))},
		{"port security to a port", PortSecurity, in("ls_out_check_port_sec", 0, none, do("check_out_port_sec"), in("ls_out_apply_port_sec", 50, none, drop))},
		{"port security, Ethernet, to 22.03", PortSecurity, in("ls_in_port_sec_l2", -1, none)},
		{"port security, IP, to 22.03", PortSecurity, in("ls_in_port_sec_ip", 80, none, drop)},
		{"port security, ND, to 22.03", PortSecurity, in("ls_in_port_sec_nd", 80, none, drop)},
		{"port security to a port, to 22.03", PortSecurity, in("ls_out_port_sec_ip", 80, none, drop)},
		{"disabled port", PortDisabled, in("ls_in_check_port_sec", 100, none, do("="), in("ls_in_apply_port_sec", 50, none, drop))},
		{"to a disabled port, to 22.03", PortDisabled, in("ls_out_port_sec_l2", 150, none, drop)},
		{"VLAN to 22.03", VLANNotAllowed, in("ls_in_port_sec_l2", 100, vlan, drop)},

		{"unknown address in 2.11", UnknownMAC, in("ls_in_l2_lkup", -1, none)},
		{"unknown address and no other port that takes it", UnknownMAC, in("ls_in_l2_unknown", 50, known, do("output"), group("_MC_unknown", out(&trace.Omitted{})))},
		{"nobody else on the switch", NoMember, in("ls_in_l2_lkup", 70, none, do("output"), group("_MC_flood", out(&trace.Omitted{})))},
		{"back out", SamePort, in("ls_in_l2_lkup", 50, none, do("output"), &trace.Omitted{})},
		{"no outport", NoOutport, in("ls_in_l2_lkup", 50, none, do("output"), &trace.Remark{Kind: trace.RemarkOutputToNull})},

		{"no backend, refused", LBNoBackend, in("ls_in_lb", 120, none, do("reject"), fork(trace.ForkTCPReset))},
		{"no backend, an event", LBNoBackend, in("ls_in_pre_lb", 130, none, do("trigger_event"))},

		{"not the router's, to 22.03", NotAdmitted, in("lr_in_admission", -1, none)},
		{"TTL answered", TTLExceeded, in("lr_in_ip_input", 31, spentIP, do("icmp4"), fork(trace.ForkICMP4, do("="), out(in("", 0, timeOut, delivered("p")))))},
		{"TTL answered in 22.03", TTLExceeded, in("lr_in_ip_input", 100, spentIP, do("icmp4"), fork(trace.ForkICMP4, in("", 0, timeOut)))},
		{"a port of the router's", RouterAddress, in("lr_in_ip_input", 80, none, do("tcp_reset"), fork(trace.ForkTCPReset))},
		{"multicast at a router in 2.11", MulticastDrop, in("lr_in_ip_input", 100, toGroup, drop)},
		{"no route, to 22.03", NoRoute, in("lr_in_ip_routing", -1, none)},
		{"no ARP", ArpUnresolved, in("lr_in_arp_request", 100, none, do("arp"), fork(trace.ForkARP, out(in("", 0, none, delivered("p")))))},
		{"too large", TooBig, in("lr_in_larger_pkts", 150, none, do("icmp6_error"), fork(trace.ForkICMP6, in("", 0, tooBig6)))},
		{"DHCP relay", DHCPRelay, in("lr_in_dhcp_relay_req", 1, none, drop)},
		{"no tunnel", "no-tunnel", in("ls_in_l2_lkup", 0, none, do("output"), &trace.Remark{Kind: trace.RemarkLost, Text: "no-tunnel"})},
		{"no gateway", NoGateway, in("lr_in_arp_request", 0, none, do("output"), &trace.Remark{Kind: trace.RemarkNoDistributed})},
		{"patch port without peer", NoPeer, in("lr_out_delivery", 100, none, &trace.Delivered{Port: trace.PortNamed("lrp", "patch", nil)})},
		{"no such port", UnknownPort, in("ls_out_apply_port_sec", 0, none, &trace.Delivered{Port: trace.PortNamed("(unnamed)", "", nil)})},
		{"the default of some table", NoMatch, in("lr_out_delivery", 0, none, do("sample"))},
		{"some table", Other, in("ls_in_mirror", 100, none, drop)},
	} {
		got := Of(&trace.Trace{Root: dp("sw", c.end)})
		if len(got) == 0 || got[0].Outcome != OutcomeDropped || got[0].Code != c.want {
			t.Errorf("%s: %+v, want dropped %s", c.name, got, c.want)
		}
	}
}

// TestDecidedAt finds the flow that decided some tables before.
func TestDecidedAt(t *testing.T) {
	var none packet.Packet
	eval := in("ls_out_acl_eval", 2001, none, do("="), do("next"))
	eval.Add(in("ls_out_acl_action", 1000, none, do("=")))
	d := Of(&trace.Trace{Root: dp("sw", eval)})[0]
	if d.DecidedAt.Stage != "ls_out_acl_eval" || d.DecidedAt.Flow != eval.Flow || d.End.Stage != "ls_out_acl_action" {
		t.Errorf("%+v, want ls_out_acl_eval to blame", d)
	}
	// The default of the acting stage is its own decision, after any earlier stage.
	eval.Nodes[2] = in("ls_out_acl_action", 0, none, &trace.Drop{})
	if d := Of(&trace.Trace{Root: dp("sw", eval)})[0]; d.DecidedAt.Stage != "ls_out_acl_action" {
		t.Errorf("%+v, want ls_out_acl_action to blame", d)
	}
}

// TestOutcomes walks through the ways in which a walk ends, in order.
func TestOutcomes(t *testing.T) {
	var none packet.Packet
	arp := with(packet.EthType, packet.EthTypeARP, packet.ARPOp, 1)
	arpReply := with(packet.EthType, packet.EthTypeARP, packet.ARPOp, 2)
	hop := with(packet.EthType, packet.EthTypeIPv4, packet.IPTTL, 64)
	nextHop := with(packet.EthType, packet.EthTypeIPv4, packet.IPTTL, 63)
	dns := func(src, dst, from, to int) packet.Packet {
		return with(packet.EthType, packet.EthTypeIPv4, packet.IPProto, packet.ProtoUDP, packet.UDPSrc, 53, packet.UDPDst, 53,
			packet.EthSrc, src, packet.EthDst, dst, packet.IPv4Src, from, packet.IPv4Dst, to)
	}
	for _, c := range []struct {
		name string
		want string
		root *trace.Pipeline
	}{
		{"delivered", "delivered", dp("sw", in("a", 0, none, do("output"), out(in("b", 0, none, do("output"), &trace.Reached{}, delivered("p")))))},
		{"conntrack is the same packet", "delivered", dp("sw", in("a", 0, none, do("ct_next"), fork(trace.ForkCTNext, in("b", 0, none, delivered("p")))))},
		{"clones are copies", "delivered, delivered clone", dp("sw", in("a", 0, none, do("clone"), fork(trace.ForkClone, in("b", 0, none, delivered("p"))), do("output"), delivered("q")))},
		{"a clone alone carries the packet", "delivered clone", dp("r", in("lr_out_egr_loop", 100, none, do("clone"), fork(trace.ForkClone, in("b", 0, none, delivered("p")))))},
		{"each member of a group", "delivered, delivered", dp("sw", in("a", 0, none, do("output"), group("g", out(delivered("p")), out(&trace.Omitted{}), out(delivered("q")))))},
		{"a clone and nobody else to flood to", "delivered clone", dp("sw", in("ls_in_l2_lkup", 80, none, fork(trace.ForkClone, delivered("p")), do("output"), group("g", out(&trace.Omitted{}))))},
		{"ARP reply", "replied arp", dp("sw", in("ls_in_arp_rsp", 50, arp, do("output"), out(in("b", 0, arpReply, delivered("p")))))},
		{"ND reply", "replied nd", dp("sw", in("ls_in_arp_rsp", 50, none, do("nd_na"), fork(trace.ForkNDNA, out(in("b", 0, none, delivered("p"))))))},
		{"DNS reply", "replied dns", dp("sw", in("ls_in_dns_response", 100, dns(1, 2, 3, 4), do("output"), out(in("b", 0, dns(2, 1, 4, 3), delivered("p")))))},
		{"a DNS query that a router sends back to itself", "delivered", dp("r", in("lr_out_egr_loop", 100, dns(1, 2, 3, 4), do("next"), in("b", 0, dns(2, 1, 3, 4), delivered("p"))))},
		{"reject", "dropped, replied tcp-reset", dp("sw", in("ls_in_acl", 2004, none, do("reject"), fork(trace.ForkTCPReset, out(in("b", 0, none, delivered("p"))))))},
		{"an answer that does not arrive", "dropped, dropped icmp", dp("sw", in("ls_in_acl", 2004, none, do("reject"), fork(trace.ForkICMP4, &trace.Omitted{})))},
		{"the next hop is asked for", "dropped, delivered arp-request", dp("r", in("lr_in_arp_request", 100, none, do("arp"), fork(trace.ForkARP, delivered("p"))))},
		{"controller", "controller", dp("sw", in("ls_in_l2_lkup", 110, none, do("handle_svc_check")))},
		{"controller and on", "delivered, controller clone", dp("sw", in("ls_in_l2_lkup", 110, none, do("igmp"), do("output"), delivered("p")))},
		{"learning alone", "controller", dp("r", in("lr_in_ip_input", 80, none, do("put_arp")))},
		{"learning on the way", "delivered", dp("r", in("lr_in_learn_neighbor", 90, none, do("put_arp"), do("next"), delivered("p")))},
		{"a flow that does not parse", "uncertain", dp("sw", &trace.Uncertain{Flow: &trace.Flow{}}, in("a", 0, none, delivered("p")))},
		{"after the copy had left", "uncertain, delivered clone", dp("sw", in("a", 0, none, fork(trace.ForkClone, delivered("p")), &trace.Uncertain{Flow: &trace.Flow{}}, in("b", 0, none, delivered("q"))))},
		{"not modelled", "uncertain", dp("sw", in("ls_in_l2_lkup", 50, none, do("fwd_group")))},
		{"limit", "uncertain", dp("sw", in("a", 0, none, &trace.Remark{Kind: trace.RemarkLimit, Text: "1 table"}))},
		{"limit of a loop", "looped", dp("sw", in("a", 0, none, dp("sw", in("a", 0, none, &trace.Remark{Kind: trace.RemarkLimit, Text: "1 table"}))))},
		{"routing loop", "looped", dp("r", in("a", 0, hop, dp("r", in("a", 0, nextHop, dp("r2", in("lr_in_ip_input", 30, spentIP, &trace.Drop{}))))))},
	} {
		var got []string
		for _, d := range Of(&trace.Trace{Root: c.root}) {
			got = append(got, strings.TrimSpace(d.Outcome.String()+" "+d.Origin.String()))
		}
		if s := strings.Join(got, ", "); s != c.want {
			t.Errorf("%s: %s, want %s", c.name, s, c.want)
		}
	}
}

func TestAssumptions(t *testing.T) {
	var none packet.Packet
	root := dp("sw", in("a", 0, none, do("ct_next"), &trace.Fork{
		Kind: trace.ForkCTNext, Tracked: true, Assumed: true, State: packet.CTEstablished | packet.CTTracked,
		Container: trace.Container{Nodes: []trace.Node{in("b", 0, none, do("ct_lb"), &trace.Fork{
			Kind: trace.ForkCTLB, Random: true, Address: "10.0.0.1",
			Container: trace.Container{Nodes: []trace.Node{in("c", 0, none, do("check_pkt_larger"), delivered("p"))}},
		})}},
	}))
	d := Of(&trace.Trace{Root: root})[0]
	want := []Assumption{
		{AssumedState, "est|trk", trace.Place{Datapath: trace.DatapathNamed("sw", 2), Stage: "a"}},
		{AssumedBackend, "10.0.0.1", trace.Place{Datapath: trace.DatapathNamed("sw", 2), Stage: "b"}},
		{AssumedFits, "", trace.Place{Datapath: trace.DatapathNamed("sw", 2), Stage: "c"}},
	}
	for i := range d.Assumptions {
		d.Assumptions[i].Place.Flow = nil
	}
	if !reflect.DeepEqual(d.Assumptions, want) {
		t.Errorf("got %+v, want %+v", d.Assumptions, want)
	}
}

// TestCodesTable compares the table of codes with the rules.
func TestCodesTable(t *testing.T) {
	var codes []Code
	for _, c := range Codes() {
		codes = append(codes, c.Code)
		if c.Meaning == "" || c.Remedy == "" || c.DecidedAt == "" {
			t.Errorf("%s: a column is empty", c.Code)
		}
	}
	if !slices.IsSorted(codes) || len(slices.Compact(slices.Clone(codes))) != len(codes) {
		t.Errorf("not sorted, or double: %v", codes)
	}
	for _, r := range rules {
		if !slices.Contains(codes, r.code) {
			t.Errorf("code %s of a rule is not in the table", r.code)
		}
	}
	for _, c := range []Code{SamePort, NoMember, NoOutport, NoGateway, NoPeer, UnknownPort, Loop, Other} {
		if !slices.Contains(codes, c) {
			t.Errorf("code %s is not in the table", c)
		}
	}
}

func TestWords(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range Outcomes() {
		if w := f.String(); w == "" || seen[w] {
			t.Errorf("outcome %d: word %q", f, w)
		} else {
			seen[w] = true
		}
	}
	for m := OriginPacket + 1; m <= OriginDNSReply; m++ {
		if w := m.String(); w == "" || strings.Contains(w, " ") {
			t.Errorf("origin %d: word %q", m, w)
		}
	}
}

// TestEnds has each copy that nothing leads on end in a container of its own: here
// a clone in the fork, and the packet in the table where a later one executes the
// drop.
func TestEnds(t *testing.T) {
	clone := fork(trace.ForkClone, in("lr_in_ip_routing", -1, anIP))
	refused := in("ls_in_acl_action", 1000, anIP, do("drop"))
	root := dp("sw", in("ls_in_l2_lkup", 70, anIP, clone, in("ls_in_acl_eval", 2001, anIP, refused)))
	ends := Ends(&trace.Trace{Root: root})
	if len(ends) != 2 {
		t.Fatalf("%d ends", len(ends))
	}
	for _, test := range []struct {
		at             *trace.Container
		code           Code
		decided, ended string
	}{
		{&clone.Nodes[0].(*trace.Table).Container, NoRoute, "lr_in_ip_routing", "lr_in_ip_routing"},
		{&refused.Container, ACLDrop, "ls_in_acl_eval", "ls_in_acl_action"},
	} {
		if d := ends[test.at]; d.Code != test.code || d.DecidedAt.Stage != test.decided || d.End.Stage != test.ended {
			t.Errorf("%s at %s and %s, want %s at %s and %s", d.Code, d.DecidedAt.Stage, d.End.Stage, test.code, test.decided, test.ended)
		}
	}
}
