package northd

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/dialect"
)

// TestStages has no stage twice, and every stage that a table names in the list.
func TestStages(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range Stages {
		if seen[s] || !regexp.MustCompile(`^l[sr]_(in|out)_[a-z0-9_]+$`).MatchString(s) {
			t.Errorf("stage %s is twice in the list, or no name of a stage", s)
		}
		seen[s] = true
	}
	named := map[string]string{}
	for _, set := range []StageSet{ACLStages, ACLActionStages, PortSecurityStages, OldPortSecurityStages, LoadBalancerStages, preLBStages} {
		fields := strings.Fields(string(set))
		for _, s := range fields {
			named[s] = "a set of stages"
		}
		slices.Sort(fields)
		if len(slices.Compact(fields)) != len(strings.Fields(string(set))) {
			t.Errorf("%s names a stage twice", set)
		}
	}
	for stage, decides := range decidingStages {
		named[stage], named[decides] = "decidingStages", "decidingStages"
	}
	for stage := range families { // the names of families need not be stages
		named[stage] = "families"
	}
	for _, list := range [][]Pair{knownOverlaps, knownShadows, knownNevers} {
		for _, k := range list {
			for _, s := range strings.Fields(string(k.stages)) {
				named[s] = "known pairs: " + k.Reason
			}
		}
	}
	for _, k := range knownNames {
		named[k.stage] = "known names"
	}
	for _, x := range exclusives {
		for _, s := range strings.Fields(string(x.stages)) {
			named[s] = "exclusives"
		}
	}
	for stage, by := range named {
		if !seen[stage] {
			t.Errorf("%s names stage %s, which is not in the list", by, stage)
		}
	}
}

// TestRows checks that rows are unique and compile, and that none matches everything.
func TestRows(t *testing.T) {
	for _, list := range [][]Pair{knownOverlaps, knownShadows, knownNevers} {
		seen := map[Pair]bool{}
		for _, k := range list {
			compiled(k.one)
			compiled(k.other)
			key := Pair{k.stages, k.one, k.other, ""}
			if seen[key] || k.Reason == "" || k.stages == "" && k.one == "" && k.other == "" {
				t.Errorf("%+v is twice in a table, has no reason, or fits everything", k)
			}
			seen[key] = true
		}
	}
	invalid := map[knownInvalid]bool{}
	for _, q := range knownInvalids {
		compiled(q.match)
		compiled(q.actions)
		dialect.MustSpan(q.span)
		key := knownInvalid{match: q.match, actions: q.actions}
		if invalid[key] || q.reason == "" || q.match == "" && q.actions == "" {
			t.Errorf("%+v is twice in the table, has no reason, or fits everything", q)
		}
		invalid[key] = true
	}
}

// written is a flow that northd 26.03.90 writes.
type written struct{ stage, match string }

func (w written) Stage() string     { return w.stage }
func (w written) MatchText() string { return w.match }

// TestOverlaps has pairs of flows of one priority that northd 26.03.90 writes for network functions,
// EVPN, stateless ACLs, DHCP relays, routing protocols, multicast and NAT; the last flow of each list overlaps with the others.
func TestOverlaps(t *testing.T) {
	discovery := "nd || nd_rs || nd_ra || mldv1 || mldv2"
	for stage, matches := range map[string][]string{
		"ls_out_pre_acl":          {"eth.mcast", "eth.src == $svc_monitor_mac", discovery + " || (udp && udp.src == 546 && udp.dst == 547)", `inport == "nf-p1"`},
		"ls_out_pre_lb":           {"eth.mcast", "eth.src == $svc_monitor_mac", discovery, "reg0[16] == 1", "to_evpn_vtep"},
		"ls_out_stateful":         {"reg0[1] == 1 && reg0[13] == 0 && reg8[21] == 1", "reg0[1] == 1 && reg0[13] == 1 && reg8[21] == 1", "reg0[16] == 1 && ct.new"},
		"ls_in_network_function":  {`inport == "nf-p1"`, "reg8[21] == 1 && eth.mcast"},
		"ls_out_network_function": {`outport == "nf-p1"`, "reg8[21] == 1 && eth.mcast"},
		"ls_in_l2_lkup": {
			`inport == "vm1" && eth.src == 02:00:00:00:00:10 && ip4.src == {0.0.0.0, 10.0.0.0/24} && ip4.dst == 255.255.255.255 && udp.src == 68 && udp.dst == 67`,
			"ip6.dst == fe80::200:2ff:fe01:203 && tcp.src == 179", "ip4.dst == 172.16.1.1 && udp.dst == 3784",
			"ip6.dst == fe80::200:2ff:fe01:203 && nd_na", "arp.op == 2 && arp.tpa == 172.16.1.1",
			"reg8[23] == 1",
		},
		"lr_in_ip_input": {
			`inport == "alice" && ip6.dst == {fd20::1, ff02::1:ff00:1} && nd_ns && nd.target == fd20::1 && is_chassis_resident("cr-alice")`,
			"ip6.dst == {fd20::1, ff02::1:ff00:1} && nd_ns && nd.target == fd20::1",
		},
	} {
		last := written{stage, matches[len(matches)-1]}
		for _, match := range matches[:len(matches)-1] {
			if OverlapOf(written{stage, match}, last) == nil {
				t.Errorf("%s: %s and %s: not known", stage, match, last.match)
			}
		}
	}
	if OverlapOf(written{"ls_in_l2_lkup", "ip4.mcast || ip6.mcast"}, written{"ls_in_l2_lkup", "flags[1] == 0 && nd_ns && nd.target == { fe80::200:ff:fe00:100}"}) == nil {
		t.Error("unregistered multicast, and a request for a router's address, of northd 21.03: not known")
	}
	if k := OverlapOf(written{"ls_in_l2_lkup", "eth.mcast"}, written{"ls_in_l2_lkup", "reg8[23] == 1"}); k != nil {
		t.Errorf("an overlap that northd does not write is known: %+v", k)
	}
}

// TestShadows has flows that northd 26.03.90 writes below others that cover them.
func TestShadows(t *testing.T) {
	for _, w := range []struct{ stage, below, above string }{
		{"ls_in_pre_network_function", "reg8[21] == 1 && reg8[22] == 1 && reg0[22..29] == 1", "reg8[21] == 1 && reg8[22] == 1 && reg0[22..29] == 1"},
		{"ls_in_pre_stateful", "reg0[2] == 1 && ip4.dst == 10.0.0.100 && tcp.dst == 80", "ip4.dst == 10.0.0.100 && tcp.dst == 80"},
		{"ls_in_lookup_fdb", `inport == "ln_port"`, `inport == "ln_port"`},
		{"ls_in_acl_eval", "1", "(1)"},
		{"ls_in_acl_eval", "ip && !ct.est", "(1)"},
		{"ls_out_acl_eval", "ip && ct.est && ct_mark.blocked == 1", "(1)"},
		{"ls_out_acl_eval", "ip && (!ct.est || (ct.est && ct_mark.blocked == 1))", "(1)"},
	} {
		if ShadowReason(written{w.stage, w.below}, []written{{w.stage, w.above}}) == "" {
			t.Errorf("%s: %s below %s: not known", w.stage, w.below, w.above)
		}
	}
}

// TestShadowsOfRows shows that an ACL below one that takes every packet has no known reason: it is a
// mistake in the northbound database.
func TestShadowsOfRows(t *testing.T) {
	for _, match := range []string{"(ip4 && tcp.dst == 80)", "(ct.est)", "(1)"} {
		if why := ShadowReason(written{"ls_in_acl_eval", match}, []written{{"ls_in_acl_eval", "(1)"}}); why != "" {
			t.Errorf("%s: %s", match, why)
		}
	}
}

func TestFamily(t *testing.T) {
	for _, names := range [][]string{
		{"ls_in_acl", "ls_in_acl_eval", "ls_in_acl_action"},
		{"ls_in_port_sec_l2", "ls_in_check_port_sec", "ls_in_apply_port_sec"},
		{"ls_out_qos_mark", "ls_out_qos"},
		{"lr_in_ip_routing", "lr_in_ip_routing"},
	} {
		for _, n := range names {
			if Family(n) != Family(names[0]) {
				t.Errorf("%s is in family %s, %s in %s", n, Family(n), names[0], Family(names[0]))
			}
		}
	}
}
