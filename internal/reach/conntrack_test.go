package reach

import (
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// TestUntranslatedPacketsAreNoReplies sends packets through one conntrack zone twice, with a commit
// in between. A packet with the same addresses is not a reply, so that packets need not be divided by
// their addresses.
func TestUntranslatedPacketsAreNoReplies(t *testing.T) {
	db := sbtest.New("25.03")
	sw := db.Datapath("sw", 1)
	db.Port(sw, "in", 1, "localnet", "options", sbtest.Map("network_name", "phys"))
	db.Port(sw, "out", 2, "", "mac", sbtest.Set("unknown"))
	db.Flow(sw, "ingress", 0, 0, "ip6", "ct_commit { }; next;")
	db.Flow(sw, "ingress", 1, 0, "1", "ct_next;")
	db.Flow(sw, "ingress", 2, 1, "ct.rpl", "drop;")
	db.Flow(sw, "ingress", 2, 0, "ct.est", `outport = "out"; output;`)
	db.Flow(sw, "egress", 0, 0, "1", "output;")
	resolver, port := readNetwork(t, "replies", db)
	a, err := OneZone(resolver).Ask(t.Context(), &Question{From: []*lflow.Port{port("in")}, Packets: "ip6 && tcp"})
	if err != nil {
		t.Fatal(err)
	}
	if results := a.Parts[0].Results; len(results) != 1 || results[0].Kind != Delivered {
		t.Errorf("got %d results, the first is %v; all packets are delivered", len(results), results[0].Kind)
	}
}

// TestGatewayRoutersPassUntranslatedPackets sends packets through ct_snat without an address
// on a gateway router. On chassis those without an earlier translation continue, ovn-sb(5).
func TestGatewayRoutersPassUntranslatedPackets(t *testing.T) {
	db := sbtest.New("23.03")
	gw := db.Datapath("gw", 1)
	db.Port(gw, "in", 1, "l3gateway")
	db.Port(gw, "out", 2, "")
	db.Flow(gw, "ingress", 0, 0, "ip4.dst == 10.9.9.9", "ct_snat;")
	db.Flow(gw, "ingress", 1, 0, "1", `outport = "out"; output;`)
	db.Flow(gw, "egress", 0, 0, "1", "output;")
	resolver, port := readNetwork(t, "gateway", db)
	for _, to := range [][]*lflow.Port{nil, {port("out")}} {
		a, err := OneZone(resolver).Ask(t.Context(), &Question{From: []*lflow.Port{port("in")}, To: to, Packets: "ip4.dst == 10.9.9.9", Spoof: true})
		if err != nil {
			t.Fatal(err)
		}
		if results := a.Parts[0].Results; len(results) != 1 || results[0].Kind != Delivered {
			t.Errorf("to %v: got %d results, the first is %v; all packets are delivered", to, len(results), results[0].Kind)
		}
	}
}

// TestPacketsThatOpenNoConnection sends packets through conntrack on a switch with a load balancer. Some open a connection
// (lib/conntrack-tcp.c and lib/conntrack-icmp.c of Open vSwitch), and some of these are balanced; the others are invalid.
func TestPacketsThatOpenNoConnection(t *testing.T) {
	db := sbtest.New("25.03")
	sw := db.Datapath("sw", 1)
	db.Port(sw, "in", 1, "", "mac", sbtest.Set("00:00:00:00:00:01 10.0.0.1"))
	db.Port(sw, "new", 2, "", "mac", sbtest.Set("00:00:00:00:00:02 10.0.0.2"))
	db.Port(sw, "invalid", 3, "", "mac", sbtest.Set("00:00:00:00:00:03 10.0.0.3"))
	db.Flow(sw, "ingress", 0, 10, "ip4.dst == 10.9.9.9 && tcp", "ct_lb_mark(backends=10.0.0.2:80);")
	db.Flow(sw, "ingress", 0, 5, "ip", "ct_next;")
	db.Flow(sw, "ingress", 1, 10, "ct.new && ip4.dst == 10.0.0.2", `outport = "new"; output;`)
	db.Flow(sw, "ingress", 1, 10, "ct.inv && ip4.dst == {10.0.0.2, 10.9.9.9}", `outport = "invalid"; output;`)
	db.Flow(sw, "egress", 0, 0, "1", "output;")
	resolver, port := readNetwork(t, "invalid", db)
	for _, tt := range []struct {
		packets  string
		new, inv bool // whether some arrive at the port for new connections, and at that for invalid ones
	}{
		{"tcp.flags == 0x02 && ip4.dst == 10.0.0.2", true, false},
		{"tcp.flags == 0x10 && ip4.dst == 10.0.0.2", true, false},
		{"tcp.flags == 0x04 && ip4.dst == 10.0.0.2", true, false},
		{"tcp.flags == 0x12 && ip4.dst == 10.0.0.2", false, true},
		{"tcp.flags == 0x03 && ip4.dst == 10.0.0.2", false, true},
		{"tcp.flags == 0x01 && ip4.dst == 10.0.0.2", false, true},
		{"tcp.flags == 0x00 && ip4.dst == 10.0.0.2", false, true},
		{"tcp.flags == 0x02 && ip4.dst == 10.9.9.9", true, false},
		{"tcp.flags == 0x12 && ip4.dst == 10.9.9.9", false, true}, // it is not translated
		{"icmp4.type == {8, 13, 15} && ip4.dst == 10.0.0.2", true, false},
		{"icmp4.type == {0, 3, 11, 14, 17} && ip4.dst == 10.0.0.2", false, true},
		{"udp && ip4.dst == 10.0.0.2", true, false},
		{"ip4.dst == 10.0.0.2", true, true},
	} {
		for name, want := range map[string]bool{"new": tt.new, "invalid": tt.inv} {
			q := &Question{From: []*lflow.Port{port("in")}, To: []*lflow.Port{port(name)}, Packets: tt.packets, Later: true}
			a, err := OneZone(resolver).Ask(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			proof, err := a.Check(Assertion{None: true})
			if err != nil || proof.Holds == want || !want != (proof.Counterexample == "") {
				t.Errorf("%s: proof that none arrives at %s: %v; some arrive: %v (%v)", tt.packets, name, proof.Holds, want, err)
			}
		}
	}
	for _, tt := range []struct {
		packets string
		holds   bool // whether all packets arrive as those of new connections
	}{
		{"ip4.dst == 10.0.0.2", true}, // the first packets of connections
		{"tcp && ip4.dst == 10.0.0.2", true},
		{"tcp.flags != 2 && ip4.dst == 10.0.0.2", false},
		{"icmp4.type == {3, 8} && ip4.dst == 10.0.0.2", false},
	} {
		a, err := OneZone(resolver).Ask(t.Context(), &Question{From: []*lflow.Port{port("in")}, To: []*lflow.Port{port("new")}, Packets: tt.packets})
		if err != nil {
			t.Fatal(err)
		}
		if proof, err := a.Check(Assertion{All: true}); err != nil || proof.Holds != tt.holds {
			t.Errorf("%s: proof that all arrive: %v, want %v (%v)", tt.packets, proof.Holds, tt.holds, err)
		}
	}
}
