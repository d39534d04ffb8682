package lab

import (
	"fmt"
	"strings"
)

// GenerateForeign generates the network of a seed with logical flows that no northd writes:
// random actions with random matches in random tables, most of them valid.
func GenerateForeign(seed uint64) *Network {
	n := Generate(seed)
	g := newGenerator(seed ^ 0xf0e1)
	g.n = n
	n.Name += "-foreign"
	datapaths := []datapath{}
	for _, s := range n.Switches {
		datapaths = append(datapaths, datapath{s.Name, names(s.Ports), 27, 10})
	}
	for _, r := range n.Routers {
		d := datapath{r.Name, nil, 22, 7}
		for _, p := range r.Ports {
			d.ports = append(d.ports, p.Name)
		}
		datapaths = append(datapaths, d)
	}
	for _, d := range datapaths {
		g.allPorts = append(g.allPorts, d.ports...)
	}
	for i := range g.between(20, 50) {
		d := pick(g.Rand, datapaths...)
		g.datapath = &d
		f := Flow{Datapath: d.name, Pipeline: "ingress", Table: g.IntN(d.ingress), Priority: g.between(1, 650) * 100}
		if g.chance(.3) {
			f.Pipeline, f.Table = "egress", g.IntN(d.egress)
		}
		f.Stage = fmt.Sprintf("foreign_%d", i)
		f.Match = pick(g.Rand, "1", "ip", "ip4", g.match(1), g.match(2))
		if len(d.ports) > 0 && g.chance(.3) {
			f.Match = "inport == " + Quote(pick(g.Rand, d.ports...)) + " && " + f.Match
		}
		f.Actions = g.actions(2, f)
		n.ChassisRows.Flows = append(n.ChassisRows.Flows, f)
	}
	return n
}

// datapath has the names to which a foreign flow may refer: the sizes of the pipelines and
// the names of ports.
type datapath struct {
	name            string
	ports           []string
	ingress, egress int
}

// actions generates one to four actions and a last one.
func (g *generator) actions(depth int, at Flow) string {
	var all []string
	for range g.between(0, 3) {
		all = append(all, g.action(depth, at))
	}
	if !g.chance(.12) {
		all = append(all, g.ending(at))
	}
	if len(all) == 0 {
		return "drop;"
	}
	return strings.Join(all, " ")
}

// ending generates the action with which most lists end.
func (g *generator) ending(at Flow) string {
	switch v := g.Float64(); {
	case v < .62:
		return "next;"
	case v < .72:
		return "output;"
	case v < .78:
		return fmt.Sprintf("next(%d);", g.tableAfter(at))
	case v < .84:
		return fmt.Sprintf("next(pipeline=%s, table=%d);", at.Pipeline, g.tableAfter(at))
	case v < .87:
		return fmt.Sprintf("next(pipeline=egress, table=%d);", g.IntN(8))
	case v < .89:
		return fmt.Sprintf("next(pipeline=ingress, table=%d);", g.tableAfter(at))
	case v < .93:
		return "ct_next;"
	default:
		return pick(g.Rand, "ct_snat;", "ct_dnat;", "ct_lb_mark;", "ct_lb;", "ct_commit_nat;", "ct_snat_in_czone;", "ct_dnat_in_czone;")
	}
}

// tableAfter is a later table of the same pipeline, so that walks end.
func (g *generator) tableAfter(at Flow) int {
	last := g.datapath.ingress
	if at.Pipeline == "egress" {
		last = g.datapath.egress
	}
	return min(at.Table+1+g.IntN(4), last-1)
}

// port draws a port of the flow's datapath, quoted, now and then another's.
func (g *generator) port() string {
	if len(g.datapath.ports) == 0 || g.chance(.05) {
		return `"nosuch"`
	}
	if g.chance(.1) {
		return Quote(pick(g.Rand, g.allPorts...))
	}
	return Quote(pick(g.Rand, g.datapath.ports...))
}

// action draws one action; blocks nest down to depth.
func (g *generator) action(depth int, at Flow) string {
	if depth > 0 && g.chance(.22) {
		block := pick(g.Rand, "clone", "clone", "arp", "nd_na", "nd_na_router", "nd_ns", "icmp4", "icmp4_error", "icmp6", "icmp6_error",
			"tcp_reset", "sctp_abort", "reject")
		return block + " { " + g.actions(depth-1, at) + " };"
	}
	families := []func() string{g.assignment, g.assignment, g.assignment, g.conntrack, g.conntrack, g.lookup, g.lookup, g.report, g.transport4}
	return pick(g.Rand, families...)()
}

// assignment draws a load, a move, an exchange or what goes by the stack.
func (g *generator) assignment() string {
	return pick(g.Rand,
		"reg0 = 5;", "reg1[0..7] = 0x3f;", "xreg0 = 0x123456789ab;", "xxreg1 = fd00::1;", "reg9[3] = 1;", "reg8[16..31] = 7;",
		"xxreg0 = ip6.src;", "reg0 = ip4.src;", "reg1 = ip4.dst;", "xreg1[0..47] = eth.src;", "reg2[0..15] = tcp.dst;",
		"ip4.dst = "+g.someAddress(false).String()+";", "ip4.src = 192.0.2.1;", "ip6.dst = fd00::99;", "ip6.src = xxreg0;",
		"eth.dst = eth.src;", "eth.dst = 50:54:00:00:00:0b;", "eth.src = 00:00:00:00:00:99;", "eth.src = xreg0[0..47];",
		"ip.ttl = 64;", "ip.ttl--;", "ip.ttl = reg0[0..7];", "ip.dscp = 12;", "ip.ecn = 1;", "ip.dscp = reg1[0..5];",
		"tcp.dst = 80;", "udp.src = 53;", "sctp.dst = 9;", "tcp.src <-> tcp.dst;", "udp.dst <-> udp.src;", "reg0[0..15] = udp.src;",
		"eth.dst <-> eth.src;", "ip4.src <-> ip4.dst;", "ip6.src <-> ip6.dst;", "reg0 <-> reg1;", "xreg0 <-> xreg1;",
		"vlan.vid = 42;", "vlan.pcp = 5;", "vlan.present = 1;", "pkt.mark = 17;", "pkt.mark = reg3;",
		"flags.loopback = 1;", "flags.loopback = 0;", "flags.force_snat_for_lb = 1;", "flags = 3;",
		"outport = "+g.port()+";", "outport = inport;", `inport = "";`, `outport = "";`, "inport = "+g.port()+";", `outport = "_MC_flood";`,
		"inport <-> outport;", "outport <-> inport;",
		"push(ip4.src); pop(reg2);", "push(reg0[0..15]); push(reg1[0..15]); pop(reg4[0..15]); pop(reg5[16..31]);", "push(outport); outport = inport; pop(inport);",
		"push(eth.dst); pop(eth.src);", "pop(reg7);", "push(reg1);",
		"icmp4.type = 0;", "icmp4.code = 3;", "icmp6.type = 129;", "icmp4.type = 3; icmp4.code = 4;",
		"arp.op = 2;", "arp.tha = arp.sha;", "arp.sha = 00:00:00:00:00:99;", "arp.tpa <-> arp.spa;", "arp.spa = 10.0.0.1;",
		"nd.target = fd00::5;", "nd.tll = 00:00:00:00:00:99;", "nd.sll = eth.src;",
		"icmp4.frag_mtu = 1400;", "icmp6.frag_mtu = 1300;", "ip.proto = 6;", "ip4.dst[0..7] = 9;", "eth.dst[40] = 1;", "ip4.src = eth.src;",
		"reg0 = reg1[0..7];", "tcp.flags = 2;", "ct_label = 1;", "nosuch = 1;", "reg0 == 1;", "reg0[0..3] = 16;", "ip6.label = 5;", "eth.type = 0x800;")
}

// conntrack draws an action of the connection tracker.
func (g *generator) conntrack() string {
	v4 := g.someAddress(false).String()
	return pick(g.Rand,
		"ct_commit;", "ct_commit { };", "ct_commit { ct_mark = 1; };", "ct_commit { ct_mark.blocked = 1; ct_label = 0xff; };",
		"ct_commit { ct_label.ecmp_reply_eth = eth.src; ct_mark = reg3; };", "ct_commit { ct_label[96..127] = 7; };", "ct_commit { reg0 = 1; };",
		"ct_commit(ct_mark=1);", "ct_commit(ct_label=1/1, ct_mark=2/2);",
		"ct_dnat("+v4+");", "ct_dnat(fd00::1);", "ct_snat("+v4+", 1-3000);", "ct_snat(fd00::1);", "ct_dnat("+v4+", 5-4);", "ct_dnat(nosuch);",
		"ct_dnat_in_czone("+v4+");", "ct_snat_in_czone("+v4+");", "ct_clear;", "ct_commit_nat;", "ct_snat_to_vip;",
		"ct_lb(backends="+v4+":80);", "ct_lb(backends="+v4+");", "ct_lb_mark(backends="+v4+":80,192.0.2.9:81);", "ct_lb_mark(backends=[fd00::1]:80);",
		`ct_lb_mark(backends=`+v4+`:80; hash_fields="ip_dst,ip_src");`, `ct_lb(backends=`+v4+`:80; hash_fields="eth_src,tp_dst,ip_src");`,
		"ct_lb_mark(backends="+v4+":80; skip_snat);", "ct_lb("+v4+":80);", "ct_lb_mark(backends="+v4+":0);", "ct_lb();",
		"reg0[6] = chk_lb_hairpin();", "reg0[12] = chk_lb_hairpin_reply();", "reg9[5] = chk_ecmp_nh_mac();", "reg9[5] = check_ecmp_nh_mac();",
		"reg9[5] = check_ecmp_nh();", `commit_ecmp_nh(ipv6 = "false", proto = tcp);`, `commit_ecmp_nh(ipv6 = true, proto = sctp);`,
		`commit_lb_aff(vip = "`+v4+`:80", backend = "10.0.0.3:8080", proto = tcp, timeout = 30);`, "reg9[6] = chk_lb_aff();")
}

// lookup generates an action that looks up a table or another process.
func (g *generator) lookup() string {
	return pick(g.Rand,
		"get_arp(outport, ip4.dst);", "get_arp(outport, reg0);", "get_nd(outport, ip6.dst);", "get_nd(outport, xxreg0);", "get_arp(inport, ip4.src);",
		"put_arp(inport, arp.spa, arp.sha);", "put_nd(inport, nd.target, nd.tll);", "put_nd(inport, ip6.src, nd.sll);",
		"reg9[2] = lookup_arp(inport, arp.spa, arp.sha);", "reg9[2] = lookup_nd(inport, nd.target, nd.tll);",
		"reg9[3] = lookup_arp_ip(inport, arp.spa);", "reg9[3] = lookup_nd_ip(inport, ip6.src);", "reg9[2] = lookup_arp(inport, ip4.src, eth.src);",
		"put_fdb(inport, eth.src);", "outport = get_fdb(eth.dst);", "reg0[11] = lookup_fdb(inport, eth.src);", "inport = get_fdb(eth.src);",
		"reg0[15] = check_in_port_sec();", "reg0[15] = check_out_port_sec();",
		`reg0[3] = put_dhcp_opts(offerip = 10.0.0.5, lease_time = 3600, netmask = 255.255.255.0, router = 10.0.0.1, server_id = 10.0.0.1);`,
		`reg0[3] = put_dhcp_opts(offerip = 10.0.0.5, domain_name = "x", dns_server = {8.8.8.8, 1.1.1.1}, mtu = 1400);`,
		`flags.loopback = put_dhcp_opts(offerip = 10.0.0.5, T1 = 5);`,
		`reg0[3] = put_dhcpv6_opts(ia_addr = fd00::5, server_id = 00:00:00:10:00:01, dns_server = {fd00::1, fd00::2}, domain_search = "x");`,
		`reg0[5] = put_nd_ra_opts(addr_mode = "slaac", mtu = 1500, prefix = fd00::/64, slla = 00:00:00:00:00:01);`,
		`reg0[5] = put_nd_ra_opts(addr_mode = "dhcpv6_stateful", slla = 00:00:00:00:00:01, rdnss = "fd00::1", dnssl = "a,b", router_preference = "HIGH");`,
		"reg0[4] = dns_lookup();", "reg9[1] = check_pkt_larger(1500);", "reg9[1] = check_pkt_larger(99999);",
		`bind_vport(`+g.port()+`, inport);`, "handle_svc_check(inport);", `fwd_group(liveness="true", childports=`+g.port()+`, `+g.port()+`);`,
		`fwd_group(childports=`+g.port()+`);`, "handle_dhcpv6_reply;", "handle_bfd_msg();", "igmp;",
		"select(reg8[16..31], 1=20, 2=30);", "select(reg8[16..31], 1, 2, 3);", "select(reg0[0..15], 7=100, 8=0);", "select(reg0, 1);")
}

// report generates an action that reports to another process, or shapes traffic.
func (g *generator) report() string {
	return pick(g.Rand,
		"log();", `log(name="an acl", verdict=drop, severity=alert);`, `log(verdict=allow, severity=info, meter="m0");`, "log(verdict=reject, severity=debug);",
		`log(name="x", nosuch=1);`, "set_queue(5);", "set_queue(0);", "set_queue(99999);", "set_meter(1000);", "set_meter(1000, 10);", "set_meter(0);",
		`trigger_event(event = "empty_lb_backends", vip = "10.0.0.1:80", protocol = "tcp", load_balancer = "12345678-1234-4000-8000-000000000001");`,
		`trigger_event(event = "empty_lb_backends", meter = "m0", vip = "[fd00::1]:80", protocol = "udp", load_balancer = "12345678-1234-4000-8000-000000000001");`,
		"sample(probability=65535,collector_set=123,obs_domain=1,obs_point=$cookie);", "sample(probability=100,collector_set=1,obs_domain=2,obs_point=3);",
		"sample(probability=0);", "drop;", "next", "clone { };", ";", "reg0 = ;", "/* a comment */ reg0 = 1;", "reg1 = 1; // another")
}

// transport4 generates assignments that turn a packet into its reply, as northd's flows
// have them.
func (g *generator) transport4() string {
	return pick(g.Rand,
		"eth.dst <-> eth.src; ip4.src <-> ip4.dst; outport = inport; flags.loopback = 1;",
		"eth.dst = eth.src; eth.src = 00:00:00:00:00:99; arp.op = 2; arp.tha = arp.sha; arp.sha = 00:00:00:00:00:99; arp.tpa <-> arp.spa; outport = inport; flags.loopback = 1;",
		"ip4.dst <-> ip4.src; ip.ttl = 255; icmp4.type = 0; flags.loopback = 1;",
		"outport <-> inport; reg0 = 0;", "ct_clear; outport = inport; inport = \"\"; flags = 0; reg0 = 0; reg1 = 0; next(pipeline=ingress, table=0);",
		"ip.ttl--; reg8[0..15] = 0; reg0 = ip4.dst; eth.src = 00:00:00:00:00:98; outport = "+g.port()+"; flags.loopback = 1;")
}
