package reach

import (
	"slices"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/address"
	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// TestUntranslatedPacketsAreNoReplies sends packets with any two addresses through one zone
// twice. Their connection was committed in between, and a packet with the same addresses is
// no reply, whatever they are, so that the packets are not divided by them.
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

// TestGatewayRoutersPassWhatIsNotTranslated sends packets through ct_snat without an address
// on a gateway router. On chassis those without an earlier translation go on, ovn-sb(5).
func TestGatewayRoutersPassWhatIsNotTranslated(t *testing.T) {
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

// TestFromPhysicalNetworks asks for the packets of all physical networks of recorded
// databases: they are divided into sets, none of which is undecided because of a translation.
func TestFromPhysicalNetworks(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: too long for -short")
	}
	asked := 0
	eachNetwork(t, func(t *testing.T, n *lflow.Network) {
		for _, d := range n.Datapaths {
			i := slices.IndexFunc(d.Ports(), func(p *lflow.Port) bool { return p.Type == "localnet" })
			if i < 0 {
				continue
			}
			a, err := OneZone(address.NewResolver(n)).Ask(t.Context(), &Question{From: d.Ports()[i : i+1]})
			if err != nil {
				t.Errorf("%s: %v", d.Name, err)
				continue
			}
			for _, r := range a.Parts[0].Results {
				if r.Reason == "the effect of ct_snat is not modelled" {
					t.Errorf("%s: %s", d.Name, r.Reason)
				}
			}
			asked++
		}
	})
	t.Logf("packets of %d physical networks", asked)
}
