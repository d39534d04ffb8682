package connect_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/connect"
	"github.com/ovnwalk/ovnwalk/internal/sbtest"
)

// limited returns a network for tests of the limits of a translation in Open vSwitch: a switch on a chassis with
// ports a and b. Its flows are those of the first tables of the ingress pipeline,
// which match all packets.
func limited(datapath string, flows ...string) (db *sbtest.DB, s, hv1 string) {
	db = sbtest.New("25.03.0")
	hv1 = db.Row("Chassis", map[string]any{"name": "hv1", "other_config": sbtest.Map("ovn-bridge-mappings", "physnet:br", "datapath-type", datapath)})
	s = db.Datapath("s", 1)
	db.Port(s, "a", 1, "", "chassis", sbtest.Ref(hv1), "mac", sbtest.Set("0a:00:00:00:00:01 10.0.0.1"))
	db.Port(s, "b", 2, "", "chassis", sbtest.Ref(hv1), "mac", sbtest.Set("0a:00:00:00:00:02 10.0.0.2"))
	for table, actions := range flows {
		db.Flow(s, "ingress", table, 0, "1", actions)
	}
	db.Flow(s, "egress", 0, 0, "1", "output;")
	return db, s, hv1
}

// group adds a multicast group of receivers on a chassis, and of other ports, to a switch.
func group(db *sbtest.DB, d, on string, receivers int, members ...string) {
	for i := range receivers {
		members = append(members, db.Port(d, fmt.Sprintf("%s-%d", d, i), 10+i, "", "chassis", sbtest.Ref(on), "mac", sbtest.Set("unknown")))
	}
	db.Row("Multicast_Group", map[string]any{"name": "flood", "tunnel_key": 0x8000, "datapath": sbtest.Ref(d), "ports": sbtest.Refs(members...)})
}

// sentFrom is the opening of a DNS query from a port to the host at b.
func sentFrom(port string) connect.Opening {
	return connect.Opening{Microflow: `inport == "` + port + `" && eth.src == 0a:00:00:00:00:01 && eth.dst == 0a:00:00:00:00:02 && ip4.src == 10.0.0.1 && ip4.dst == 10.0.0.2 && ip.ttl == 64 && udp.src == 40000 && udp.dst == 53`}
}

// checkFirst compares the number of frames that arrive of the first packet, and the codes of limits.
func checkFirst(t *testing.T, a *connect.Answer, outcome, arrived int, codes ...connect.Code) {
	t.Helper()
	p := a.Outcomes[outcome].Packets[0]
	if len(p.Arrived) != arrived {
		t.Errorf("outcome %d: %d frames arrive, want %d", outcome, len(p.Arrived), arrived)
	}
	var got []connect.Code
	for _, x := range p.Dropped {
		if x.Code == connect.Discarded || x.Code == connect.TooManyLookups || x.Code == connect.TooDeep {
			got = append(got, x.Code)
		}
	}
	slices.Sort(got)
	if got = slices.Compact(got); !slices.Equal(got, codes) {
		t.Errorf("outcome %d: copies end with %q, want %q", outcome, got, codes)
	}
}

const flooding = `outport = "flood"; output;`

// TestResubmissions floods a frame to the ports of a switch. Open vSwitch allows 4,096 resubmissions in a
// translation, and discards it if there are more, unless it is the output of a bridge to a patch port
// (ofproto/ofproto-dpif-xlate.c, MAX_RESUBMITS, patch_port_output). The frame takes
// one to each table of the ingress pipeline, three to those of output, and four for each copy: to the tables that
// compare the ports, of the egress pipeline, that save the input port, and of physical ports (controller/physical.c). A frame
// to or from a physical network takes one to the other bridge, as one to a tunnel in user space.
func TestResubmissions(t *testing.T) {
	const most = (4096 - 5) / 4 // with two tables, which leaves three
	lost := []connect.Code{connect.TooManyLookups, connect.Discarded}
	tables := func(n int, last ...string) []string { return append(slices.Repeat([]string{"next;"}, n), last...) }
	type test struct {
		name      string
		receivers int
		flows     []string
		from      string
		tunnel    string // the datapath, if a receiver is on another chassis
		arrived   int
		codes     []connect.Code
	}
	all := []test{
		{"the most", most, tables(4, flooding), "a", "", most, nil},
		{"one table too many", most, tables(5, flooding), "a", "", 0, lost},
		{"one copy too many", most + 1, tables(1, flooding), "a", "", 0, lost},
		{"one table too many for a packet that is dropped", most, append([]string{"clone { " + flooding + " }; next;"}, tables(4, "drop;")...), "a", "", 0, lost},
		{"before a pause", most + 1, []string{"clone { " + flooding + " }; reg0[0] = dns_lookup(); next;", `outport = "b"; output;`}, "a", "", 0, lost},
		{"of tables before a pause", most, []string{"clone { " + flooding + " }; next;", "next;", "next;", "next;", "next;", "reg0[0] = dns_lookup(); next;", `outport = "b"; output;`}, "a", "", 0, lost},
		{"after conntrack, the most", most + 1, []string{"ct_next;", "next;", flooding}, "a", "", most + 1, nil},
		{"after conntrack, one table too many", most + 1, []string{"ct_next;", "next;", "next;", flooding}, "a", "", 0, lost},
		{"before conntrack", most + 2, []string{"ct_next; " + flooding, `outport = "b"; output;`}, "a", "", 0, lost},
		{"with an ICMP error", most + 2, []string{"clone { icmp4 { eth.dst <-> eth.src; ip4.dst <-> ip4.src; flags.loopback = 1; outport = inport; output; }; }; " + flooding}, "a", "", 0, lost},
		{"from outside, the most", most, tables(3, flooding), "ln", "", most, nil},
		{"from outside, the last copy is lost", most, tables(4, flooding), "ln", "", most - 1, lost[:1]},
		{"from outside, more are lost", most + 50, tables(1, flooding), "ln", "", most, lost[:1]},
		{"also to outside, the most", most - 1, tables(0, `clone { outport = "ln"; output; }; `+flooding), "a", "", most, nil},
		{"also to outside, one table too many", most - 1, tables(1, `clone { outport = "ln"; output; }; `+flooding), "a", "", 0, lost},
		{"also to a port behind it, the most", most - 2, tables(3, `clone { outport = "c"; output; }; `+flooding), "a", "", most - 1, nil}, // one more to local output
		{"also to a port behind it, one table too many", most - 2, tables(4, `clone { outport = "c"; output; }; `+flooding), "a", "", 0, lost},
		{"also to a tunnel, the most", most, tables(4, flooding), "a", "system", most + 1, nil},
		{"also to a tunnel in user space, the most", most, tables(3, flooding), "a", "netdev", most + 1, nil},
		{"also to a tunnel in user space, one table too many", most, tables(4, flooding), "a", "netdev", 0, lost},
	}
	for _, one := range []string{ // tables that are looked up for a result
		"reg0[0] = chk_lb_hairpin();", "reg0[0] = check_in_port_sec();", "get_arp(inport, ip4.dst);",
		"reg0[0] = lookup_arp(inport, ip4.dst, eth.src);", "reg0[0] = lookup_fdb(inport, eth.src);",
	} {
		all = append(all, test{one + " the most", most, tables(3, one+flooding), "a", "", most, nil},
			test{one + " one table too many", most, tables(4, one+flooding), "a", "", 0, lost})
	}
	for _, test := range all {
		t.Run(test.name, func(t *testing.T) {
			db, s, hv1 := limited(test.tunnel, test.flows...)
			hv2 := db.Row("Chassis", map[string]any{"name": "hv2"})
			remote := []string{db.Port(s, "c", 4, "", "chassis", sbtest.Ref(hv2), "mac", sbtest.Set("unknown"))}
			if test.tunnel == "" {
				db.Port(s, "ln", 3, "localnet", "options", sbtest.Map("network_name", "physnet"))
				remote = nil
			}
			group(db, s, hv1, test.receivers, remote...)
			checkFirst(t, answerOver(t, clusterOf(t, db), sentFrom(test.from)), 0, test.arrived, test.codes...)
		})
	}
}

// TestResubmissionsFromTunnel floods a frame to another chassis. There it takes one resubmission to the table of local
// output, and with five tables of the egress pipeline eight for each copy.
func TestResubmissionsFromTunnel(t *testing.T) {
	for receivers, codes := range map[int][]connect.Code{511: nil, 512: {connect.TooManyLookups, connect.Discarded}} {
		db, s, _ := limited("system", flooding)
		group(db, s, db.Row("Chassis", map[string]any{"name": "hv2"}), receivers)
		for table := range 4 {
			db.Flow(s, "egress", table, 10, "1", "next;")
		}
		db.Flow(s, "egress", 4, 0, "1", "output;")
		checkFirst(t, answerOver(t, clusterOf(t, db), sentFrom("a")), 0, receivers*(1-len(codes)/2), codes...)
	}
}

// TestResubmissionsOfReply floods a request, and its reply after more tables. Their numbers are not added.
func TestResubmissionsOfReply(t *testing.T) {
	for extra, arrived := range map[int]int{7: 1021, 8: 0} {
		db, s, hv1 := limited("system", flooding)
		group(db, s, hv1, 1021, db.Port(s, "c", 4, "", "chassis", sbtest.Ref(hv1), "mac", sbtest.Set("0a:00:00:00:00:02 10.0.0.2")))
		for table := range extra {
			db.Flow(s, "ingress", table, 10, `inport == "c"`, "next;")
		}
		db.Flow(s, "ingress", extra, 10, `inport == "c"`, flooding)
		a := answerOver(t, clusterOf(t, db), sentFrom("a"))
		checkFirst(t, a, 0, 1022)
		if got := a.Outcomes[0].Packets; len(got) != 2 || len(got[1].Arrived) != arrived {
			t.Errorf("%d tables: %d packets, want a reply with %d copies", extra, len(got), arrived)
		}
	}
}

// TestOwnResubmissions sends frames whose copies exceed 4,096 resubmissions together, but not in one translation:
// what conntrack or ovn-controller receives continues in another.
func TestOwnResubmissions(t *testing.T) {
	const receivers = 600
	for _, actions := range []string{"ct_next;", "reg0[0] = dns_lookup(); next;"} {
		t.Run(actions, func(t *testing.T) {
			db, s, hv1 := limited("system", "clone { "+flooding+" }; "+actions, flooding)
			group(db, s, hv1, receivers)
			checkFirst(t, answerOver(t, clusterOf(t, db), sentFrom("a")), 0, 2*receivers)
		})
	}
}

// TestDiscardedEffects sends a frame to b before ovn-controller replies, and floods it to too many ports after that,
// with an action that has an effect on the reply of b. The action has none if the flood is discarded.
func TestDiscardedEffects(t *testing.T) {
	for _, test := range []struct{ name, action, reply, without string }{ // the match of a reply without the effect
		{"a connection", "ct_commit { };", "ct_next;", "!ct.est"},
		{"an FDB entry", "put_fdb(inport, eth.src);", "outport = get_fdb(eth.dst); next;", `outport == ""`},
		{"a MAC binding", "put_arp(inport, ip4.src, eth.src);", "get_arp(outport, ip4.dst); next;", "eth.dst == 0"},
	} {
		for _, receivers := range []int{500, 1100} {
			t.Run(fmt.Sprintf("%s, %d receivers", test.name, receivers), func(t *testing.T) {
				db, s, hv1 := limited("system", `clone { outport = "b"; output; }; reg0[0] = dns_lookup(); next;`, test.action+flooding)
				group(db, s, hv1, receivers)
				db.Flow(s, "ingress", 0, 10, `inport == "b"`, `outport = "a"; output;`)
				db.Flow(s, "egress", 0, 10, `inport == "b"`, test.reply)
				db.Flow(s, "egress", 1, 10, "1", `outport = "a"; eth.dst = 0a:00:00:00:00:01; output;`)
				db.Flow(s, "egress", 1, 20, test.without, "drop;")
				a := answerOver(t, clusterOf(t, db), sentFrom("a"))
				want, codes, replies := 1+receivers, []connect.Code(nil), 1
				if receivers > 1000 {
					want, codes, replies = 1, []connect.Code{connect.TooManyLookups, connect.Discarded}, 0
				}
				checkFirst(t, a, 0, want, codes...)
				if got := a.Outcomes[0].Packets; len(got) != 2 || len(got[1].Arrived) != replies {
					t.Errorf("%d packets, replies arrive: %v, want %d", len(got), len(got) == 2 && len(got[1].Arrived) == 1, replies)
				}
			})
		}
	}
}

// TestDepth sends a frame to b and through patch ports in a row, behind the last of which the flow of a table takes it on, outputs
// it or ends it. Open vSwitch resubmits nothing at a depth of 64 (MAX_DEPTH). Buckets of groups and bridges add one. A packet that
// pauses continues at a depth of zero.
func TestDepth(t *testing.T) {
	const toB, toPatch = `outport = "b"; output;`, `outport = "p0"; output;`
	const first, pause = "clone { " + toB + " }; ", "reg0[0] = dns_lookup(); "
	all, last := []connect.Code{connect.TooDeep, connect.Discarded}, []string{"next;", `outport = "e"; output;`}
	for _, test := range []struct {
		name, from  string
		patches     int
		first, half string // actions of the first switch, and more of one half way
		last        []string
		arrived     int
		codes       []connect.Code
	}{
		{"the most", "a", 63, first + toPatch, "", last, 2, nil},
		{"one too many", "a", 64, first + toPatch, "", last, 0, all},
		{"one too many, output", "a", 64, first + toPatch, "", last[1:], 0, all},
		{"one too many, dropped in the first table", "a", 64, first + toPatch, "", []string{"drop;"}, 1, nil},
		{"one too many, dropped in the second table", "a", 64, first + toPatch, "", []string{"next;", "drop;"}, 0, all},
		{"one too many, before another copy", "a", 64, "clone { " + toPatch + " }; " + toB, "", last, 0, all},
		{"a loop", "a", 20, first + toPatch, "", []string{`flags.loopback = 1; outport = "q19"; output;`}, 0, all},
		{"from outside, the most", "ln", 62, first + toPatch, "", last, 2, nil},
		{"from outside, one too many", "ln", 63, first + toPatch, "", last, 1, all[:1]},
		{"from outside, one too many, before another copy", "ln", 63, "clone { " + toPatch + " }; " + toB, "", last, 0, all},
		{"to outside and in again, the most", "a", 61, first + `outport = "ln"; output;`, "", last, 3, nil},
		{"behind a group, the most", "a", 62, first + "reg0[0..15] = select(1=100, 2=100);", "", last, 2, nil},
		{"behind a group, one too many", "a", 63, first + "reg0[0..15] = select(1=100, 2=100);", "", last, 1, all[:1]},
		{"behind a forwarding group, the most", "a", 62, first + `fwd_group(childports="p0");`, "", last, 2, nil},
		{"behind a forwarding group, one too many", "a", 63, first + `fwd_group(childports="p0");`, "", last, 1, all[:1]},
		{"with a pause, the most", "a", 126, first + toPatch, pause, last, 2, nil},
		{"with a pause, one too many", "a", 127, first + toPatch, pause, last, 1, all[:1]},
	} {
		t.Run(test.name, func(t *testing.T) {
			db, s, hv1 := limited("system", test.first, toPatch)
			db.Port(s, "ln", 3, "localnet", "options", sbtest.Map("network_name", "physnet"))
			d := s
			if strings.Contains(test.first, `"ln"`) {
				d = db.Datapath("r", 1000)
				db.Port(d, "ln2", 3, "localnet", "options", sbtest.Map("network_name", "physnet"))
				db.Flow(d, "ingress", 0, 0, "1", toPatch)
				db.Flow(d, "egress", 0, 0, "1", "output;")
			}
			for i := range test.patches {
				to := db.Datapath(fmt.Sprintf("s%d", i), 2+i)
				db.Port(d, fmt.Sprintf("p%d", i), 8, "patch", "options", sbtest.Map("peer", fmt.Sprintf("q%d", i)))
				db.Port(to, fmt.Sprintf("q%d", i), 9, "patch", "options", sbtest.Map("peer", fmt.Sprintf("p%d", i)))
				d = to
				switch next := fmt.Sprintf(`flags.loopback = 1; outport = "p%d"; output;`, i+1); {
				case i+1 == test.patches:
				case i+1 == 63:
					db.Flow(d, "ingress", 0, 0, "1", test.half+next)
				default:
					db.Flow(d, "ingress", 0, 0, "1", next)
				}
				db.Flow(d, "egress", 0, 0, "1", "output;")
			}
			db.Port(d, "e", 1, "", "chassis", sbtest.Ref(hv1), "mac", sbtest.Set("unknown"))
			for table, actions := range test.last {
				db.Flow(d, "ingress", table, 0, "1", actions)
			}
			a := answerOver(t, clusterOf(t, db), sentFrom(test.from))
			if checkFirst(t, a, 0, test.arrived, test.codes...); !a.Complete {
				t.Error("the walk is not complete")
			}
		})
	}
}

// TestSharedResubmissions sends frames by a bridge to two switches of a chassis, whose copies exceed 4,096 resubmissions together.
// The bridge outputs to them in one translation, in an order that is a choice. A frame that leaves the chassis and enters it again is
// translated before what follows its output; only copies there fail alone.
func TestSharedResubmissions(t *testing.T) {
	const receivers = 600
	build := func(first string) *sbtest.DB {
		db, s, hv1 := limited("system", first)
		db.Port(s, "ln", 3, "localnet", "options", sbtest.Map("network_name", "physnet"))
		group(db, s, hv1, receivers)
		s2 := db.Datapath("s2", 2)
		db.Port(s2, "ln2", 3, "localnet", "options", sbtest.Map("network_name", "physnet"))
		group(db, s2, hv1, receivers)
		db.Flow(s2, "ingress", 0, 0, "1", flooding)
		db.Flow(s2, "egress", 0, 0, "1", "output;")
		return db
	}
	t.Run("entering", func(t *testing.T) {
		a := answerOver(t, clusterOf(t, build(flooding)), sentFrom("ln"))
		if len(a.Outcomes) != 2 {
			t.Fatalf("%d outcomes, want 2", len(a.Outcomes))
		}
		for i := range a.Outcomes { // both take one to the bridge, one to the pipeline, three to output
			checkFirst(t, a, i, receivers+(4096-5-4*receivers-5)/4, connect.TooManyLookups)
		}
	})
	t.Run("entering again, before copies", func(t *testing.T) {
		a := answerOver(t, clusterOf(t, build(`clone { outport = "ln"; output; }; `+flooding)), sentFrom("a"))
		if checkFirst(t, a, 0, 0, connect.TooManyLookups, connect.Discarded); !a.Complete {
			t.Error("the walk is not complete")
		}
	})
	t.Run("entering again, after copies", func(t *testing.T) {
		a := answerOver(t, clusterOf(t, build(`clone { `+flooding+` }; outport = "ln"; output;`)), sentFrom("a"))
		if checkFirst(t, a, 0, receivers+1+(4096-4-4*receivers-7-6)/4, connect.TooManyLookups); !a.Complete {
			t.Error("the walk is not complete")
		}
	})
}

// TestComparedLength floods a packet after a comparison of its length. Open vSwitch translates what follows for
// both results (xlate_check_pkt_larger), so that less than 4,096 resubmissions of one may be too many.
func TestComparedLength(t *testing.T) {
	const compared = "reg9[0] = check_pkt_larger(1400); "
	for _, test := range []struct {
		receivers int
		first     string
		verdict   connect.Verdict
		complete  bool
	}{
		{400, "clone { " + compared + flooding + " };", connect.Works, true},
		{600, "clone { " + compared + flooding + " };", connect.Uncertain, false},
		{600, "clone { " + flooding + " }; " + compared, connect.Works, true},
	} {
		db, s, hv1 := limited("system", test.first+` outport = "b"; output;`)
		group(db, s, hv1, test.receivers)
		db.Flow(s, "ingress", 0, 10, `inport == "b"`, `outport = "a"; output;`)
		a := answerOver(t, clusterOf(t, db), sentFrom("a"))
		if a.Verdict != test.verdict || a.Complete != test.complete {
			t.Errorf("%d receivers: %s, complete %v", test.receivers, a.Verdict, a.Complete)
		}
	}
}

// TestNestedDiscards sends a frame to b before ovn-controller replies. After that, two translations, one of which
// is within the other, are discarded. The reply of b is not.
func TestNestedDiscards(t *testing.T) {
	db, s, hv1 := limited("system", `clone { outport = "b"; output; }; reg0[0] = dns_lookup(); next;`, "ct_next; "+flooding, flooding)
	group(db, s, hv1, 1100)
	db.Flow(s, "ingress", 0, 10, `inport == "b"`, `outport = "a"; output;`)
	a := answerOver(t, clusterOf(t, db), sentFrom("a"))
	checkFirst(t, a, 0, 1, connect.TooManyLookups, connect.Discarded)
	if got := a.Outcomes[0].Packets; len(got) != 2 || len(got[1].Arrived) != 1 {
		t.Errorf("%d packets, or the reply does not arrive", len(got))
	}
}

// TestManyDiscards discards many translations of one walk.
func TestManyDiscards(t *testing.T) {
	for n, complete := range map[int]bool{8: true, 9: false} {
		db, s, hv1 := limited("system", strings.Repeat("ct_next; ", n), flooding)
		group(db, s, hv1, 1100)
		a := answerOver(t, clusterOf(t, db), sentFrom("a"))
		if a.Complete != complete {
			t.Errorf("%d translations: %s, complete %v", n, a.Verdict, a.Complete)
		}
	}
}
