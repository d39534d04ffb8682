package action

import (
	"testing"

	"github.com/ovnwalk/ovnwalk/dialect"
	"github.com/ovnwalk/ovnwalk/expr"
)

// in returns ingress table 10 of a release.
func in(release string) Env {
	return Env{Dialect: dialect.For(dialect.MustParse(release)), Table: 10}
}

// accepted are actions with their canonical form, "" where that is the text
// itself, and their prerequisites.
var accepted = []struct{ release, text, canonical, prereqs string }{
	{"main", "drop;", "", ""},
	{"main", "", "drop;", ""},
	{"main", " // nothing\n", "drop;", ""},
	{"main", "output; next;", "", ""},
	{"main", "output;/* and */next(11);", "output; next;", ""},

	{"main", "next(table=7);", "next(7);", ""},
	{"main", "next(pipeline=ingress,table=7);", "next(7);", ""},
	{"main", "next(pipeline=egress, table=11);", "", ""},
	{"main", "next(pipeline=egress);", "next(pipeline=egress, table=11);", ""},
	{"main", "next(table=3, table=5);", "next(5);", ""},
	{"main", "ip.ttl--;", "", "ip"},

	{"main", "reg0=0x10;", "reg0 = 0x10;", ""},
	{"main", "reg0[4..7] = 3;", "", ""},
	{"main", "reg0 = 0x0f/0xff;", "reg0 = 0xf/0xff;", ""},
	{"main", "ip4.dst = 10.0.0.0/8;", "", "eth.type == 0x800"},
	{"main", "ip6.src = fe80::0:1;", "ip6.src = fe80::1;", "eth.type == 0x86dd"},
	{"main", "eth.src = 0A:00:00:00:00:01;", "eth.src = 0a:00:00:00:00:01;", ""},
	{"main", `inport = "p\u0041";`, `inport = "pA";`, ""},
	{"main", `outport = "";`, "", ""},
	{"main", "tcp.dst = 80; ip4.src = 10.0.0.1;", "", "ip.proto == 0x6 && (eth.type == 0x800 || eth.type == 0x86dd) && eth.type == 0x800"},
	{"main", "icmp4.frag_mtu = 1500;", "", ""},
	{"main", "icmp6.frag_mtu = 0x5dc;", "icmp6.frag_mtu = 1500;", ""},
	{"main", "icmp4.inner_ip4.src = 10.0.0.7;", "", ""},
	{"main", "outport=inport;", "outport = inport;", ""},
	{"main", "reg0[0..15] = tcp.src;", "", "ip.proto == 0x6 && (eth.type == 0x800 || eth.type == 0x86dd)"},
	{"main", "reg0[5] = ct.new;", "", "ct_state[5]"},
	{"main", "eth.src<->eth.dst;", "eth.src <-> eth.dst;", ""},
	{"main", "push(reg0[3]); pop(reg1[4]);", "", ""},
	{"main", "push(ct.est);", "", "ct_state[5]"},

	{"main", "ct_next;", "ct_next(dnat);", "ip"},
	{"main", "ct_next(snat);", "", "ip"},
	{"23.03", "ct_next;", "", "ip"},
	{"main", "ct_commit { ct_mark = 1; ct_label[3] = 1; };", "", "ip"},
	{"main", "ct_commit { drop; };", "ct_commit;", "ip"},
	{"main", "ct_commit { ct_label.ecmp_reply_eth = eth.src; icmp4.frag_mtu = 3; };", "", "ip"},
	{"22.03", "ct_commit(ct_label=0x1 ct_mark=0x7/0xf, ct_mark=0);", "ct_commit(ct_mark=0, ct_label=0x1);", "ip"},
	{"22.03", "ct_commit(ct_mark=0x7/0xf);", "ct_commit(ct_mark=0x7/0xf);", "ip"},
	{"2.11", "ct_commit(ct_label=0x0);", "ct_commit(ct_label=0);", "ip"},
	{"main", "ct_commit_to_zone(snat);", "", "ip"},
	{"main", "ct_commit_nat;", "ct_commit_nat(dnat);", "ip"},
	{"main", "ct_commit_nat(snat);", "", "ip"},
	{"main", "ct_dnat(10.0.0.1,80);", "", "ip"},
	{"main", "ct_snat(fd00::1, 10 - 0x14);", "ct_snat(fd00::1,10-20);", "ip"},
	{"main", "ct_dnat_in_czone(10.0.0.1,1-65535);", "", "ip"},
	{"main", "ct_snat_in_czone;", "", "ip"},
	{"main", "ct_clear; ct_snat_to_vip;", "", ""},
	{"22.03", "ct_lb(backends=10.0.0.1:80 [fd00::1]:80, fd00::2,);", "ct_lb(backends=10.0.0.1:80,[fd00::1]:80,fd00::2);", "ip"},
	{"main", `ct_lb_mark(backends=10.0.0.1; hash_fields="eth_src"; skip_snat);`, "", "ip"},
	{"main", `ct_lb_mark(backends=;skip_snat);`, "ct_lb_mark;", "ip"},
	{"main", `ct_lb_mark_local(backends="p1":10.0.0.1:80,"p2":[fd00::1]:80);`, "", "ip"},
	{"main", "reg8[0..15] = select(1, 2=7);", "reg8[0..15] = select(1=100, 2=7);", ""},
	{"main", `reg8[0..15] = select(values=(1=1,2=2); hash_fields="");`, `reg8[0..15] = select(values=(1=1, 2=2); hash_fields="");`, ""},
	{"main", `fwd_group(liveness=false, childports="a" "b");`, `fwd_group(childports="a", "b");`, ""},
	{"main", "fwd_group;", "fwd_group();", ""},
	{"main", `commit_ecmp_nh(ipv6="true", proto=sctp);`, "commit_ecmp_nh(ipv6 = true, proto = sctp);", ""},
	{
		"main", `commit_lb_aff(vip="[fd00::1]:80", backend="[fd00::2]:8080", proto=udp, timeout=60);`,
		`commit_lb_aff(vip = "[fd00::1]:80", backend = "[fd00::2]:8080", proto = udp, timeout = 60);`, "",
	},
	{"main", `commit_lb_aff(vip = "10.0.0.9", backend = "10.0.0.1", timeout = 60);`, "", ""},

	{"main", "clone { tcp.dst = 80; clone { drop; }; };", "", "ip.proto == 0x6 && (eth.type == 0x800 || eth.type == 0x86dd)"},
	{"main", "ip.ttl--; clone { vlan.vid = 5; };", "", "vlan.tci[12] && ip"},
	{"main", "reject { eth.dst <-> eth.src; output; };", "", ""},
	{"main", "arp { tcp.dst = 80; };", "", "ip"},
	{"23.03", "arp { };", "arp { drop; };", "ip4"},
	{"main", "nd_ns { output; };", "", "ip"},
	{"23.03", "nd_ns { output; };", "", "ip6"},
	{"main", "nd_na { output; };", "", "nd_ns"},
	{"main", "nd_na_router { output; };", "", "nd_ns"},
	{"main", "icmp4 { output; };", "", "ip4"},
	{"main", "icmp4_error { icmp4.frag_mtu = 1400; };", "", "ip4"},
	{"main", "icmp6 { output; };", "", "ip6"},
	{"main", "icmp6_error { icmp6.frag_mtu = 1400; };", "", "ip6"},
	{"main", "tcp_reset { output; };", "", "tcp"},
	{"main", "sctp_abort { output; };", "", "sctp"},

	{"main", "get_arp(outport, reg0);", "", ""},
	{"main", "get_nd(outport, xxreg0);", "", ""},
	{"main", "put_arp(inport, arp.spa, arp.sha);", "", "eth.type == 0x806 && eth.type == 0x806"},
	{"main", "put_nd(inport, ip6.src, eth.src);", "", "eth.type == 0x86dd"},
	{"main", "reg9[2] = lookup_arp(inport, reg0, eth.src);", "", ""},
	{"main", "reg9[2] = lookup_nd(inport, xxreg0, eth.src);", "", ""},
	{"main", "reg9[2] = lookup_arp_ip(inport, reg0);", "", ""},
	{"main", "reg9[2] = lookup_nd_ip(inport, xxreg0);", "", ""},
	{"main", "reg9[2] = chk_evpn_arp(xxreg0);", "", ""},
	{"main", "outport = get_fdb(eth.dst);", "", ""},
	{"main", "reg3 = get_fdb(eth.dst);", "", ""},
	{"main", "outport = get_remote_fdb(eth.dst);", "", ""},
	{"main", "put_fdb(inport, eth.src);", "", ""},
	{"main", "flags.loopback = lookup_fdb(inport, eth.src);", "", ""},
	{"main", `bind_vport("v", inport);`, "", ""},
	{"main", "handle_svc_check(inport);", "", ""},
	{"main", "mac_cache_use; flood_remote; igmp; handle_dhcpv6_reply; handle_bfd_msg();", "", ""},

	{"main", "reg0[1] = dns_lookup();", "", "udp"},
	{"main", "reg0[1] = chk_lb_hairpin();", "", ""},
	{"main", "reg0[1] = chk_lb_hairpin_reply();", "", ""},
	{"main", "reg0[1] = chk_lb_aff();", "", ""},
	{"main", "reg0[1] = chk_ecmp_nh();", "", ""},
	{"main", "reg0[1] = chk_ecmp_nh_mac();", "", ""},
	{"main", "reg0[1] = check_in_port_sec();", "", ""},
	{"main", "reg0[1] = check_out_port_sec();", "", ""},
	{"main", "reg0 = ct_nw_dst();", "", ""},
	{"main", "xxreg0 = ct_ip6_dst();", "", ""},
	{"main", "reg0[16..31] = ct_tp_dst();", "", ""},
	{"main", "reg0[0..7] = ct_proto();", "", ""},
	{"main", "reg0[0..7] = ct_state_save();", "", ""},
	{"main", "reg0[1] = check_pkt_larger(1400);", "", ""},
	{
		"main", "reg0[1] = put_dhcp_opts(offerip=10.0.0.2 dns_server = {10.0.0.3,10.0.0.4} lease_time=60);",
		"reg0[1] = put_dhcp_opts(offerip = 10.0.0.2, dns_server = {10.0.0.3, 10.0.0.4}, lease_time = 60);", "",
	},
	{"main", `reg0[1] = put_dhcp_opts(offerip = 10.0.0.2, tftp_server = "a", tftp_server = 10.0.0.3);`, "", ""},
	{"main", `reg0[1] = put_dhcpv6_opts(server_id = 0a:00:00:00:00:01, fqdn = "a.b");`, "", ""},
	{"main", "reg0[1] = put_dhcpv6_opts();", "", ""},
	{
		"main", `reg0[1] = put_nd_ra_opts(slla=0a:00:00:00:00:01,addr_mode="dhcpv6_stateful");`,
		`reg0[1] = put_nd_ra_opts(slla = 0a:00:00:00:00:01, addr_mode = "dhcpv6_stateful");`, "ip6",
	},
	{"main", "reg0[1] = dhcp_relay_req_chk(10.0.0.1 10.0.0.2);", "reg0[1] = dhcp_relay_req_chk(10.0.0.1, 10.0.0.2);", ""},
	{"main", "reg0[1] = dhcp_relay_resp_chk(10.0.0.1, 10.0.0.2);", "", ""},
	{"main", "reg0[1] = dhcp_relay_req_chk(10.0.0.1, x);", "reg0[1] = dhcp_relay_req_chk(10.0.0.1, 10.0.0.1);", ""},
	{"main", "reg0[1] = dhcp_relay_req_chk(10.0.0.1, #);", "reg0[1] = dhcp_relay_req_chk(10.0.0.1, 10.0.0.1);", ""},
	{"main", "reg0[1] = dhcp_relay_req_chk(10.0.0.1, 300.1.1.1);", "reg0[1] = dhcp_relay_req_chk(10.0.0.1, 0.0.0.0);", ""},
	{"main", "reg0[1] = dhcp_relay_resp_chk(10.0.0.1/24, 10.0.0.2);", "reg0[1] = dhcp_relay_resp_chk(10.0.0.0, 10.0.0.2);", ""},
	{"main", `trigger_event(event="empty_lb_backends" vip="[fd00::1]:80");`, `trigger_event(event = "empty_lb_backends", vip = "[fd00::1]:80");`, ""},
	{
		"21.06", `trigger_event(event = "empty_lb_backends", vip = "10.0.0.1", meter = "a", meter = "");`,
		`trigger_event(event = "empty_lb_backends", meter = "a", vip = "10.0.0.1");`, "",
	},

	{"main", "set_queue(0); set_queue(61440);", "", ""},
	{"main", "set_meter(18446744073709551615,0x5);", "set_meter(-1);", ""},
	{"main", `log(verdict=drop, name="a", name="b", meter="m");`, `log(name="b", verdict=drop, severity=info, meter="m");`, ""},
	{"main", "log(severity=debug verdict=pass);", "log(verdict=pass, severity=debug);", ""},
	{"main", "sample(probability=1,collector_set=0x3,obs_point=ct_mark);", "sample(probability=1,collector_set=0,obs_domain=0,obs_point=ct_mark);", ""},
	{"main", "sample(probability=65535,collector_set=4294967295,obs_domain=255,obs_point=4294967295);", "", ""},
	{"main", `mirror("p");`, "", ""},
}

func TestAccepted(t *testing.T) {
	for _, c := range accepted {
		a, err := Parse(c.text, in(c.release))
		if err != nil {
			t.Errorf("%s: %s: %v", c.release, c.text, err)
			continue
		}
		want := c.canonical
		if want == "" {
			want = c.text
		}
		if got := a.String(); got != want || FormatList(a.List) != want || len(a.List) == 1 && Format(a.List[0]) != want {
			t.Errorf("%s: %s\n got %s\nwant %s", c.release, c.text, got, want)
		}
		prereqs := ""
		if a.Prereqs != nil {
			prereqs = expr.Format(a.Prereqs)
		}
		if prereqs != c.prereqs {
			t.Errorf("%s: %s\n requires %s\n    want %s", c.release, c.text, prereqs, c.prereqs)
		}
	}
}
