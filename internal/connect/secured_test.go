package connect_test

import (
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/connect"
	"github.com/ovnwalk/ovnwalk/internal/sbtest"
)

// TestSecuredOnMainChassis sends from an address that port security refuses: flows for it are
// on the chassis that a port is bound to, so that there are none for a localport
// (controller/lflow.c, add_port_sec_flows).
func TestSecuredOnMainChassis(t *testing.T) {
	for _, test := range []struct {
		name, class, on string
		arrives         bool
	}{
		{"main", "", "hv1", false},
		{"additional", "", "hv2", true},
		{"localport", "localport", "hv1", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			db := sbtest.New("23.03.0")
			hv1, hv2 := db.Row("Chassis", map[string]any{"name": "hv1"}), db.Row("Chassis", map[string]any{"name": "hv2"})
			d := db.Datapath("s", 1)
			columns := []any{"port_security", sbtest.Set("0a:00:00:00:00:01 10.0.0.1")}
			if test.class == "" {
				columns = append(columns, "chassis", sbtest.Ref(hv1), "additional_chassis", sbtest.Ref(hv2))
			}
			db.Port(d, "a", 1, test.class, columns...)
			db.Port(d, "b", 2, "", "chassis", sbtest.Ref(map[string]string{"hv1": hv1, "hv2": hv2}[test.on]), "mac", sbtest.Set("0a:00:00:00:00:02 10.0.0.2"))
			db.Flow(d, "ingress", 0, 50, "1", "reg0[15] = check_in_port_sec(); next;")
			db.Flow(d, "ingress", 1, 50, "reg0[15] == 1", "drop;")
			db.Flow(d, "ingress", 1, 0, "1", `outport = "b"; output;`)
			db.Flow(d, "egress", 0, 0, "1", "output;")
			a := answerOver(t, clusterOf(t, db), connect.Opening{Chassis: test.on, Microflow: `inport == "a" && eth.src == 0a:00:00:00:00:09 && eth.dst == 0a:00:00:00:00:02 && ip4.src == 10.0.0.9 && ip4.dst == 10.0.0.2 && udp`})
			if got := a.Outcomes[0].Packets[0].Arrived; (len(got) == 1) != test.arrives {
				t.Errorf("%d packets arrive", len(got))
			}
		})
	}
}
