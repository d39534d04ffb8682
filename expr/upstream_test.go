package expr

import (
	"testing"

	"github.com/ovnwalk/ovnwalk/dialect"
)

// upstream are the names in the symbol table of upstream's development head,
// ovn_init_symtab of lib/logical-fields.c.
var upstream = []string{
	"inport", "outport", "__inport", "__outport", "from_evpn_vtep", "to_evpn_vtep", "remote_outport",
	"xxreg0", "xxreg1", "xreg0", "xreg1", "xreg2", "xreg3", "xreg4",
	"reg0", "reg1", "reg2", "reg3", "reg4", "reg5", "reg6", "reg7", "reg8", "reg9",
	"flags", "flags.loopback", "flags.force_snat_for_dnat", "flags.force_snat_for_lb", "flags.skip_snat_for_lb",
	"flags.use_snat_zone", "flags.localnet", "flags.icmp_snat", "flags.tunnel_rx", "flags.unsnat_new",
	"flags.unsnat_not_tracked", "flags.network_id", "flags.from_ctrl", "flags.igmp_loopback", "flags.pkt_sampled",
	"ct_mark", "ct_mark.blocked", "ct_mark.natted", "ct_mark.ecmp_reply_port", "ct_mark.skip_snat", "ct_mark.force_snat",
	"ct_mark.obs_stage", "ct_mark.allow_established", "ct_mark.obs_collector_id",
	"ct_label", "ct_label.ecmp_reply_eth", "ct_label.label", "ct_label.obs_point_id", "ct_label.obs_unused", "ct_label.acl_id",
	"ct_label.nf", "ct_label.nf_id", "ct_label.tun_if", "ct_label.tun_if_id",
	"ct_state", "ct.new", "ct.est", "ct.rel", "ct.rpl", "ct.inv", "ct.trk", "ct.snat", "ct.dnat",
	"eth.src", "eth.dst", "eth.type", "eth.bcast", "eth.mcast", "eth.mcastv6",
	"vlan.tci", "vlan.present", "vlan.pcp", "vlan.vid",
	"ip4", "ip6", "ip", "ip.proto", "ip.dscp", "ip.ecn", "ip.ttl", "ip4.src", "ip4.dst", "ip4.src_mcast", "ip4.mcast",
	"icmp4", "icmp4.type", "icmp4.code", "igmp", "ip6.src", "ip6.dst", "ip6.label", "ip6.mcast_rsvd", "ip6.mcast_all_nodes",
	"ip6.mcast_all_rtrs", "ip6.mcast_sol_node", "ip6.mcast_flood", "ip6.mcast", "icmp6", "icmp6.type", "icmp6.code", "icmp",
	"ip.frag", "ip.is_frag", "ip.later_frag", "ip.first_frag",
	"arp", "arp.op", "arp.spa", "arp.sha", "arp.tpa", "arp.tha", "rarp", "rarp.op", "rarp.spa", "rarp.sha", "rarp.tpa", "rarp.tha",
	"nd", "nd_ns", "nd_ns_mcast", "nd_na", "nd_rs", "nd_ra", "nd.target", "nd.sll", "nd.tll", "mldv1", "mldv2",
	"tcp", "tcp.src", "tcp.dst", "tcp.flags", "udp", "udp.src", "udp.dst", "sctp", "sctp.src", "sctp.dst",
	"pkt.mark", "icmp4.frag_mtu", "icmp6.frag_mtu", "icmp4.inner_ip4.src",
}

func TestNoSymbolIsMissing(t *testing.T) {
	s := SymbolsOf(dialect.Newest)
	known := map[string]bool{}
	for _, name := range upstream {
		known[name] = true
		if _, ok := s.Lookup(name); !ok {
			t.Errorf("upstream has the symbol %s, and the table does not", name)
		}
	}
	for _, sym := range s.All() {
		if !known[sym.Name] {
			t.Errorf("the table has the symbol %s, and upstream does not", sym.Name)
		}
	}
}

// TestSymbols compares the symbols of every release with the fields of packets, and with each other.
func TestSymbols(t *testing.T) {
	for _, k := range dialect.Releases {
		s := SymbolsOf(k.Release)
		for _, sym := range s.All() {
			name := k.Release.String() + " " + sym.Name
			if found, _ := s.Lookup(sym.Name); found != sym {
				t.Errorf("%s is there twice", name)
			}
			switch {
			case sym.Predicate != "":
				if e := sym.expand(true); e == nil || level(e) > sym.Level {
					t.Errorf("%s: level is %s", name, sym.Level)
				}
			case sym.Parent != nil:
				if sym.Level != sym.Parent.Level || sym.ParentOfs+sym.Width > sym.Parent.Width {
					t.Errorf("%s is no part of %s", name, sym.Parent.Name)
				}
			case sym.NoPacket:
			case sym.Width == 0:
				if sym.Field.Bits != 32 || sym.Level != Nominal {
					t.Errorf("%s does not hold a port", name)
				}
			default:
				if sym.Width != sym.Field.Bits || (sym.Level == Ordinal) != sym.Field.Maskable || sym.Scope != 0 && !sym.Field.Writable {
					t.Errorf("%s is not what field %s is", name, sym.Field.Name)
				}
			}
			if e := sym.PrereqExpr(); (e == nil) != (sym.Prereqs == "") {
				t.Errorf("%s: prerequisites", name)
			}
		}
	}
	for name := range fieldOf {
		if _, ok := SymbolsOf(dialect.Newest).Lookup(name); !ok {
			t.Errorf("field of %s, which is no symbol", name)
		}
	}
}

// level returns the level of a predicate defined by e: the minimum of the levels of its comparisons.
func level(e Expr) Level {
	l := Boolean
	Walk(e, func(e Expr) bool {
		if c, ok := e.(*Cmp); ok && c.Symbol.Level == Nominal {
			l = Nominal
		}
		return true
	})
	return l
}
