package dialect

import (
	"slices"
	"testing"
)

// everyRelease returns the releases that there were when the tables were
// written, points included.
func everyRelease() []Release {
	var rs []Release
	for _, k := range Releases {
		for p := k.Release.Point; p <= k.Last; p++ {
			if r := (Release{k.Release.Major, k.Release.Minor, p}); !slices.Contains(rs, r) {
				rs = append(rs, r)
			}
		}
	}
	return rs
}

// TestSymbolCounts compares the size of the table with the symbol table of each series.
func TestSymbolCounts(t *testing.T) {
	want := map[string]int{
		"2.11": 92, "2.12": 94, "20.03": 104, "20.06": 104, "20.09": 109, "20.12": 109, "21.03": 109,
		"21.06": 110, "21.09": 111, "21.12": 112, "22.03": 112, "22.06": 115, "22.09": 115, "22.12": 125,
		"23.03": 125, "23.06": 125, "23.09": 125, "24.03": 128, "24.09": 128, "25.03": 133, "25.09": 136,
		"26.03": 141,
	}
	for _, k := range Releases {
		if k.Release.Point != 0 {
			continue
		}
		if got := len(SymbolsOf(k.Release)); got != want[k.Release.Series()] {
			t.Errorf("%v has %d symbols, want %d", k.Release, got, want[k.Release.Series()])
		}
	}
	if got := len(SymbolsOf(Newest)); got != 146 {
		t.Errorf("%v has %d symbols, want 146", Newest, got)
	}
}

// TestSymbolVariants checks that no release has two symbols of one name, and
// that each row is of use to some release.
func TestSymbolVariants(t *testing.T) {
	for _, r := range everyRelease() {
		seen := map[string]SymbolRow{}
		for _, row := range SymbolsOf(r) {
			if other, ok := seen[row.Name]; ok {
				t.Errorf("%v has both %v and %v", r, row, other)
			}
			seen[row.Name] = row
		}
	}
	for _, row := range Symbols {
		if !slices.ContainsFunc(everyRelease(), row.Span.Holds) {
			t.Errorf("no release has %v", row)
		}
		if (row.Definition != "") != (row.Kind == KindSubfield || row.Kind == KindPredicate) {
			t.Errorf("%v: a definition where there should be none, or none where there should be", row)
		}
		if row.Kind == KindSubfield && row.Level != LevelOrdinal {
			t.Errorf("%v: a subfield that is not ordinal", row)
		}
		if (row.Width == 0) != (row.Kind == KindString) {
			t.Errorf("%v: %d bits", row, row.Width)
		}
	}
}

// TestBranchHeads compares symbols and actions with lib/logical-fields.c and include/ovn/actions.h at
// the heads of upstream's branches, after the last point release of each.
func TestBranchHeads(t *testing.T) {
	for _, tt := range []struct{ release, name, definition string }{
		{"22.09.4", "flags.from_ctrl", "flags[16]"},
		{"22.12.3", "flags.from_ctrl", "flags[16]"},
		{"23.03.4", "flags.from_ctrl", "flags[16]"},
		{"23.06.6", "flags.from_ctrl", "flags[16]"},
		{"23.09.7", "flags.from_ctrl", "flags[18]"},
		{"22.09.4", "flags.localnet", "flags[15]"},
		{"22.12.3", "flags.localnet", "flags[15]"},
		{"22.12.3", "igmp", "ip4.mcast && ip.proto == 2"},
		{"23.03.4", "mldv2", "eth.mcastv6 && ip6.dst == ff02::16 && icmp6.type == 143"},
		{"22.12.3", "nd_ns_mcast", "ip6.mcast && icmp6.type == 135 && icmp6.code == 0 && ip.ttl == 255"},
		{"23.06.6", "nd_ns_mcast", "ip6.mcast && icmp6.type == 135 && icmp6.code == 0 && ip.ttl == 255"},
		{
			"24.09.4", "ip6.mcast_rsvd", "ip6.dst == { ff00::0, ff01::0, ff02::0, ff03::0, ff04::0, ff05::0, ff06::0, ff07::0, " +
				"ff08::0, ff09::0, ff0a::0, ff0b::0, ff0c::0, ff0d::0, ff0e::0, ff0f::0 }",
		},
	} {
		head := MustParse(tt.release)
		tag := head
		tag.Point--
		is := func(row SymbolRow) bool { return row.Name == tt.name && row.Definition == tt.definition }
		if !slices.ContainsFunc(SymbolsOf(head), is) {
			t.Errorf("%v has no %s as %s", head, tt.name, tt.definition)
		}
		if slices.ContainsFunc(SymbolsOf(tag), is) {
			t.Errorf("%v has %s as %s", tag, tt.name, tt.definition)
		}
	}
	for _, name := range []string{"ct_nw_dst", "ct_ip6_dst", "ct_tp_dst"} {
		is := func(row ActionRow) bool { return row.Name == name }
		if !slices.ContainsFunc(ActionsOf(MustParse("23.09.7")), is) || slices.ContainsFunc(ActionsOf(MustParse("23.09.6")), is) {
			t.Errorf("%s is not in 23.09.7, or is in 23.09.6", name)
		}
	}
}

// TestActionVariants checks that no release takes one text in two ways, and
// that each row is of use to some release.
func TestActionVariants(t *testing.T) {
	for _, r := range everyRelease() {
		seen := map[string]ActionRow{}
		for _, row := range ActionsOf(r) {
			if other, ok := seen[row.Text]; ok {
				t.Errorf("%v takes %s as %s and as %s", r, row.Text, row.Canonical(), other.Canonical())
			}
			seen[row.Text] = row
		}
	}
	for _, row := range Actions {
		if !slices.ContainsFunc(everyRelease(), row.Span.Holds) {
			t.Errorf("no release has %s", row.Text)
		}
		if row.Prints == row.Text {
			t.Errorf("%s prints as itself, at length", row.Text)
		}
	}
}

// TestActionNames compares the table with upstream's lists of actions: those of its newest parser, and
// those of older ones only.
func TestActionNames(t *testing.T) {
	upstream := []string{
		"next", "push", "pop", "output", "ip.ttl--", "ct_next", "ct_commit", "ct_commit_to_zone", "ct_dnat", "ct_snat",
		"ct_dnat_in_czone", "ct_snat_in_czone", "ct_lb", "ct_lb_mark", "ct_lb_mark_local", "ct_clear", "ct_commit_nat",
		"clone", "arp", "icmp4", "icmp4_error", "icmp6", "icmp6_error", "igmp", "tcp_reset", "sctp_abort", "nd_na",
		"nd_na_router", "nd_ns", "get_arp", "put_arp", "get_nd", "put_nd", "set_queue", "log", "set_meter",
		"trigger_event", "bind_vport", "handle_svc_check", "fwd_group", "handle_dhcpv6_reply", "handle_bfd_msg",
		"reject", "ct_snat_to_vip", "put_fdb", "commit_ecmp_nh", "commit_lb_aff", "sample", "mac_cache_use",
		"flood_remote", "mirror", "select", "put_dhcp_opts", "put_dhcpv6_opts", "dns_lookup", "put_nd_ra_opts",
		"check_pkt_larger", "lookup_arp", "lookup_nd", "lookup_arp_ip", "lookup_nd_ip", "chk_evpn_arp",
		"chk_lb_hairpin", "chk_lb_hairpin_reply", "get_fdb", "get_remote_fdb", "lookup_fdb", "check_in_port_sec",
		"check_out_port_sec", "chk_ecmp_nh_mac", "chk_ecmp_nh", "chk_lb_aff", "dhcp_relay_req_chk",
		"dhcp_relay_resp_chk", "ct_nw_dst", "ct_ip6_dst", "ct_tp_dst", "ct_proto", "ct_state_save",
		// No words: assignments, exchanges and the empty list.
		"=", "<->", "drop",
	}
	for _, name := range upstream {
		if !slices.ContainsFunc(Actions, func(r ActionRow) bool { return r.Name == name }) {
			t.Errorf("%s has no row", name)
		}
	}
	for _, row := range Actions {
		if !slices.Contains(upstream, row.Name) {
			t.Errorf("%s is no action of upstream's", row.Name)
		}
	}
}
