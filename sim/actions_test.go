package sim_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/internal/tracetest"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/sim"
	"github.com/ovnwalk/ovnwalk/tracetext"
)

// lab is a switch with ports p1 and p2, a router behind its port sr, and the rows that actions need:
// bindings, a backend, options.  Its first table has the flow of a test; the others deliver.
func lab(t *testing.T, release, actions string, more ...func(db *sbtest.DB, sw, lr string)) *lflow.Network {
	t.Helper()
	db := sbtest.New(release)
	sw, lr := db.Datapath("sw", 1), db.Datapath("lr", 2)
	p1 := db.Port(sw, "p1", 1, "", "port_security", sbtest.Set("0a:00:00:00:00:01 10.0.0.1 fd00::1"))
	p2 := db.Port(sw, "p2", 2, "")
	db.Port(sw, "sr", 3, "patch", "options", sbtest.Map("peer", "rs"))
	db.Port(lr, "rs", 1, "patch", "options", sbtest.Map("peer", "sr"))
	db.Port(sw, "cr", 4, "chassisredirect", "options", sbtest.Map("distributed-port", "p2"))
	db.Port(sw, "stray", 5, "chassisredirect")
	db.Row("Multicast_Group", map[string]any{"name": "flood", "datapath": sbtest.Ref(sw), "tunnel_key": 32768, "ports": sbtest.Refs(p1, p2)})
	db.Row("MAC_Binding", map[string]any{"logical_port": "p2", "ip": "10.0.0.2", "mac": "0a:00:00:00:00:02", "datapath": sbtest.Ref(sw)})
	db.Row("MAC_Binding", map[string]any{"logical_port": "p2", "ip": "fd00::2", "mac": "0a:00:00:00:00:02", "datapath": sbtest.Ref(sw)})
	db.Row("FDB", map[string]any{"mac": "0a:00:00:00:00:02", "dp_key": 1, "port_key": 2})
	db.Row("Load_Balancer", map[string]any{"name": "lb", "vips": sbtest.Map("10.9.9.9:80", "10.0.0.1:80", "[fd09::9]:80", "[fd00::1]:80")})
	db.Row("DHCP_Options", map[string]any{"name": "offerip", "code": 0, "type": "ipv4"})
	db.Row("DHCP_Options", map[string]any{"name": "router", "code": 3, "type": "ipv4"})
	db.Row("DHCPv6_Options", map[string]any{"name": "ia_addr", "code": 5, "type": "ipv6"})
	db.Flow(sw, "ingress", 0, 100, "1", actions)
	db.Flow(sw, "ingress", 1, 100, "1", "output;")
	db.Flow(sw, "egress", 0, 100, "1", "output;")
	for _, f := range more {
		f(db, sw, lr)
	}
	n := tracetest.Read(t, "test", db.Bytes(), lflow.Options{})
	for _, w := range n.Warnings {
		t.Fatalf("the test's database: %s", w.Text)
	}
	return n
}

const (
	fromP1  = `inport == "p1" && outport == "p2" && eth.src == 0a:00:00:00:00:01 && eth.dst == 0a:00:00:00:00:02`
	ipv4    = fromP1 + ` && ip4.src == 10.0.0.1 && ip4.dst == 10.0.0.2 && ip.ttl == 64`
	ipv6    = fromP1 + ` && ip6.src == fd00::1 && ip6.dst == fd00::2 && ip.ttl == 64`
	tcp     = ipv4 + ` && tcp.src == 4000 && tcp.dst == 80`
	tcp6    = ipv6 + ` && tcp.src == 4000 && tcp.dst == 80`
	sctp    = ipv4 + ` && sctp.src == 4000 && sctp.dst == 80`
	solicit = fromP1 + ` && ip6.src == fd00::1 && ip6.dst == ff02::1:ff00:2 && ip.ttl == 255 && icmp6.type == 135 && icmp6.code == 0 && nd.target == fd00::2`
)

// body returns the views of a walk without the header.
func body(t *testing.T, n *lflow.Network, r sim.Request, v tracetext.Views) string {
	t.Helper()
	tr, err := sim.Trace(n, r)
	if err != nil {
		return err.Error()
	}
	for _, w := range tr.Warnings {
		t.Logf("warning: %s", w.Text)
	}
	var b bytes.Buffer
	if err := tracetext.Write(&b, tr, v, tracetext.Paint{}); err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(b.String(), "\n")
	return text
}

// TestActions compares the minimal view of each action with an effect.  The value of a register is
// copied to the packet mark, which is visible there.
func TestActions(t *testing.T) {
	const delivered = "output(\"p2\");\n"
	tests := []struct {
		name, release, actions, flow string
		choices                      sim.Choices
		want                         string
	}{
		{"drop", "23.03", "drop;", ipv4, sim.Choices{}, ""},
		{"next and output", "23.03", "next;", ipv4, sim.Choices{}, delivered},
		{"next to a far table", "23.03", "next(5);", ipv4, sim.Choices{}, ""},
		{"next to egress", "23.03", "next(pipeline=egress, table=0);", ipv4, sim.Choices{}, delivered},
		{"actions that do not parse", "23.03", "eth.dst = 1:2:3:4:5:6; next;", ipv4, sim.Choices{}, ""},
		{"load of a MAC", "23.03", "eth.dst = 0a:00:00:00:00:09; next;", ipv4, sim.Choices{}, "eth.dst = 0a:00:00:00:00:09;\n" + delivered},
		{
			"load of some bits", "23.03", "pkt.mark = 5; pkt.mark[4..7] = 3; eth.src = 0a:00:00:00:00:00/ff:00:00:00:00:00; next;", ipv4,
			sim.Choices{},
			"pkt.mark = 5;\npkt.mark[4..7] = 3;\neth.src = 0a:00:00:00:00:00/ff:00:00:00:00:00;\n" + delivered,
		},
		{"load of a port", "23.03", `outport = "p1"; flags.loopback = 1; next;`, ipv4, sim.Choices{}, "output(\"p1\");\n"},
		{"load of no port", "23.03", `outport = ""; next;`, ipv4, sim.Choices{}, "*** output to null logical port;\n"},
		{"load of an unknown port", "23.03", `outport = "nosuch"; next;`, ipv4, sim.Choices{}, "*** output to null logical port;\n"},
		{"load of another datapath's port", "23.03", `outport = "rs"; next;`, ipv4, sim.Choices{}, "*** output to null logical port;\n"},
		{"load of none", "23.03", `outport = "none"; next;`, ipv4, sim.Choices{}, "*** output to null logical port;\n"},
		{"load past the payload", "23.03", "icmp4 { icmp4.frag_mtu = 1500; next; };", ipv4, sim.Choices{}, "icmp4 {\n    icmp4.frag_mtu = 1500;\n    output(\"p2\");\n};\n"},
		{"move", "23.03", "reg0 = ip4.src; ip4.dst = reg0; pkt.mark = xxreg0[96..127]; next;", ipv4, sim.Choices{}, "ip4.dst = 0xa000001;\npkt.mark = 0xa000001;\n" + delivered},
		{"move of a whole field", "23.03", "ip4.dst = ip4.src; next;", ipv4, sim.Choices{}, "ip4.dst = 10.0.0.1;\n" + delivered},
		{"exchange", "23.03", "ip4.dst <-> ip4.src; next;", ipv4, sim.Choices{}, "ip4.dst = 10.0.0.1;\nip4.src = 10.0.0.2;\n" + delivered},
		{
			"push and pop", "23.03", "push(eth.dst); push(eth.src); pop(eth.dst); pop(eth.src); pop(eth.src); next;", ipv4,
			sim.Choices{},
			"push(eth.dst) -> 0xa0000000002;\npush(eth.src) -> 0xa0000000001;\npop(eth.dst) <- 0xa0000000001;\npop(eth.src) <- 0xa0000000002;\npop(eth.src) <- /* empty stack */;\n" + delivered,
		},
		{"TTL", "23.03", "ip.ttl--; next;", ipv6, sim.Choices{}, "ip.ttl--;\n" + delivered},
		{"TTL of nothing", "23.03", "ip.ttl--; next;", strings.Replace(ipv4, "64", "0", 1), sim.Choices{}, "*** TTL underflow;\n" + delivered},
		{"a prerequisite is part of the match", "23.03", "ip.ttl--; next;", fromP1, sim.Choices{}, ""},

		{"ct_next", "23.03", "ct_next;", ipv4, sim.Choices{}, "ct_next(ct_state=est|trk /* default (use --ct to customize) */) {\n    output(\"p2\");\n};\n"},
		{"ct_next, chosen", "23.03", "ct_next; next;", ipv4, sim.Choices{CT: []uint64{packet.CTNew | packet.CTTracked}}, "ct_next(ct_state=new|trk) {\n    output(\"p2\");\n};\n" + delivered},
		{"ct_dnat", "23.03", "ct_dnat(10.0.0.9);", ipv4, sim.Choices{}, "ct_dnat(ip4.dst=10.0.0.9) /* default (use --ct to customize) */ {\n    output(\"p2\");\n};\n"},
		{"ct_dnat before it tracked", "21.06", "ct_dnat(10.0.0.9);", ipv4, sim.Choices{}, "ct_dnat(ip4.dst=10.0.0.9) {\n    output(\"p2\");\n};\n"},
		{"ct_dnat to IPv6", "23.03", "ct_dnat(fd00::9);", ipv6, sim.Choices{}, "ct_dnat(ip6.dst=fd00::9) /* default (use --ct to customize) */ {\n    output(\"p2\");\n};\n"},
		{"ct_snat undone", "23.03", "ct_snat;", ipv4, sim.Choices{}, "ct_snat /* assuming no un-snat entry, so no change */ /* default (use --ct to customize) */ {\n    output(\"p2\");\n};\n"},
		{"ct_snat_in_czone", "23.03", "ct_snat_in_czone(10.0.0.9);", ipv4, sim.Choices{}, "ct_snatin_czone(ip4.src=10.0.0.9) /* default (use --ct to customize) */ {\n    output(\"p2\");\n};\n"},
		{
			"ct_lb_mark", "23.03", "ct_lb_mark(backends=10.0.0.7:81,10.0.0.8:82);", tcp,
			sim.Choices{LBDst: sim.Backend{IsSet: true, Addr: packet.Uint(0x0a000008)}},
			"ct_lb_mark /* default (use --ct to customize) */ {\n    output(\"p2\");\n};\n",
		},
		{"ct_lb without a backend", "23.03", "ct_lb_mark(backends=10.0.0.7:81);", tcp6, sim.Choices{}, "*** no load balancing destination (use --lb-dst);\nct_lb_mark /* default (use --ct to customize) */ {\n    output(\"p2\");\n};\n"},
		{"ct_commit_nat", "23.03", "ct_commit_nat;", ipv4, sim.Choices{}, "ct_commit_nat /* assuming no un-nat entry, so no change */ /* default (use --ct to customize) */ {\n    output(\"p2\");\n};\n"},
		{"ct_commit_to_zone", "25.03", "ct_commit_to_zone(snat);", ipv4, sim.Choices{CT: []uint64{packet.CTTracked}}, "ct_commit_to_zone(snat) {\n    output(\"p2\");\n};\n"},
		{"ct_commit", "23.03", "ct_commit { ct_mark = 1; }; next;", ipv4, sim.Choices{}, delivered},
		{"ct_clear", "23.03", "ct_clear; next;", ipv4, sim.Choices{}, delivered},
		{"select", "23.03", "reg8[16..31] = select(1=10, 2=20);", ipv4, sim.Choices{SelectID: 2}, "select: reg8[16..31] = 2 {\n    output(\"p2\");\n};\n"},
		{"select at random", "23.03", "reg8[16..31] = select(1=10, 2=20);", ipv4, sim.Choices{}, "select: reg8[16..31] = 1 /* Randomly selected. Use --select-id to specify. */ {\n    output(\"p2\");\n};\n"},
		{
			"hairpin", "23.03", "ct_lb_mark(backends=10.0.0.1:80); reg0[0] = chk_lb_hairpin();", strings.Replace(tcp, "10.0.0.2", "10.9.9.9", 1),
			sim.Choices{},
			"ct_lb_mark /* default (use --ct to customize) */ {\n    output(\"p2\");\n};\nreg0[0] = 0;\n",
		},
		{"hairpin reply before it was modelled", "21.12", "reg0[0] = chk_lb_hairpin_reply(); next;", tcp, sim.Choices{}, "*** chk_lb_hairpin_reply action not implemented;\nreg0[0] = 0;\n" + delivered},
		{"hairpin NAT before it was modelled", "21.12", "ct_snat_to_vip; next;", tcp, sim.Choices{}, "*** ct_snat_to_vip action not implemented;\n" + delivered},
		{"conntrack state kept", "25.09", "reg4[0..7] = ct_state_save(); next;", ipv4, sim.Choices{}, delivered},
		{"destination port of the connection", "25.09", "reg1[0..15] = ct_tp_dst(); next;", tcp, sim.Choices{}, "reg1[0..15] = 80;\n" + delivered},
		{"protocol of the connection", "25.09", "reg1[16..23] = ct_proto(); next;", tcp, sim.Choices{}, "reg1[16..23] = 6;\n" + delivered},

		{"clone", "23.03", "clone { eth.src = 0a:00:00:00:00:07; next; }; next;", ipv4, sim.Choices{}, "clone {\n    eth.src = 0a:00:00:00:00:07;\n    output(\"p2\");\n};\n" + delivered},
		{"arp", "23.03", "arp { pkt.mark = arp.spa; next; };", ipv4, sim.Choices{}, "arp {\n    pkt.mark = 10.0.0.1;\n    output(\"p2\");\n};\n"},
		{"nd_ns", "23.03", "nd_ns { next; };", ipv6, sim.Choices{}, "nd_ns {\n    output(\"p2\");\n};\n"},
		{"nd_na", "23.03", "nd_na { eth.src = 0a:00:00:00:00:02; next; };", solicit, sim.Choices{}, "nd_na {\n    eth.src = 0a:00:00:00:00:02;\n    output(\"p2\");\n};\n"},
		{"icmp4", "23.03", "icmp4 { icmp4.code = 7; next; };", ipv4, sim.Choices{}, "icmp4 {\n    icmp4.code = 7;\n    output(\"p2\");\n};\n"},
		{"icmp6", "23.03", "icmp6 { next; };", ipv6, sim.Choices{}, "icmp6 {\n    output(\"p2\");\n};\n"},
		{"tcp_reset", "23.03", "tcp_reset { next; };", tcp, sim.Choices{}, "tcp_reset {\n    output(\"p2\");\n};\n"},
		{"reject of TCP", "23.03", "reject { next; };", tcp, sim.Choices{}, "tcp_reset {\n    output(\"p2\");\n};\n"},
		{"reject of TCP over IPv6", "23.03", "reject { next; };", tcp6, sim.Choices{}, "tcp_reset {\n    output(\"p2\");\n};\n"},
		{"reject of a reset", "23.03", "reject { next; };", tcp + " && tcp.flags == 4", sim.Choices{}, ""},
		{"reject of SCTP", "23.03", "reject { next; };", sctp, sim.Choices{}, "sctp_abort {\n    output(\"p2\");\n};\n"},
		{"reject of SCTP by ICMP", "20.12", "reject { next; };", sctp, sim.Choices{}, "icmp4 {\n    output(\"p2\");\n};\n"},
		{"reject of IPv6", "23.03", "reject { next; };", ipv6, sim.Choices{}, "icmp6 {\n    output(\"p2\");\n};\n"},

		{"get_arp", "23.03", "get_arp(outport, ip4.dst); next;", strings.Replace(ipv4, "eth.dst == 0a:00:00:00:00:02", "eth.dst == 0a:00:00:00:00:05", 1), sim.Choices{}, "eth.dst = 0a:00:00:00:00:02;\n" + delivered},
		{"get_arp of a stranger", "23.03", "get_arp(outport, ip4.src); next;", ipv4, sim.Choices{}, "eth.dst = 00:00:00:00:00:00;\n" + delivered},
		{"get_nd", "23.03", "get_nd(outport, ip6.dst); next;", ipv6, sim.Choices{}, "eth.dst = 0a:00:00:00:00:02;\n" + delivered},
		{"get_fdb", "23.03", `outport = get_fdb(eth.dst); next;`, ipv4, sim.Choices{}, delivered},
		{
			"put_dhcp_opts", "23.03", "reg0[3] = put_dhcp_opts(offerip = 10.0.0.1, router = 10.0.0.254); next;", ipv4,
			sim.Choices{},
			"/* We assume that this packet is DHCPDISCOVER or DHCPREQUEST. */;\nput_dhcp_opts(offerip = 10.0.0.1, router = 10.0.0.254);\n" + delivered,
		},
		{
			"put_dhcpv6_opts outside a register", "23.03", "pkt.mark[0] = put_dhcpv6_opts(ia_addr = fd00::1); next;", ipv6,
			sim.Choices{},
			"/* We assume that this packet is DHCPDISCOVER or DHCPREQUEST. */;\nput_dhcpv6_opts(ia_addr = fd00::1);\npkt.mark[0] = 1;\n" + delivered,
		},
		{"put_nd_ra_opts", "23.03", `reg0[5] = put_nd_ra_opts(addr_mode = "slaac", slla = 0a:00:00:00:00:09, prefix = fd00::/64); next;`, ipv6, sim.Choices{}, "put_nd_ra_opts(addr_mode = \"slaac\", slla = 0a:00:00:00:00:09, prefix = fd00::/64);\n" + delivered},
		{"dns_lookup", "23.03", "reg0[4] = dns_lookup(); next;", ipv4 + " && udp.src == 1 && udp.dst == 53", sim.Choices{}, "*** dns_lookup action not implemented;\n" + delivered},
		{"log", "23.03", `log(name="acl", verdict=drop, severity=alert); drop;`, ipv4, sim.Choices{}, ""},
		{
			"log, then on", "23.03", `log(verdict=allow); next;`, fromP1,
			sim.Choices{},
			"LOG: ACL name=<unnamed>, direction=IN, verdict=allow, severity=info, packet=\"reg14=0x1,reg15=0x2,vlan_tci=0x0000,dl_src=0a:00:00:00:00:01,dl_dst=0a:00:00:00:00:02,dl_type=0x0000\";\n" + delivered,
		},
		{"mirror", "25.09", `mirror("p1"); next;`, ipv4, sim.Choices{}, "clone {\n    output(\"p1\");\n};\n" + delivered},
		{"mirror of nowhere", "25.09", `mirror("rs"); next;`, ipv4, sim.Choices{}, "/* omitting output because no taget port found. */;\n" + delivered},
		{"nothing to be seen", "23.03", "set_queue(5); set_meter(100, 10); put_arp(inport, ip4.src, eth.src); put_fdb(inport, eth.src); commit_ecmp_nh(ipv6 = false, proto = tcp); igmp; next;", tcp, sim.Choices{}, delivered},

		{"to the group", "23.03", `outport = "flood"; next;`, ipv4, sim.Choices{}, "output(\"p2\");\n"},
		{"to the group and back", "23.03", `outport = "flood"; flags.loopback = 1; next;`, ipv4, sim.Choices{}, "output(\"p1\");\noutput(\"p2\");\n"},
		{"where it came from", "23.03", "outport = inport; next;", ipv4, sim.Choices{}, ""},
		{"chassisredirect", "23.03", `outport = "cr"; next;`, ipv4, sim.Choices{}, delivered},
		{"stray chassisredirect", "23.03", `outport = "stray"; next;`, ipv4, sim.Choices{}, "*** output to type \"chassisredirect\" port \"stray\" with no or invalid distributed port;\n"},
		{"unknown key", "23.03", "reg0 = 77; next;", strings.Replace(ipv4, `outport == "p2"`, "reg0 == 1", 1), sim.Choices{}, "*** output to null logical port;\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			n := lab(t, tt.release, tt.actions)
			got := body(t, n, sim.Request{Microflow: tt.flow, Choices: tt.choices}, tracetext.Views{Minimal: true})
			if got != tt.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, tt.want)
			}
		})
	}
}
