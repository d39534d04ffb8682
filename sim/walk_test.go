package sim_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/internal/tracetest"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/sim"
	"github.com/ovnwalk/ovnwalk/trace"
	"github.com/ovnwalk/ovnwalk/tracetext"
	"github.com/ovnwalk/ovnwalk/verdict"
)

func TestPortSecurity(t *testing.T) {
	// p1 may send from 0a:..:01 with 10.0.0.1 and fd00::1.
	const check = "pkt.mark[0] = check_in_port_sec(); next;"
	tests := []struct {
		name, flow string
		refused    bool
	}{
		{"its own", ipv4, false},
		{"another's MAC", strings.Replace(ipv4, "eth.src == 0a:00:00:00:00:01", "eth.src == 0a:00:00:00:00:09", 1), true},
		{"another's address", strings.Replace(ipv4, "ip4.src == 10.0.0.1", "ip4.src == 10.0.0.12", 1), true},
		{"DHCP discovery", fromP1 + " && ip4.src == 0.0.0.0 && ip4.dst == 255.255.255.255 && udp.src == 68 && udp.dst == 67", false},
		{"IPv6", ipv6, false},
		{"link-local", strings.Replace(ipv6, "ip6.src == fd00::1", "ip6.src == fe80::800:ff:fe00:1", 1), false},
		{"another's IPv6", strings.Replace(ipv6, "ip6.src == fd00::1", "ip6.src == fd00::9", 1), true},
		{"solicitation with its own link", solicit + " && nd.sll == 0a:00:00:00:00:01", false},
		{"solicitation with another's link", solicit + " && nd.sll == 0a:00:00:00:00:09", true},
		{"advertisement of another's address", ipv6[:strings.Index(ipv6, " && ip.ttl")] + " && ip.ttl == 255 && icmp6.type == 136 && icmp6.code == 0 && nd.target == fd00::77", true},
		{"ARP of its own", fromP1 + " && arp.sha == 0a:00:00:00:00:01 && arp.spa == 10.0.0.1", false},
		{"ARP with another's link", fromP1 + " && arp.sha == 0a:00:00:00:00:02 && arp.spa == 10.0.0.1", true},
		{"ARP of another's address", fromP1 + " && arp.sha == 0a:00:00:00:00:01 && arp.spa == 10.0.0.2", true},
		{"no IP at all", fromP1, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			n := lab(t, "23.03", check)
			tr := tracetest.Trace(t, n, sim.Request{Microflow: tt.flow})
			var mark uint64
			trace.Walk(tr.Root, func(n trace.Node) bool {
				if d, ok := n.(*trace.Delivered); ok {
					mark = d.Packet.Word(8)
				}
				return true
			})
			if (mark == 1) != tt.refused {
				t.Errorf("refused: %v", mark == 1)
			}
		})
	}
}

func TestRefusals(t *testing.T) {
	tests := []struct{ name, release, datapath, flow, want string }{
		{"unknown datapath", "23.03", "nosuch", ipv4, `unknown datapath "nosuch"`},
		{"unknown datapath and bad microflow", "23.03", "nosuch", "ip4 &&", `unknown datapath "nosuch"`},
		{"the same, reported late", "20.12", "nosuch", "ip4 &&", "error parsing flow: Syntax error at end of input expecting constant."},
		{"unknown datapath, reported late", "20.12", "nosuch", ipv4, `unknown datapath "nosuch"`},
		{"unknown port", "23.03", "", `inport == "nosuch"`, `unknown port "nosuch"`},
		{"no inport that gives the datapath", "23.03", "", "ip4", "error parsing flow: flow match expression does not match on inport"},
		{"two inports", "23.03", "", `inport == {"p1", "p2"}`, "error parsing flow: flow match expression matches on multiple inports"},
		{"contradiction", "23.03", "", `inport == "p1" && ip4 && ip6`, "error parsing flow: Constraints are contradictory."},
		{"syntax", "23.03", "sw", `inport == "p1" &&`, "error parsing flow: Syntax error at end of input expecting constant."},
		{"no inport", "25.03", "sw", "ip4", "microflow does not specify ingress port"},
		{"no inport where port security asks", "23.03", "sw", "ip4", "microflow does not specify ingress port"},
		{"unknown datapath and template without value", "25.03", "nosuch", `inport == "p1" && ip4.src == ^X`, `unknown datapath "nosuch"`},
		{"template without value", "25.03", "sw", `inport == "p1" && ip4.src == ^X`, `failed to parse flow expression "inport == "p1" && ip4.src == ^X"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			n := lab(t, tt.release, "reg0[0] = check_in_port_sec(); next;")
			_, err := sim.Trace(n, sim.Request{Datapath: tt.datapath, Microflow: tt.flow})
			if r, ok := errors.AsType[*sim.RefusalError](err); !ok || r.Msg != tt.want {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

// TestUnnamedInport shows that releases before the ingress port was required
// trace without one.
func TestUnnamedInport(t *testing.T) {
	n := lab(t, "22.03", `outport = "p2"; next;`)
	got := body(t, n, sim.Request{Datapath: "sw", Microflow: "ip4"}, tracetext.Views{Summary: true})
	if !strings.HasPrefix(got, `ingress(dp="sw", inport="(unnamed)") {`) || !strings.Contains(got, `egress(dp="sw", inport="", outport="p2")`) {
		t.Error(got)
	}
}

func TestPatchPort(t *testing.T) {
	n := lab(t, "23.03", `outport = "sr"; next;`, func(db *sbtest.DB, _, lr string) {
		db.Flow(lr, "ingress", 0, 1, "1", "ip.ttl--; next;")
	})
	got := body(t, n, sim.Request{Microflow: ipv4}, tracetext.Views{Detailed: true})
	want := `
ingress(dp="sw", inport="p1")
-----------------------------
 0. ingress_0: 1, priority 100, uuid 00000012
    outport = "sr";
    next;
 1. ingress_1: 1, priority 100, uuid 00000013
    output;

egress(dp="sw", inport="p1", outport="sr")
------------------------------------------
 0. egress_0: 1, priority 100, uuid 00000014
    output;
    /* output to "sr", type "patch" */

ingress(dp="lr", inport="rs")
-----------------------------
 0. ingress_0: 1, priority 1, uuid 00000015
    ip.ttl--;
    next;
 1. no match (implicit drop)
`
	if got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

// counts returns how many tables a walk shows, and how often it met a limit.
func counts(tr *trace.Trace) (tables, limits int) {
	trace.Walk(tr.Root, func(n trace.Node) bool {
		switch n := n.(type) {
		case *trace.Table:
			tables++
		case *trace.Remark:
			if n.Kind == trace.RemarkLimit {
				limits++
			}
		}
		return true
	})
	return tables, limits
}

// TestLoopStops sends a packet around a ring of patch ports without routers.
func TestLoopStops(t *testing.T) {
	n := lab(t, "23.03", `outport = "sr"; flags.loopback = 1; next;`, func(db *sbtest.DB, _, lr string) {
		db.Flow(lr, "ingress", 0, 1, "1", `outport = "rs"; flags.loopback = 1; output;`)
		db.Flow(lr, "egress", 0, 1, "1", "output;")
	})
	tr := tracetest.Trace(t, n, sim.Request{Microflow: ipv4})
	if _, limits := counts(tr); limits != 1 {
		t.Errorf("%d limit nodes", limits)
	}
}

// TestLoopOfBranchesStops continues from each round of a loop, once it has stopped, past a flow that
// does not parse.  Tables and uncertainties are counted once, not for each round.
func TestLoopOfBranchesStops(t *testing.T) {
	n := lab(t, "23.03", "next(0); next(1);", func(db *sbtest.DB, sw, _ string) {
		db.Flow(sw, "ingress", 0, 200, "ip4 &&", "drop;")
	})
	tr := tracetest.Trace(t, n, sim.Request{Microflow: ipv4})
	tables, limits := counts(tr)
	if tables != sim.MaxDepth || limits != 1 {
		t.Errorf("%d tables, %d limit nodes", tables, limits)
	}
	if d := verdict.Of(tr); len(d) != 1 || len(d[0].Uncertainties) != 2 { // the flow that does not parse, and the limit
		t.Errorf("%d copies, the first with %d uncertainties", len(d), len(d[0].Uncertainties))
	}
}

// TestExplosionStops doubles a packet in every table.
func TestExplosionStops(t *testing.T) {
	n := lab(t, "23.03", "clone { next; }; next;", func(db *sbtest.DB, sw, _ string) {
		for table := 1; table < 23; table++ {
			db.Flow(sw, "ingress", table, 200, "1", "clone { next; }; next;")
		}
		db.Flow(sw, "ingress", 23, 200, "1", "output;")
	})
	tr := tracetest.Trace(t, n, sim.Request{Microflow: ipv4})
	tables, limits := counts(tr)
	if tables > sim.MaxTables || limits != 1 {
		t.Errorf("%d tables, %d limit nodes", tables, limits)
	}
}

// TestLoopOfCopiesStops doubles a packet in every round of a loop that ends with its TTL:
// 2^64 copies.  The trace has a remark and a warning.
func TestLoopOfCopiesStops(t *testing.T) {
	n := lab(t, "23.03", `outport = "sr"; flags.loopback = 1; clone { output; }; output;`, func(db *sbtest.DB, _, lr string) {
		db.Flow(lr, "ingress", 0, 2, "ip.ttl == {0, 1}", "drop;")
		db.Flow(lr, "ingress", 0, 1, "1", `ip.ttl--; outport = "rs"; flags.loopback = 1; output;`)
		db.Flow(lr, "egress", 0, 1, "1", "output;")
	})
	tr := tracetest.Trace(t, n, sim.Request{Microflow: ipv4})
	if _, limits := counts(tr); limits != 1 || !verdict.IsUncertain(tr) {
		t.Errorf("%d limit nodes, uncertain %v", limits, verdict.IsUncertain(tr))
	}
	if len(tr.Warnings) != 1 || !strings.Contains(tr.Warnings[0].Text, "the walk stopped at its limit of") {
		t.Errorf("warnings %v", tr.Warnings)
	}
}

// TestLongLoop sends a packet around a ring until its TTL of 255 expires: each round
// has four tables, the last ingress table of the router drops it.
func TestLongLoop(t *testing.T) {
	n := lab(t, "23.03", `outport = "sr"; flags.loopback = 1; output;`, func(db *sbtest.DB, _, lr string) {
		db.Flow(lr, "ingress", 0, 2, "ip.ttl == {0, 1}", "drop;")
		db.Flow(lr, "ingress", 0, 1, "1", `ip.ttl--; outport = "rs"; flags.loopback = 1; output;`)
		db.Flow(lr, "egress", 0, 1, "1", "output;")
	})
	tr := tracetest.Trace(t, n, sim.Request{Microflow: strings.Replace(ipv4, "ip.ttl == 64", "ip.ttl == 255", 1)})
	if tables, limits := counts(tr); tables != 254*4+3 || limits != 0 {
		t.Errorf("%d tables, %d limit nodes", tables, limits)
	}
}

// TestOrder checks which flow wins: priority, then the place in the real tool's
// hash table, then the UUID; and that a tie with other actions is noted.
func TestOrder(t *testing.T) {
	n := lab(t, "23.03", "next;", func(db *sbtest.DB, sw, _ string) {
		db.Flow(sw, "ingress", 1, 300, "udp", "drop;")
		db.Flow(sw, "ingress", 1, 200, "ip4", `outport = "p1"; flags.loopback = 1; output;`)
		db.Flow(sw, "ingress", 1, 200, "ip", "drop;")
	})
	tr := tracetest.Trace(t, n, sim.Request{Microflow: ipv4})
	var overlaps []*trace.Overlap
	trace.Walk(tr.Root, func(n trace.Node) bool {
		if o, ok := n.(*trace.Overlap); ok {
			overlaps = append(overlaps, o)
		}
		return true
	})
	if len(overlaps) != 1 || len(tr.Warnings) != 1 || !strings.Contains(tr.Warnings[0].Text, overlaps[0].Other.UUID) {
		t.Fatalf("overlaps %v, warnings %v", overlaps, tr.Warnings)
	}
	mask := uint32(3) // of six flows
	if a, b := overlaps[0].Selected.Cookie&mask, overlaps[0].Other.Cookie&mask; a > b {
		t.Errorf("taken %d, other %d", a, b)
	}
}

func TestUncertain(t *testing.T) {
	n := lab(t, "23.03", "next;", func(db *sbtest.DB, sw, _ string) {
		db.Flow(sw, "ingress", 1, 300, "nosuch == 1", "drop;")
		db.Flow(sw, "ingress", 1, 50, "worse == 1", "drop;") // could not have won
	})
	tr := tracetest.Trace(t, n, sim.Request{Microflow: ipv4})
	if !verdict.IsUncertain(tr) || len(tr.Warnings) != 1 {
		t.Fatalf("uncertain %v, warnings %v", verdict.IsUncertain(tr), tr.Warnings)
	}
	want := "Logical_Flow 00000015-0000-4000-8000-000000000000: nosuch == 1: parsing expression failed (Syntax error at `nosuch' expecting field name.)"
	if tr.Warnings[0].Text != want {
		t.Errorf("got  %s\nwant %s", tr.Warnings[0].Text, want)
	}
	// The compatible views do not show it.
	if got := body(t, n, sim.Request{Microflow: ipv4}, tracetext.Views{Detailed: true, Summary: true, Minimal: true}); strings.Contains(got, "nosuch") {
		t.Error(got)
	}
}

func TestTemplates(t *testing.T) {
	vars := func(db *sbtest.DB, sw, _ string) {
		c1, c2 := db.Row("Chassis", map[string]any{"name": "hv1"}), db.Row("Chassis", map[string]any{"name": "hv2"})
		_, _ = c1, c2
		db.Row("Chassis_Template_Var", map[string]any{"chassis": "hv1", "variables": sbtest.Map("VIP", "10.0.0.2")})
		db.Flow(sw, "ingress", 1, 300, "ip4.dst == ^VIP", "pkt.mark = 7; output;")
	}
	n := lab(t, "25.03", "next;", vars)
	tr := tracetest.Trace(t, n, sim.Request{Microflow: ipv4})
	if !verdict.IsUncertain(tr) || !strings.Contains(tr.Warnings[0].Text, "^VIP has values for chassis hv1 (use --chassis)") {
		t.Errorf("warnings %v", tr.Warnings)
	}
}

func TestParseChoices(t *testing.T) {
	for in, want := range map[string]string{
		"new": "new|trk", "est,rpl": "est|rpl|trk", "trk,inv": "inv|trk", "": "trk", "new est": "new|est|trk",
	} {
		state, err := sim.ParseCTState(in)
		if got := packet.FormatCTState(state); err != nil || got != want {
			t.Errorf("%q: %s, %v", in, got, err)
		}
	}
	for _, bad := range []string{"old", "trk|inv", "New"} {
		if _, err := sim.ParseCTState(bad); err == nil {
			t.Errorf("%s taken", bad)
		}
	}
	if d := sim.CTStateConflicts(packet.CTTracked | packet.CTNew | packet.CTEstablished | packet.CTReply); len(d) != 2 {
		t.Errorf("uncertainties: %q", d)
	}
	if d := sim.CTStateConflicts(packet.CTTracked | packet.CTInvalid); d != nil {
		t.Errorf("uncertainties: %q", d)
	}
	for _, good := range []string{"10.0.0.1", "10.0.0.1:80", "fd00::1", "[fd00::1]", "[fd00::1]:80", "10.0.0.1:"} {
		if b, err := sim.ParseBackend(good); err != nil || !b.IsSet || strings.HasSuffix(good, ":80") != (b.Port == 80) || strings.Contains(good, "fd") != b.IPv6 {
			t.Errorf("%s: %+v, %v", good, b, err)
		}
	}
	for bad, why := range map[string]string{
		"": `bad IP address ""`, "x": `bad IP address "x"`, "10.0.0.1:99999": `bad port number "99999"`,
		"10.0.0.1:-1": `bad port number "-1"`, "fe80::1%eth0": `bad IPv6 scope "eth0"`, "fd00::g:80": `bad IP address "fd00::g:80"`,
	} {
		_, err := sim.ParseBackend(bad)
		if e, ok := errors.AsType[*sim.BackendError](err); !ok || e.Text != bad || e.Reason != why {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// TestLoopStopsEarly sends packets around loops with and without StopsInLoops. The copies have
// the same ends, and a walk that ends of itself is the same.
func TestLoopStopsEarly(t *testing.T) {
	const back = "outport = inport; flags.loopback = 1; output;"
	const rounds = 127 // to a lookup with which those within it are compared
	count := func(db *sbtest.DB, sw, last string) {
		for i := range rounds {
			db.Flow(sw, "ingress", 1, 200, fmt.Sprintf("reg0 == %d", i), fmt.Sprintf("reg0 = %d; next(1);", i+1))
		}
		db.Flow(sw, "ingress", 1, 200, fmt.Sprintf("reg0 == %d", rounds), last)
	}
	for _, tt := range []struct {
		name, packet string
		flows        func(db *sbtest.DB, sw string)
		endless      bool
	}{
		{"a table", ipv4, func(db *sbtest.DB, sw string) { db.Flow(sw, "ingress", 1, 200, "1", "next(1);") }, true},
		{"with copies", ipv4, func(db *sbtest.DB, sw string) {
			db.Flow(sw, "ingress", 1, 200, "1", "clone { "+back+" }; next(2);")
			db.Flow(sw, "ingress", 2, 200, "1", "reg0 <-> reg1; next(1);")
		}, true},
		{"after others", ipv4, func(db *sbtest.DB, sw string) { count(db, sw, "reg0 = 1; next(1);") }, true},
		{"that ends", ipv4, func(db *sbtest.DB, sw string) { count(db, sw, back) }, false},
		{"beside another branch", ipv4, func(db *sbtest.DB, sw string) {
			count(db, sw, "clone { next(2); }; next(2);")
			db.Flow(sw, "ingress", 2, 200, "1", back)
		}, false},
		{"until the connection is established", ipv4, func(db *sbtest.DB, sw string) {
			count(db, sw, "ct_next;")
			db.Flow(sw, "ingress", 2, 200, "ct.new", "ct_clear; next(1);")
			db.Flow(sw, "ingress", 2, 200, "ct.est", back)
		}, false},
		{"of a packet that is generated once", strings.Replace(ipv4, "64", "255", 1) + " && icmp4.type == 3 && icmp4.code == 1", func(db *sbtest.DB, sw string) { count(db, sw, "icmp4 { next(1); };") }, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			n := lab(t, "23.03", "next;", func(db *sbtest.DB, sw, _ string) { tt.flows(db, sw) })
			var walks [2]*trace.Trace
			for i := range walks {
				tr := tracetest.Trace(t, n, sim.Request{Microflow: tt.packet, Choices: sim.Choices{CT: []uint64{packet.CTNew | packet.CTTracked, packet.CTEstablished | packet.CTTracked}, Generated: sim.GeneratedOnce, StopsInLoops: i == 1}})
				walks[i] = tr
			}
			ends := func(tr *trace.Trace) (out []string) {
				for _, e := range verdict.Of(tr) {
					if text := fmt.Sprint(e.Outcome, e.Code, e.Port); !slices.Contains(out, text) {
						out = append(out, text)
					}
				}
				slices.Sort(out)
				return out
			}
			if got, want := ends(walks[1]), ends(walks[0]); !slices.Equal(got, want) {
				t.Errorf("ends %q, want %q", got, want)
			}
			all, limits := counts(walks[0])
			few, _ := counts(walks[1])
			if isEndless := limits > 0; isEndless != tt.endless || isEndless && few > 4*rounds || !isEndless && few != all {
				t.Errorf("%d tables of %d, %d limits", few, all, limits)
			}
		})
	}
}
