package cluster_test

import (
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/cluster"
	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/internal/tracetest"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// TestClaims has two or three candidates for a gateway port that no chassis has claimed, as ha_chassis_group_is_active of
// controller/ha-chassis.c decides who claims it: BFD monitors the tunnels between candidates, and between them and
// the chassis that use the port.
func TestClaims(t *testing.T) {
	for _, test := range []struct {
		name string
		// encaps are the types of tunnels of gw1, gw2, gw3 and hv1; "" for no such chassis. The first has the highest priority.
		encaps [4]string
		users  []int // chassis in ref_chassis
		down   []string
		want   string
	}{
		{"all", [4]string{"geneve", "geneve", "geneve", "geneve"}, []int{3}, nil, "gw1"},
		{"the only one", [4]string{"geneve", "", "", ""}, nil, nil, "gw1"},
		{"the only one is down", [4]string{"geneve", "", "", "geneve"}, []int{3}, []string{"gw1"}, ""},
		{"the first is down", [4]string{"geneve", "geneve", "", "geneve"}, []int{0, 1, 3}, []string{"gw1"}, "gw2"},
		{"the first is down, nobody else uses it", [4]string{"geneve", "geneve", "", "geneve"}, []int{0, 1}, []string{"gw1"}, ""},
		{"the first is down, of three", [4]string{"geneve", "geneve", "geneve", ""}, nil, []string{"gw1"}, "gw2"},
		{"two are down", [4]string{"geneve", "geneve", "geneve", "geneve"}, []int{3}, []string{"gw1", "gw2"}, "gw3"},
		{"no tunnel between them", [4]string{"geneve", "vxlan", "", ""}, []int{0, 1}, nil, ""},
		{"no tunnel between them, the second is connected", [4]string{"geneve", "vxlan", "", "vxlan"}, []int{3}, nil, "gw2"},
		{"the first has no tunnels to the others", [4]string{"stt", "geneve", "geneve", ""}, nil, nil, "gw2"},
	} {
		t.Run(test.name, func(t *testing.T) {
			db := sbtest.New("23.03.0")
			var chassis, members, users []string
			for i, name := range []string{"gw1", "gw2", "gw3", "hv1"} {
				row := ""
				if typ := test.encaps[i]; typ != "" {
					encap := db.Row("Encap", map[string]any{"type": typ, "ip": "192.0.2.1"})
					row = db.Row("Chassis", map[string]any{"name": name, "encaps": sbtest.Refs(encap)})
				}
				chassis = append(chassis, row)
				if i < 3 && row != "" {
					members = append(members, db.Row("HA_Chassis", map[string]any{"chassis": sbtest.Ref(row), "priority": 30 - i}))
				}
			}
			for _, i := range test.users {
				users = append(users, chassis[i])
			}
			group := db.Row("HA_Chassis_Group", map[string]any{"name": "g", "ha_chassis": sbtest.Refs(members...), "ref_chassis": sbtest.Refs(users...)})
			r := db.Datapath("r", 1)
			db.Port(r, "lrp", 1, "patch", "options", sbtest.Map("chassis-redirect-port", "cr-lrp"))
			db.Port(r, "cr-lrp", 2, "chassisredirect", "options", sbtest.Map("distributed-port", "lrp"), "ha_chassis_group", sbtest.Ref(group))
			c, err := cluster.New([]*lflow.Network{tracetest.Read(t, "sb", db.Bytes(), lflow.Options{})}, cluster.Options{Down: test.down})
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			if b := c.Zones[0].BindingNamed("cr-lrp"); b.Chassis != nil {
				got = b.Chassis.Name
			}
			if got != test.want {
				t.Errorf("%q claims the port, want %q", got, test.want)
			}
		})
	}
}
