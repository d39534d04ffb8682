package reach

import (
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/address"
	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/internal/tracetest"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// TestSecuredPorts sends packets that port security rejects, from a port and to it. A chassis
// checks ports that are bound to it by an interface (controller/lflow.c, add_port_sec_flows):
// no localport, and no port of which it is an additional chassis.
func TestSecuredPorts(t *testing.T) {
	tests := []struct {
		name, class string
		additional  bool
		refused     Kind // the result of packets with other addresses
	}{
		{"interface", "", false, Dropped},
		{"virtual", "virtual", false, Dropped},
		{"localport", "localport", false, Delivered},
		{"external", "external", false, Delivered},
		{"additional chassis", "", true, Undecided},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			db := sbtest.New("23.03.0")
			d := db.Datapath("s", 1)
			hv1 := sbtest.Ref(db.Row("Chassis", map[string]any{"name": "hv1"}))
			columns := []any{"mac", sbtest.Set("0a:00:00:00:00:01 10.0.0.1"), "port_security", sbtest.Set("0a:00:00:00:00:01 10.0.0.1"), "chassis", hv1}
			if test.additional {
				columns = append(columns, "additional_chassis", sbtest.Ref(db.Row("Chassis", map[string]any{"name": "hv2"})))
			}
			db.Port(d, "secured", 1, test.class, columns...)
			db.Port(d, "open", 2, "", "chassis", hv1)
			db.Flow(d, "ingress", 0, 50, "1", "reg0[15] = check_in_port_sec(); next;")
			db.Flow(d, "ingress", 1, 50, "reg0[15] == 1", "drop;")
			db.Flow(d, "ingress", 1, 1, `inport == "open"`, `outport = "secured"; output;`)
			db.Flow(d, "ingress", 1, 0, "1", `outport = "open"; output;`)
			db.Flow(d, "egress", 0, 50, "1", "reg0[15] = check_out_port_sec(); next;")
			db.Flow(d, "egress", 1, 50, "reg0[15] == 1", "drop;")
			db.Flow(d, "egress", 1, 0, "1", "output;")
			n := tracetest.Read(t, "test", db.Bytes(), lflow.Options{})
			zones := OneZone(address.NewResolver(n))
			for _, ask := range []struct {
				from, to, packets string
				want              Kind
			}{
				{"secured", "open", "eth.src == 0a:00:00:00:00:01 && ip4.src == 10.0.0.1", Delivered},
				{"secured", "open", "eth.src == 0a:00:00:00:00:01 && ip4.src == 10.0.0.9", test.refused},
				{"open", "secured", "eth.dst == 0a:00:00:00:00:01 && ip4.dst == 10.0.0.1", Delivered},
				{"open", "secured", "eth.dst == 0a:00:00:00:00:01 && ip4.dst == 10.0.0.9", test.refused},
			} {
				if test.class == "virtual" && ask.to == "secured" {
					ask.want = Dropped // it has no interface
				}
				a, err := zones.Ask(t.Context(), &Question{From: []*lflow.Port{zones.owned(ask.from)}, To: []*lflow.Port{zones.owned(ask.to)}, Spoof: true, Packets: ask.packets})
				if err != nil {
					t.Fatal(err)
				}
				for _, r := range a.Parts[0].Results {
					if r.Kind != ask.want && (r.Kind != Elsewhere || ask.want != Dropped) {
						t.Errorf("%s: %v, want %v", ask.packets, r.Kind, ask.want)
					}
				}
			}
		})
	}
}
