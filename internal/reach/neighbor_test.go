package reach

import (
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/address"
	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/internal/tracetest"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// TestStaticMAC tests at which port packets arrive if a router looks up the Ethernet address of
// their destination: chassis use Static_MAC_Binding (controller/lflow.c, consider_neighbor_flow),
// before MAC_Binding if it overrides that.
func TestStaticMAC(t *testing.T) {
	const first, second = "0a:00:00:00:00:01", "0a:00:00:00:00:02"
	tests := []struct {
		name, learned, static string
		overrides             bool
		want                  string // the port at which packets arrive
	}{
		{"none", "", "", false, ""},
		{"learned", first, "", false, "first"},
		{"configured", "", second, false, "second"},
		{"both", first, second, false, "first"},
		{"configured overrides", first, second, true, "second"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			db := sbtest.New("23.03.0")
			lan, router, ext := db.Datapath("lan", 1), db.Datapath("router", 2), db.Datapath("ext", 3)
			db.Port(lan, "a", 1, "")
			db.Port(lan, "lan-r", 2, "patch", "options", sbtest.Map("peer", "r-lan"))
			db.Port(router, "r-lan", 1, "patch", "options", sbtest.Map("peer", "lan-r"))
			db.Port(router, "r-ext", 2, "patch", "options", sbtest.Map("peer", "ext-r"))
			db.Port(ext, "ext-r", 1, "patch", "options", sbtest.Map("peer", "r-ext"))
			db.Port(ext, "first", 2, "")
			db.Port(ext, "second", 3, "")
			db.Flow(lan, "ingress", 0, 0, "1", `outport = "lan-r"; output;`)
			db.Flow(router, "ingress", 0, 0, "ip4", `outport = "r-ext"; reg0 = ip4.dst; get_arp(outport, reg0); next;`)
			db.Flow(router, "ingress", 1, 1, "eth.dst == 00:00:00:00:00:00", "drop;")
			db.Flow(router, "ingress", 1, 0, "1", "output;")
			db.Flow(ext, "ingress", 0, 0, "eth.dst == "+first, `outport = "first"; output;`)
			db.Flow(ext, "ingress", 0, 0, "eth.dst == "+second, `outport = "second"; output;`)
			for _, d := range []string{lan, router, ext} {
				db.Flow(d, "egress", 0, 0, "1", "output;")
			}
			if test.learned != "" {
				db.Row("MAC_Binding", map[string]any{"logical_port": "r-ext", "ip": "10.0.0.9", "mac": test.learned, "datapath": sbtest.Ref(router)})
			}
			if test.static != "" {
				db.Row("Static_MAC_Binding", map[string]any{"logical_port": "r-ext", "ip": "10.0.0.9", "mac": test.static, "override_dynamic_mac": test.overrides, "datapath": sbtest.Ref(router)})
			}
			n := tracetest.Read(t, "test", db.Bytes(), lflow.Options{})
			zones := OneZone(address.NewResolver(n))
			from := zones.owned("a")
			for _, name := range []string{"first", "second"} {
				a, err := zones.Ask(t.Context(), &Question{From: []*lflow.Port{from}, To: []*lflow.Port{zones.owned(name)}, Packets: "ip4.dst == 10.0.0.9"})
				if err != nil {
					t.Fatal(err)
				}
				arrives := false
				for _, r := range a.Parts[0].Results {
					arrives = arrives || r.Kind == Delivered
				}
				if arrives != (name == test.want) {
					t.Errorf("arrives at %s: %t", name, arrives)
				}
			}
		})
	}
}
