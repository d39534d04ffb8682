package explain

import (
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/internal/tracetest"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/sim"
	"github.com/ovnwalk/ovnwalk/trace"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// network is a switch with ports p1 and p2 and flows that more adds, a router that
// no port joins to it, and a port group and address sets.
func network(t *testing.T, more func(db *sbtest.DB, sw string)) *lflow.Network {
	t.Helper()
	db := sbtest.New("23.03")
	sw := db.Datapath("sw", 1)
	db.Port(sw, "p1", 1, "")
	db.Port(sw, "ce2ad98f-58cf-4b47-bd7c-38019f844b7b", 2, "", "external_ids", sbtest.Map("name", "p2"))
	lr := db.Row("Datapath_Binding", map[string]any{
		"tunnel_key": 2, "external_ids": sbtest.Map("name", "lr", "logical-router", "00000002-1111-4000-8000-000000000000"),
	})
	db.Port(lr, "lrp", 1, "patch")
	db.Flow(lr, "ingress", 3, 90, "arp.op == 1 && arp.tpa == 10.9.9.9", "output;")
	db.Row("Port_Group", map[string]any{"name": "1_pg", "ports": sbtest.Set("p1")})
	db.Row("Address_Set", map[string]any{"name": "as", "addresses": sbtest.Set("10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4", "10.0.0.5")})
	more(db, sw)
	return tracetest.Read(t, "test", db.Bytes(), lflow.Options{})
}

func walk(t *testing.T, n *lflow.Network, microflow string) *trace.Trace {
	t.Helper()
	return tracetest.Trace(t, n, sim.Request{Microflow: microflow})
}

const udp = `inport == "p1" && eth.src == 0a:00:00:00:00:01 && eth.dst == 0a:00:00:00:00:02 && ip4.src == 10.0.0.11 && ip4.dst == 10.0.0.12 && ip.ttl == 64 && udp.dst == 53`

// TestParts marks the smallest part of a match that fails, with the value of the packet and the one in
// the match.
func TestParts(t *testing.T) {
	for _, c := range []struct{ name, match, actions, want string }{
		{"one comparison", "ip4.dst == 10.0.0.13", "next;", "[ip4.dst == 10.0.0.13] ip4.dst is 10.0.0.12, wanted 10.0.0.13"},
		{"one of several", "ip4 && ip4.dst == 10.0.0.13 && udp", "next;", "[ip4.dst == 10.0.0.13] ip4.dst is 10.0.0.12, wanted 10.0.0.13"},
		{
			"two of several", "ip4.src == 10.0.0.1 && ip4.dst == 10.0.0.13", "next;",
			"[ip4.src == 10.0.0.1] ip4.src is 10.0.0.11, wanted 10.0.0.1; [ip4.dst == 10.0.0.13] ip4.dst is 10.0.0.12, wanted 10.0.0.13",
		},
		{
			"the closer alternative", "(ip4.dst == 10.0.0.13 && udp.dst == 54) || ip4.dst == 10.0.0.14", "next;",
			"[ip4.dst == 10.0.0.14] ip4.dst is 10.0.0.12, wanted 10.0.0.14",
		},
		{"the nearer of equals", "ip4.dst == 99.0.0.12 || ip4.dst == 10.0.0.13", "next;", "[ip4.dst == 10.0.0.13] ip4.dst is 10.0.0.12, wanted 10.0.0.13"},
		{"a set", "ip4.dst == {10.0.0.13, 10.0.0.14}", "next;", "[ip4.dst == {10.0.0.13, 10.0.0.14}] ip4.dst is 10.0.0.12, wanted 10.0.0.13, 10.0.0.14"},
		{"an address set", "ip4.src == $as", "next;", "[ip4.src == $as] ip4.src is 10.0.0.11, wanted 10.0.0.1, 10.0.0.2, 10.0.0.3, 10.0.0.4, 1 more ($as)"},
		{"a prefix", "ip4.dst == 10.0.1.0/24", "next;", "[ip4.dst == 10.0.1.0/24] ip4.dst is 10.0.0.12, wanted 10.0.1.0/24"},
		{
			"another mask", "eth.dst == 01:00:00:00:00:00/01:00:00:00:00:00", "next;",
			"[eth.dst == 01:00:00:00:00:00/01:00:00:00:00:00] eth.dst is 0a:00:00:00:00:02, wanted 01:00:00:00:00:00/01:00:00:00:00:00",
		},
		{"not", "ip4.dst != 10.0.0.12", "next;", "[ip4.dst != 10.0.0.12] ip4.dst is 10.0.0.12, wanted anything but 10.0.0.12"},
		{
			"not, driven down", "!(ip4.dst == 10.0.0.12 || tcp.dst == 4)", "next;",
			"[ip4.dst == 10.0.0.12] ip4.dst is 10.0.0.12, wanted anything but 10.0.0.12; [tcp.dst == 4] ip.proto is 17, wanted 6, as tcp.dst needs",
		},
		{"not one of a set", "ip4.dst != {10.0.0.12, 10.0.0.13}", "next;", "[ip4.dst != {10.0.0.12, 10.0.0.13}] ip4.dst is 10.0.0.12, wanted anything but 10.0.0.12"},
		{"an order", "udp.dst >= 1024", "next;", "[udp.dst >= 1024] udp.dst is 53, wanted >= 1024"},
		{"a range", "100 <= udp.dst < 200", "next;", "[100 <= udp.dst < 200] udp.dst is 53, wanted >= 100"},
		{"a predicate", "ip4 && tcp", "next;", "[tcp] ip.proto is 17, wanted 6 (tcp)"},
		{"another kind of packet", "ip6", "next;", "[ip6] eth.type is 0x800, wanted 0x86dd (ip6)"},
		{"a predicate of a bit", "ip.is_frag", "next;", "[ip.is_frag] ip.frag[0] is 0, wanted 1 (ip.is_frag)"},
		{
			"a comparison that must not hold", "ip4 && !ip.is_frag && !vlan.present && !eth.bcast && !(udp.dst == 53)", "next;",
			"[!(udp.dst == 53)] udp.dst is 53, wanted anything but 53",
		},
		{"what a comparison needs", "tcp.dst == 53", "next;", "[tcp.dst == 53] ip.proto is 17, wanted 6, as tcp.dst needs"},
		{"a subfield", "ip.dscp == 3 && ip4", "next;", "[ip.dscp == 3] ip.dscp is 0, wanted 3"},
		{"some bits", "ip4.dst[0..7] == 13", "next;", "[ip4.dst[0..7] == 13] ip4.dst is 10.0.0.12, wanted 0.0.0.13/0.0.0.255"},
		{"a bit", "reg0[3] == 1", "next;", "[reg0[3] == 1] reg0[3] is 0, wanted 1"},
		{"an address in a register", "reg0 == 10.0.0.1", "next;", "[reg0 == 10.0.0.1] reg0 is 0.0.0.0, wanted 10.0.0.1"},
		{"a conntrack state", "ct.est", "next;", "[ct.est] ct.trk is 0, wanted 1, as ct.est needs"},
		{"a port, by the name that people know", `inport == "ce2ad98f-58cf-4b47-bd7c-38019f844b7b" && ip4`, "next;", `[inport == "p2"] inport is p1, wanted p2`},
		{
			"after a renamed port", `inport == {"p1", "ce2ad98f-58cf-4b47-bd7c-38019f844b7b"} && ip4.dst == 10.0.0.13`, "next;",
			"[ip4.dst == 10.0.0.13] ip4.dst is 10.0.0.12, wanted 10.0.0.13",
		},
		{"a port of another datapath", `inport == "lrp"`, "next;", `[inport == "lrp"] inport is p1, wanted lrp (of lr)`},
		{"no port yet", `outport == "p1"`, "next;", `[outport == "p1"] outport is none, wanted p1`},
		{"a port group", "inport == @pg && outport == @pg", "next;", "[outport == @pg] outport is none, wanted a port of @pg"},
		{"never", "0", "next;", "[0] the match is any packet, wanted none"},
		{"a chassis", `is_chassis_resident("nobody")`, "next;", `[is_chassis_resident("nobody")] is_chassis_resident("nobody") is 0, as there is no such port, wanted 1`},
		{"what the actions need", "udp", "tcp_reset { output; };", "[] ip.proto is 17, wanted 6"},
		{"nothing: it matches", "udp.dst == 53", "next;", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := network(t, func(db *sbtest.DB, sw string) { db.Flow(sw, "ingress", 0, 1, c.match, c.actions) })
			w := walk(t, n, udp)
			j := newMatchAnalyzer(n, true)
			s := (&Explainer{n: n, j: j, t: w}).findSteps()[0]
			f := n.Flows(s.d, s.pipeline, s.table)[0]
			fs, ok := j.failures(f, s.packetAt())
			if !ok {
				t.Fatalf("%s does not parse: %v", c.match, f.Err(s.d))
			}
			var got []string
			m := j.nearMiss(s.place, f, fs, s.packetAt())
			for _, p := range m.Parts {
				got = append(got, "["+m.Match[p.Start:p.End]+"] "+partText(p))
			}
			if text := strings.Join(got, "; "); text != c.want {
				t.Errorf("%s:\ngot  %s\nwant %s", c.match, text, c.want)
			}
		})
	}
}

// TestNear puts the flow that lacks least first.
func TestNear(t *testing.T) {
	n := network(t, func(db *sbtest.DB, sw string) {
		db.Flow(sw, "ingress", 0, 6, "ip6.dst == fd00::1", "output;")
		db.Flow(sw, "ingress", 0, 5, "ip4.dst == 99.0.0.12 && udp", "output;")
		db.Flow(sw, "ingress", 0, 4, "ip4.dst == 10.0.0.13 && udp.dst == 52", "output;")
		db.Flow(sw, "ingress", 0, 3, "ip4.dst == 10.0.0.13", "output;")
		db.Flow(sw, "ingress", 0, 2, "ip4.dst == 10.0.0.14", "next;")
		db.Flow(sw, "ingress", 0, 1, "ip4", "next;")
		db.Flow(sw, "ingress", 0, 0, "ip4.dst == 10.0.0.15", "output;")
	})
	w := walk(t, n, udp)
	j := newMatchAnalyzer(n, true)
	s := (&Explainer{n: n, j: j, t: w}).findSteps()[0]
	var got []string
	for _, m := range j.near(&s) {
		got = append(got, m.flow.MatchText())
	}
	// The flow that does the same as the one that was taken, and the one of lower
	// priority, are no misses.
	want := "ip4.dst == 10.0.0.13 | ip4.dst == 99.0.0.12 && udp | ip4.dst == 10.0.0.13 && udp.dst == 52 | ip6.dst == fd00::1"
	if strings.Join(got, " | ") != want {
		t.Errorf("got %s, want %s", strings.Join(got, " | "), want)
	}
	misses := NearMisses(n, w, 1, true)
	if len(misses) != 1 || len(misses[s.node]) != 1 || misses[s.node][0].Match != "ip4.dst == 10.0.0.13" {
		t.Errorf("misses of the trace: %+v", misses)
	}
}

// TestTurn finds the last step from which a flow would have led to a port, at a
// table that the trace passes in silence too.
func TestTurn(t *testing.T) {
	n := network(t, func(db *sbtest.DB, sw string) {
		db.Flow(sw, "ingress", 0, 9, "ip4.dst == 10.0.0.13", `outport = "ce2ad98f-58cf-4b47-bd7c-38019f844b7b"; output;`)
		db.Flow(sw, "ingress", 0, 0, "ip4", "reg0 = 1; next;")
		db.Flow(sw, "ingress", 1, 9, "udp.dst == 54", "reg1 = 7; next;")
		db.Flow(sw, "ingress", 1, 0, "1", "next;")
		db.Flow(sw, "ingress", 2, 9, "reg1 == 7", `outport = "ce2ad98f-58cf-4b47-bd7c-38019f844b7b"; output;`)
		db.Flow(sw, "ingress", 2, 8, "udp.src == 9", "drop;")
		db.Flow(sw, "ingress", 2, 0, "1", `outport = "p1"; flags.loopback = 1; output;`)
		db.Flow(sw, "egress", 0, 1, "1", "output;")
	})
	w := walk(t, n, udp)
	a := NewExplainer(n, w, sim.Choices{}, nil)
	p2, _ := n.FindPort("p2")
	answer := a.Port(p2).Port
	if answer.Reached || answer.Divergence == nil || answer.Divergence.Match != "reg1 == 7" {
		t.Fatalf("%+v", answer)
	}
	p1, err := n.Port("p1")
	if err != nil {
		t.Fatal(err)
	}
	if answer := a.Port(p1).Port; !answer.Reached {
		t.Errorf("p1: %+v, want reached", answer)
	}
	// Without that flow the divergence is where the trace shows nothing.
	n = network(t, func(db *sbtest.DB, sw string) {
		db.Flow(sw, "ingress", 0, 9, "udp.dst == 54", `outport = "ce2ad98f-58cf-4b47-bd7c-38019f844b7b"; output;`)
		db.Flow(sw, "ingress", 0, 0, "1", "next;")
		db.Flow(sw, "ingress", 1, 0, "ip4", "drop;")
		db.Flow(sw, "egress", 0, 1, "1", "output;")
	})
	p2, _ = n.FindPort("p2")
	answer = NewExplainer(n, walk(t, n, udp), sim.Choices{}, nil).Port(p2).Port
	if answer.Divergence == nil || answer.Divergence.Place.Table != 0 || answer.With {
		t.Errorf("%+v, want a divergence at table 0", answer)
	}
	// And one that leads there only with what it wants of the packet.
	n = network(t, func(db *sbtest.DB, sw string) {
		db.Flow(sw, "ingress", 0, 9, "udp.dst == 54", "next;")
		db.Flow(sw, "ingress", 0, 0, "ip4", "drop;")
		db.Flow(sw, "ingress", 1, 0, "udp.dst == 54", `outport = "ce2ad98f-58cf-4b47-bd7c-38019f844b7b"; output;`)
		db.Flow(sw, "egress", 0, 1, "1", "output;")
	})
	p2, _ = n.FindPort("p2")
	if answer = NewExplainer(n, walk(t, n, udp), sim.Choices{}, nil).Port(p2).Port; answer.Divergence == nil || !answer.With {
		t.Errorf("%+v, want a divergence with other values", answer)
	}
}

// TestAddresses finds the rows with a destination address that no flow on the path has.
func TestAddresses(t *testing.T) {
	n := network(t, func(db *sbtest.DB, sw string) { db.Flow(sw, "ingress", 0, 0, "ip4.dst == 110.9.9.9", "next;") })
	w := walk(t, n, `inport == "p1" && eth.dst == 0a:00:00:00:00:77 && ip4.dst == 10.9.9.9`)
	got := NewExplainer(n, w, sim.Choices{}, nil).Everything().Addresses
	if len(got) != 2 || got[0].Value != "10.9.9.9" || got[1].Value != "0a:00:00:00:00:77" || len(got[1].Named) != 0 {
		t.Fatalf("%+v", got)
	}
	d := got[0].Named
	if len(d) != 1 || d[0].Datapath != "lr" || !d[0].Router || d[0].Gateway || len(d[0].Ports) != 0 || d[0].Connects != "" {
		t.Errorf("%+v", d)
	}
}

func TestNames(t *testing.T) {
	for _, c := range []struct {
		text, address string
		want          bool
	}{
		{"ip4.dst == 10.0.0.1", "10.0.0.1", true},
		{"ip4.dst == 10.0.0.11", "10.0.0.1", false},
		{"ip4.dst == 110.0.0.1", "10.0.0.1", false},
		{"ip4.dst == {110.0.0.1, 10.0.0.1}", "10.0.0.1", true},
		{"ct_dnat(10.0.0.1);", "10.0.0.1", true},
		{"ip4.dst == 10.0.0.1/32", "10.0.0.1", true},
		{"nd.target == fd00::1", "fd00::1", true},
		{"nd.target == fd00::12", "fd00::1", false},
		{"eth.dst == 0a:00:00:00:00:01", "0a:00:00:00:00:01", true},
		{"", "10.0.0.1", false},
	} {
		if got := names(c.text, c.address); got != c.want {
			t.Errorf("%q names %s: %v, want %v", c.text, c.address, got, c.want)
		}
	}
}

// TestWindow abbreviates a long match: it keeps the part that failed and cuts between runes.
func TestWindow(t *testing.T) {
	long := strings.Repeat("a", 300) + "üü" + strings.Repeat("b", 300)
	m := verdict.NearMiss{
		Place: trace.Place{Datapath: trace.DatapathNamed("sw", 1), Stage: "ls_in_acl", Flow: &trace.Flow{Priority: 7}}, Match: long,
		Parts: []verdict.FailedPart{{Start: 300, End: 304, Field: "f", Actual: "1", Wanted: "2"}},
	}
	var b strings.Builder
	if err := Write(&b, &Answer{Subject: "ls_in_acl", NearMisses: []verdict.NearMiss{m}}, Style{Width: 40}); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(b.String(), "\n")
	text, carets := []rune(lines[2]), []rune(lines[3])
	at := strings.IndexRune(string(carets), '^')
	if got := string(text[at : at+2]); got != "üü" || len(text) > 60 || carets[at+1] != '^' || carets[at+2] == '^' {
		t.Errorf("%s", b.String())
	}
}
