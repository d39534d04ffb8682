package action

import (
	"errors"
	"strings"
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
	{"2.11", "ct_commit(ct_label=0);", "ct_commit(ct_label=0x0);", "ip"},
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
	{"main", `commit_lb_aff(vip="[fd00::1]:80", backend="[fd00::2]:8080", proto=udp, timeout=60);`,
		`commit_lb_aff(vip = "[fd00::1]:80", backend = "[fd00::2]:8080", proto = udp, timeout = 60);`, ""},
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
	{"main", "reg0[1] = put_dhcp_opts(offerip=10.0.0.2 dns_server = {10.0.0.3,10.0.0.4} lease_time=60);",
		"reg0[1] = put_dhcp_opts(offerip = 10.0.0.2, dns_server = {10.0.0.3, 10.0.0.4}, lease_time = 60);", ""},
	{"main", `reg0[1] = put_dhcp_opts(offerip = 10.0.0.2, tftp_server = "a", tftp_server = 10.0.0.3);`, "", ""},
	{"main", `reg0[1] = put_dhcpv6_opts(server_id = 0a:00:00:00:00:01, fqdn = "a.b");`, "", ""},
	{"main", "reg0[1] = put_dhcpv6_opts();", "", ""},
	{"main", `reg0[1] = put_nd_ra_opts(slla=0a:00:00:00:00:01,addr_mode="dhcpv6_stateful");`,
		`reg0[1] = put_nd_ra_opts(slla = 0a:00:00:00:00:01, addr_mode = "dhcpv6_stateful");`, "ip6"},
	{"main", "reg0[1] = dhcp_relay_req_chk(10.0.0.1 10.0.0.2);", "reg0[1] = dhcp_relay_req_chk(10.0.0.1, 10.0.0.2);", ""},
	{"main", "reg0[1] = dhcp_relay_resp_chk(10.0.0.1, 10.0.0.2);", "", ""},
	{"main", `trigger_event(event="empty_lb_backends" vip="[fd00::1]:80");`, `trigger_event(event = "empty_lb_backends", vip = "[fd00::1]:80");`, ""},
	{"21.06", `trigger_event(event = "empty_lb_backends", vip = "10.0.0.1", meter = "a", meter = "");`,
		`trigger_event(event = "empty_lb_backends", meter = "a", vip = "10.0.0.1");`, ""},

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
		if got := a.String(); got != want {
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

// refused are texts with the words in which they are refused.
var refused = []struct{ release, text, want string }{
	{"main", "drop; output;", "Syntax error at `output' expecting end of input."},
	{"main", "output; drop;", "Syntax error at `drop' expecting action."},
	{"main", "output", "Syntax error at end of input expecting `;'."},
	{"main", "5;", "Syntax error at `5'."},
	{"main", "^x;", "Unexpanded template."},
	{"main", "nosuch;", "Syntax error at `nosuch' expecting action."},
	{"main", "nosuch = 5;", "Syntax error at `nosuch' expecting field name."},
	{"main", "reg0 = nosuch();", "Syntax error at `nosuch' expecting field name."},
	{"main", "reg0[0] 5;", "Syntax error at `5' expecting `=' or `<->'."},

	{"main", "next(35);", `"next" action cannot advance beyond table 35.`},
	{"main", "next(pipeline=egress, table=16);", `"next" action cannot advance beyond table 16.`},
	{"23.03", "next(29);", `"next" action cannot advance beyond table 28.`},
	{"20.03.0", "next(pipeline=egress);", `"next" action cannot advance from ingress to egress pipeline (use "output" action instead)`},
	{"main", "next(pipeline=up);", "Syntax error at `up' expecting \"ingress\" or \"egress\"."},
	{"main", "next(table=x);", "Syntax error at `x' expecting small integer."},
	{"main", "next(3,4);", "Syntax error at `,' expecting `)'."},
	{"main", "next(pipeline);", "Syntax error at `)' expecting `='."},
	{"main", "next(table);", "Syntax error at `)' expecting `='."},
	{"main", "next();", "Syntax error at `)' expecting \"pipeline\" or \"table\"."},
	{"main", "ip.ttl++;", "Invalid character `+' in input."},
	{"main", "ip.ttl;", "Syntax error at `;' expecting `--'."},

	{"main", "ip.proto = 6;", "Field ip.proto is not modifiable."},
	{"main", "ct_mark = 1;", "Field ct_mark is not modifiable."},
	{"main", "ct_commit { reg0 = 1; };", "Field reg0 is not modifiable."},
	{"main", "ip4 = 1;", "Predicate symbol ip4 used where lvalue required."},
	{"main", `reg0 = "x";`, "Integer field reg0 is not compatible with string constant."},
	{"main", "inport = 1;", "String field inport is not compatible with integer constant."},
	{"main", "reg0 = ::1;", "128-bit constant is not compatible with 32-bit field reg0."},
	{"main", "reg0 = $set;", "Syntax error at `$set' expecting address set name."},
	{"main", "reg0 = inport;", "Can't assign string field (inport) to integer field (reg0)."},
	{"main", "inport <-> reg0;", "Can't exchange string field (inport) with integer field (reg0)."},
	{"main", "reg0 = xxreg1;", "Can't assign 128-bit value to 32-bit destination."},
	{"main", "reg0 <-> reg1[0..3];", "Can't exchange 32-bit field with 4-bit field."},
	{"main", "ct_state = reg0;", "Field ct_state is not modifiable."},
	{"main", "reg0 <-> ct_state;", "Field ct_state is not modifiable."},
	{"20.06", "reg0 = ct_state;", "Field ct_state is not modifiable."},
	{"main", "push reg0;", "Syntax error at `reg0' expecting `('."},
	{"main", "pop(ct_state);", "Field ct_state is not modifiable."},
	{"main", "reg0 = 1", "Syntax error at end of input expecting `;'."},

	{"main", "ct_next(both);", `"ct_next" action accepts only "dnat" or "snat" parameter.`},
	{"23.03", "ct_next(dnat);", "Syntax error at `(' expecting `;'."},
	{"main", "ct_commit(ct_mark=1);", "Syntax error at `(' expecting `;'."},
	{"2.11", "ct_commit { };", "Syntax error at `{' expecting `;'."},
	{"22.03", "ct_commit(ct_zone=1);", "Syntax error at `ct_zone'."},
	{"22.03", "ct_commit(ct_mark=x);", "Syntax error at `x' expecting integer."},
	{"22.03", "ct_commit(ct_mark 1);", "Syntax error at `1' expecting `='."},
	{"main", "ct_commit { output;", "Syntax error at end of input."},
	{"main", "ct_commit_to_zone;", "Syntax error at `;' expecting `('."},
	{"main", "ct_commit_to_zone(x);", `"ct_commit_to_zone" action accepts only "dnat" or "snat" parameter.`},
	{"main", "ct_commit_nat(x);", `"ct_commit_nat" action accepts only "dnat" or "snat" parameter.`},
	{"23.03", "ct_commit_nat(dnat);", "Syntax error at `(' expecting `;'."},
	{"main", "ct_dnat(x);", "Syntax error at `x' expecting IPv4 or IPv6 address."},
	{"2.11", "ct_dnat(fd00::1);", "Syntax error at `fd00::1' expecting IPv4 address."},
	{"main", "ct_snat(10.0.0.0/8);", "Syntax error at `10.0.0.0/8' expecting IPv4 or IPv6 address."},
	{"main", "ct_dnat_in_czone(10.0.0.1, 65536);", "Syntax error at `65536' range can't be 0."},
	{"main", "ct_dnat_in_czone(10.0.0.1, x);", "Syntax error at `x' expecting Integer for port range."},
	{"main", "ct_snat_in_czone(10.0.0.1, 10-x);", "Syntax error at `x' expecting Integer for port range."},
	{"main", "ct_snat_in_czone(10.0.0.1, 10-10);", "Syntax error at `10' range high should be greater than range low."},
	{"20.03", "ct_snat(10.0.0.1, 10);", "Syntax error at `,' expecting `)'."},
	{"main", "ct_clear();", "Syntax error at `(' expecting `;'."},
	{"main", "ct_snat_to_vip();", "Syntax error at `(' expecting `;'."},

	{"22.03", "ct_lb(10.0.0.1);", "Syntax error at `10.0.0.1' expecting backends."},
	{"22.03", "ct_lb(backends 10.0.0.1);", "Syntax error at `10.0.0.1' expecting `='."},
	{"20.03", "ct_lb(backends=10.0.0.1);", "Syntax error at `backends' expecting IP address."},
	{"22.03.0", `ct_lb(backends=10.0.0.1; hash_fields="x"; skip_snat);`, "Syntax error at `\"x\"' invalid hash_fields."},
	{"main", "ct_lb_mark(backends=10.0.0.1; hash_fields=x);", "Syntax error at `x' invalid hash_fields."},
	{"main", "ct_lb_mark(backends=[10.0.0.1]:80);", "Syntax error at `10.0.0.1' expecting IPv6 address."},
	{"main", "ct_lb_mark(backends=[fd00::1:80);", "Syntax error at `)' no closing square bracket."},
	{"main", "ct_lb_mark(backends=10.0.0.1:65536);", "Syntax error at `65536' expecting port number."},
	{"main", "ct_lb_mark(backends=10.0.0.1", "Syntax error at end of input expecting IP address."},
	{"main", "ct_lb_mark_local(backends=10.0.0.1);", "Syntax error at `10.0.0.1' expecting logical port name for distributed load balancer."},
	{"main", `ct_lb_mark_local(backends="p" 10.0.0.1);`, "Syntax error at `10.0.0.1' expecting `:'."},
	{"main", "reg0[0] = select(1, 2);", `cannot use 1-bit field reg0[0..0] for "select", which requires at least 16 bits.`},
	{"main", "ct_state = select(1, 2);", "Field ct_state is not modifiable."},
	{"main", "reg0 = select(1);", "Syntax error at `;' expecting at least 2 group members."},
	{"main", "reg0 = select(x, 2);", "Syntax error at `x' expecting id."},
	{"main", "reg0 = select(1=x, 2);", "Syntax error at `x' expecting weight."},
	{"main", "reg0 = select(1=0, 2);", "Syntax error at `,' weight can't be 0."},
	{"main", "reg0 = select(values=(1, 2));", "Syntax error at `)' expecting `;'."},
	{"main", "reg0 = select(values=(1, 2); x);", "Syntax error at `x' expecting hash_fields."},
	{"main", "reg0 = select(values=(1, 2); hash_fields=x);", "Syntax error at `x' invalid hash_fields."},
	{"24.09", "reg0 = select(values=(1, 2));", "Syntax error at `values' expecting id."},
	{"main", "fwd_group(liveness=maybe);", "Syntax error at `maybe' expecting true or false."},
	{"20.09", "fwd_group(liveness=true);", "Syntax error at `true' expecting true/false."},
	{"20.09", `fwd_group(liveness="false", childports="a");`, "Syntax error at `\"false\"' expecting `,'."},
	{"main", "fwd_group(childports=a);", "Syntax error at `a' expecting logical switch port."},
	{"main", "fwd_group(childports);", "Syntax error at `)' expecting `='."},
	{"main", "commit_ecmp_nh(ipv4=true);", "Syntax error at `ipv4' invalid parameter."},
	{"main", "commit_ecmp_nh(ipv6=no);", "Syntax error at `no' expecting true or false."},
	{"main", "commit_ecmp_nh(ipv6=true);", "Syntax error at `)' expecting `,'."},
	{"main", "commit_ecmp_nh(ipv6=true, proto=icmp);", "Syntax error at `icmp' invalid protocol."},
	{"main", "commit_lb_aff(vip=10.0.0.1);", "Syntax error at `10.0.0.1' invalid parameter."},
	{"main", `commit_lb_aff(vip="nowhere");`, "Syntax error at `\"nowhere\"' invalid parameter."},
	{"main", `commit_lb_aff(vip="10.0.0.1", backend="fd00::1");`, "Syntax error at `\"fd00::1\"' invalid protocol family."},
	{"main", `commit_lb_aff(vip="10.0.0.1:80", backend="10.0.0.2:80", timeout=1);`, "Syntax error at `timeout' invalid parameter."},
	{"main", `commit_lb_aff(vip="10.0.0.1:80", backend="10.0.0.2:80", proto=x);`, "Syntax error at `x' invalid protocol."},
	{"main", `commit_lb_aff(vip="10.0.0.1", backend="10.0.0.2", timeout=x);`, "Syntax error at `x' expecting affinity timeout."},

	{"main", "clone;", "Syntax error at `;' expecting `{'."},
	{"main", "clone { drop; output; };", "Syntax error at `output' expecting `}'."},
	{"main", "reject { output }", "Syntax error at `}' expecting `;'."},
	{"main", "arp { output; }", "Syntax error at end of input expecting `;'."},
	{"main", "nd_ns { nosuch; };", "Syntax error at `nosuch' expecting action."},
	{"main", "nd_na();", "Syntax error at `(' expecting `{'."},
	{"main", "nd_na_router();", "Syntax error at `(' expecting `{'."},
	{"main", "icmp4 { ct_mark = 1; };", "Field ct_mark is not modifiable."},
	{"main", "icmp4_error output;", "Syntax error at `output' expecting `{'."},
	{"main", "icmp6 output;", "Syntax error at `output' expecting `{'."},
	{"main", "icmp6_error output;", "Syntax error at `output' expecting `{'."},
	{"main", "tcp_reset output;", "Syntax error at `output' expecting `{'."},
	{"main", "sctp_abort output;", "Syntax error at `output' expecting `{'."},

	{"main", "get_arp(reg0, reg1);", "Cannot use numeric field reg0 where string field is required."},
	{"main", "get_nd(inport, reg1);", "Cannot use 32-bit field reg1[0..31] where 128-bit field is required."},
	{"main", "put_arp(inport, outport, eth.src);", "Cannot use string field outport where numeric field is required."},
	{"main", "put_nd(inport, xxreg0);", "Syntax error at `)' expecting `,'."},
	{"main", "reg0 = lookup_arp(inport, reg0, eth.src);", "Cannot use 32-bit field reg0[0..31] where 1-bit field is required."},
	{"main", "reg0[0] = lookup_nd(inport, xxreg0 eth.src);", "Syntax error at `eth.src' expecting `,'."},
	{"main", "reg0[0] = lookup_arp_ip(inport, xxreg0);", "Cannot use 128-bit field xxreg0[0..127] where 32-bit field is required."},
	{"main", "reg0[0] = lookup_nd_ip(5);", "Syntax error at `5' expecting field name."},
	{"main", "reg0[0] = chk_evpn_arp(eth.src);", "chk_evpn_arp requires a 32-bit or 128-bit IP field"},
	{"main", "reg0[0..3] = get_fdb(eth.dst);", "Cannot use 4-bit field reg0[0..3] where 32-bit field is required."},
	{"main", "outport = get_remote_fdb(reg0);", "Cannot use 32-bit field reg0[0..31] where 48-bit field is required."},
	{"main", "put_fdb(inport eth.src);", "Syntax error at `eth.src' expecting `,'."},
	{"main", "outport = lookup_fdb(inport, eth.src);", "Cannot use string field outport where numeric field is required."},
	{"main", "bind_vport(v, inport);", "Syntax error at `v' expecting port name string."},
	{"main", `bind_vport("v");`, "Syntax error at `)' expecting `,'."},
	{"main", "handle_svc_check(reg0);", "Cannot use numeric field reg0 where string field is required."},
	{"main", "mac_cache_use(1);", "Syntax error at `(' expecting `;'."},
	{"main", "flood_remote(1);", "Syntax error at `(' expecting `;'."},
	{"main", "igmp(1);", "Syntax error at `(' expecting `;'."},
	{"main", "handle_dhcpv6_reply();", "Syntax error at `(' expecting `;'."},
	{"main", "handle_bfd_msg;", "Syntax error at `;' expecting `('."},

	{"main", "reg0[0] = dns_lookup(1);", "dns_lookup doesn't take any parameters"},
	{"main", "reg0 = dns_lookup();", "Cannot use 32-bit field reg0[0..31] where 1-bit field is required."},
	{"main", "reg0[0] = chk_lb_hairpin(1);", "chk_lb_hairpin doesn't take any parameters"},
	{"main", "reg0[0] = chk_lb_hairpin_reply(1);", "chk_lb_hairpin_reply doesn't take any parameters"},
	{"main", "reg0[0] = chk_lb_aff(1);", "chk_lb_aff doesn't take any parameters"},
	{"main", "reg0[0] = chk_ecmp_nh(1);", "chk_ecmp_nh doesn't take any parameters"},
	{"main", "ct.new = chk_ecmp_nh_mac();", "Field ct.new is not modifiable."},
	{"main", "outport = check_in_port_sec();", "Cannot use string field outport where numeric field is required."},
	{"main", "reg0[0] = check_out_port_sec(x);", "check_out_port_sec doesn't take any parameters"},
	{"main", "reg0[0] = ct_nw_dst();", "Cannot use 1-bit field reg0[0..0] where 32-bit field is required."},
	{"main", "reg0 = ct_ip6_dst();", "Cannot use 32-bit field reg0[0..31] where 128-bit field is required."},
	{"main", "reg0 = ct_tp_dst();", "Cannot use 32-bit field reg0[0..31] where 16-bit field is required."},
	{"main", "reg0 = ct_proto();", "Cannot use 32-bit field reg0[0..31] where 8-bit field is required."},
	{"main", "reg0 = ct_state_save();", "Cannot use 32-bit field reg0[0..31] where 8-bit field is required."},
	{"main", "reg0[0] = check_pkt_larger(x);", "Syntax error at `x' expecting `;'."},
	{"main", "reg0 = check_pkt_larger(1500);", "Cannot use 32-bit field reg0[0..31] where 1-bit field is required."},

	{"main", "reg0 = put_dhcp_opts(offerip = 10.0.0.1);", "Cannot use 32-bit field reg0[0..31] where 1-bit field is required."},
	{"main", "reg0[0] = put_dhcp_opts(router = 10.0.0.1);", "put_dhcp_opts requires offerip to be specified."},
	{"main", "reg0[0] = put_dhcp_opts(nosuch = 1);", "Syntax error at `nosuch' expecting DHCPv4 option name."},
	{"main", "reg0[0] = put_dhcp_opts(5);", "Syntax error at `5'."},
	{"main", "reg0[0] = put_dhcp_opts(offerip 10.0.0.1);", "Syntax error at `10.0.0.1' expecting `='."},
	{"main", "reg0[0] = put_dhcp_opts(offerip = x);", "Syntax error at `x' expecting constant."},
	{"main", `reg0[0] = put_dhcp_opts(offerip = "x");`, "DHCPv4 option offerip requires numeric value."},
	{"main", "reg0[0] = put_dhcp_opts(domain_search_list = 1);", "DHCPv4 option domain_search_list requires string value."},
	{"20.06", `reg0[0] = put_dhcp_opts(tftp_server = "x");`, "DHCPv4 option tftp_server requires numeric value."},
	{"2.11", "reg0[0] = put_dhcp_opts(arp_cache_timeout = 1);", "Syntax error at `arp_cache_timeout' expecting DHCPv4 option name."},
	{"main", "reg0[0] = put_dhcpv6_opts(nosuch = 1);", "Syntax error at `nosuch' expecting DHCPv6 option name."},
	{"main", "reg0[0] = put_dhcpv6_opts(fqdn = 1);", "DHCPv6 option fqdn requires string value."},
	{"main", "reg0[0] = put_nd_ra_opts(mtu = 1500);", "slla option not present"},
	{"main", "reg0[0] = put_nd_ra_opts(slla = 0a:00:00:00:00:01);", "prefix option needs to be set when address mode is slaac/dhcpv6_stateless."},
	{"main", `reg0[0] = put_nd_ra_opts(addr_mode = "x");`, `Invalid value for "addr_mode" option`},
	{"main", `reg0[0] = put_nd_ra_opts(router_preference = "high");`, `Invalid value for "router_preference" option`},
	{"main", "reg0[0] = put_nd_ra_opts(mtu = 0x5dc);", `Invalid value for "mtu" option`},
	{"main", "reg0[0] = put_nd_ra_opts(prefix = fd00::1);", `Invalid value for "prefix" option`},
	{"main", "reg0[0] = put_nd_ra_opts(slla = 10.0.0.1);", `Invalid value for "slla" option`},
	{"main", "reg0[0] = put_nd_ra_opts(rdnss = {fd00::1, fd00::2});", `Invalid value for "rdnss" option`},
	{"main", "reg0[0] = put_nd_ra_opts(dnssl = 1);", "IPv6 ND RA option dnssl requires string value."},
	{"2.11.0", `reg0[0] = put_nd_ra_opts(addr_mode = "dhcpv6_stateful", prefix = fd00::/64, slla = 0a:00:00:00:00:01);`,
		"prefix option can't be set when address mode is dhcpv6_stateful."},
	{"2.11", `reg0[0] = put_nd_ra_opts(rdnss = fd00::1);`, "Syntax error at `rdnss' expecting IPv6 ND RA option name."},
	{"main", "reg0[0] = dhcp_relay_req_chk;", "Syntax error at `;' expecting `('."},
	{"main", "reg0[0] = dhcp_relay_req_chk(x);", "Syntax error at `x' expecting IPv4 dhcp relay and server ips."},
	{"main", "reg0[0] = dhcp_relay_resp_chk(10.0.0.1, fd00::1);", "Syntax error at `fd00::1' expecting IPv4 dhcp server ip."},
	{"main", "trigger_event(vip = 1);", "Syntax error at `vip' Expecting 'event' option."},
	{"main", "trigger_event(event = x);", "Syntax error at `x' Expecting string."},
	{"main", `trigger_event(event = "x");`, "Syntax error at `\"x\"' Unknown event '-1'."},
	{"main", `trigger_event(event = "empty_lb_backends", meter = "m");`, "Syntax error at `meter' expecting empty_lb_backends option name."},
	{"21.06", `trigger_event(event = "empty_lb_backends", meter = m);`, "Syntax error at `m' expecting string."},
	{"main", `trigger_event(event = "empty_lb_backends", vip = "x");`, "Invalid load balancer VIP 'x'"},
	{"main", `trigger_event(event = "empty_lb_backends", vip = {"10.0.0.1", "10.0.0.2"});`, `Invalid value for "vip" option`},
	{"main", `trigger_event(event = "empty_lb_backends", protocol = "x");`, "Load balancer protocol 'x' is not 'tcp', 'udp', or 'sctp'"},
	{"20.03", `trigger_event(event = "empty_lb_backends", protocol = "sctp");`, "Load balancer protocol 'sctp' is not 'tcp' or 'udp'"},
	{"main", `trigger_event(event = "empty_lb_backends", load_balancer = "x");`, "Load balancer 'x' is not a UUID"},

	{"main", "set_queue(61441);", "Queue ID 61441 for set_queue is not in valid range 0 to 61440."},
	{"main", "set_queue;", "Syntax error at `;' expecting `('."},
	{"main", "set_queue(x);", "Syntax error at `x' expecting `;'."},
	{"main", "set_meter(x);", "Rate 0 for set_meter is not in valid."},
	{"main", "set_meter();", "Syntax error at `;' expecting `)'."},
	{"main", "log;", "Syntax error at `;' expecting verdict."},
	{"main", "log(severity=info);", "Syntax error at `;' expecting verdict."},
	{"main", "log(verdict=maybe);", "Syntax error at `maybe' unknown verdict."},
	{"23.03", "log(verdict=pass);", "Syntax error at `pass' unknown verdict."},
	{"main", "log(verdict=allow, severity=loud);", "Syntax error at `loud' unknown severity."},
	{"main", "log(verdict=allow, severity=1);", "Syntax error at `1' expecting severity."},
	{"main", "log(name=x);", "Syntax error at `x' expecting string."},
	{"main", "log(meter=x);", "Syntax error at `x' expecting string."},
	{"main", "log(colour=x);", "Syntax error at `colour'."},
	{"main", `log(name="` + strings.Repeat("x", 64) + `");`, "Syntax error at `\"" + strings.Repeat("x", 64) + "\"' name must be shorter than 64 characters."},
	{"main", "sample;", "probability must be greater than zero"},
	{"main", "sample(probability=65536);", "Syntax error at `65536' expecting probability."},
	{"main", "sample(probability=1,obs_domain=256);", "Syntax error at `256' obs_domain must be 8-bit long."},
	{"main", "sample(probability=1,obs_point=x);", "Syntax error at `x' expecting field name."},
	{"23.03", "sample(probability=1,obs_point=reg0);", "Syntax error at `reg0' malformed sample observation_point_id."},
	{"main", "sample(rate=1);", "Syntax error at `rate' unknown argument."},
	{"main", "mirror(p);", "Syntax error at `p' expecting port name string."},
	{"main", `mirror("p";`, "Syntax error at `;' expecting `)'."},
}

func TestRefused(t *testing.T) {
	for _, c := range refused {
		a, err := Parse(c.text, in(c.release))
		var syntax *expr.SyntaxError
		switch {
		case err == nil:
			t.Errorf("%s: %s is taken as %s, want %s", c.release, c.text, a, c.want)
		case err.Error() != c.want:
			t.Errorf("%s: %s\n got %s\nwant %s", c.release, c.text, err, c.want)
		case !errors.As(err, &syntax):
			t.Errorf("%s: %s: error is a %T", c.release, c.text, err)
		}
	}
}

// TestEveryRowHasCases checks that each action has a text that is accepted and
// one that is refused.
func TestEveryRowHasCases(t *testing.T) {
	has := func(texts func(yield func(string) bool), name string) bool {
		for text := range texts {
			if strings.HasPrefix(text, name) || strings.Contains(text, " "+name) || strings.Contains(text, "= "+name) {
				return true
			}
		}
		return false
	}
	yes := func(yield func(string) bool) {
		for _, c := range accepted {
			if !yield(c.text) {
				return
			}
		}
	}
	no := func(yield func(string) bool) {
		for _, c := range refused {
			if !yield(c.text) {
				return
			}
		}
	}
	var names []string
	for _, s := range statements() {
		names = append(names, s.name)
	}
	for _, v := range values() {
		names = append(names, "= "+v.name)
	}
	for _, name := range names {
		if !has(yes, name) {
			t.Errorf("no case accepts %s", name)
		}
		if !has(no, name) {
			t.Errorf("no case refuses %s", name)
		}
	}
}

// TestLastTable checks the refusals of actions that go on in a table which the
// pipeline does not have.
func TestLastTable(t *testing.T) {
	for _, c := range []struct{ release, text, name string }{
		{"main", "ct_next;", "ct_next"},
		{"main", "ct_commit_to_zone(dnat);", "ct_commit_to_zone"},
		{"main", "ct_commit_nat;", "ct_commit_nat"},
		{"23.03", "ct_commit_nat;", "ct_commit_related"},
		{"main", "ct_dnat;", "ct_dnat"},
		{"main", "ct_snat_in_czone;", "ct_snat_in_czone"},
		{"main", "ct_lb_mark;", "ct_lb_*"},
		{"23.03", "ct_lb_mark;", "ct_lb"},
		{"main", "reg0 = select(1, 2);", "select"},
	} {
		env := in(c.release)
		env.Pipeline, env.Table = Egress, env.Dialect.EgressTables()
		_, err := Parse(c.text, env)
		if want := `"` + c.name + `" action not allowed in last table.`; err == nil || err.Error() != want {
			t.Errorf("%s: %s: %v, want %s", c.release, c.text, err, want)
		}
		env.Table--
		if _, err := Parse(c.text, env); err != nil {
			t.Errorf("%s: %s: %v", c.release, c.text, err)
		}
	}
}

func TestDepth(t *testing.T) {
	deep := func(n int) string { return strings.Repeat("clone { ", n) + strings.Repeat("};", n) }
	if _, err := Parse(deep(maxDepth-1), Env{}); err != nil {
		t.Errorf("%d blocks: %v", maxDepth-1, err)
	}
	for _, n := range []int{maxDepth, 100000} {
		_, err := Parse(deep(n), Env{})
		if want := "maximum depth of nested actions reached"; err == nil || err.Error() != want {
			t.Errorf("%d blocks: %v, want %s", n, err, want)
		}
	}
}

// TestNothing holds texts that upstream takes although they are unfinished.
func TestNothing(t *testing.T) {
	for _, text := range []string{"set_queue(;", "reg0[0] = check_pkt_larger(;"} {
		a, err := Parse(text, Env{})
		if err != nil || len(a.List) != 0 {
			t.Errorf("%s: %v, %v; want no actions", text, a.List, err)
		}
	}
}
