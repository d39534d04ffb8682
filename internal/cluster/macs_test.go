package cluster_test

import (
	"slices"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/cluster"
	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/internal/tracetest"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// TestMACs has a switch on a physical network, on which each of two chassis has two Ethernet addresses for the routers of
// the switch: r1, r2 whose gateway is hv2, and r3, a gateway router on hv2 that hv1 carries too, because it is joined to r1
// (controller/local_data.c, need_add_peer_to_local). controller/physical.c has what
// replaces what: put_replace_router_port_mac_flows, put_replace_chassis_mac_flows and put_chassis_mac_conj_id_flow. A chassis
// sends with the first (chassis_get_mac in controller/chassis.c).
func TestMACs(t *testing.T) {
	db := sbtest.New("26.03.0")
	on := map[string]any{}
	for _, name := range []string{"hv1", "hv2"} {
		mac := "0a:00:00:00:00:0" + name[2:]
		on[name] = sbtest.Ref(db.Row("Chassis", map[string]any{"name": name, "hostname": name, "other_config": sbtest.Map(
			"ovn-bridge-mappings", "phys:br-ex,bare:br-bare", "ovn-chassis-mac-mappings", "other:0a:00:00:00:00:99,phys:"+mac+",phys:0a:00:00:00:00:98")}))
	}
	sw := db.Datapath("sw", 1)
	db.Port(sw, "ln", 1, "localnet", "options", sbtest.Map("network_name", "phys"))
	db.Port(sw, "bare", 2, "localnet", "options", sbtest.Map("network_name", "bare"))
	db.Port(sw, "gate", 3, "l2gateway", "chassis", on["hv1"], "options", sbtest.Map("network_name", "phys", "l2gateway-chassis", "hv1"))
	db.Port(sw, "vm1", 4, "", "chassis", on["hv1"])
	db.Port(sw, "vm2", 5, "", "chassis", on["hv2"])
	var routers []string
	for i, name := range []string{"r1", "r2", "r3"} {
		r := db.Row("Datapath_Binding", map[string]any{"tunnel_key": 2 + i, "external_ids": sbtest.Map("name", name, "logical-router", "00000000-2222-4000-8000-00000000000"+name[1:])})
		if routers = append(routers, r); name == "r3" {
			continue
		}
		db.Port(sw, "sw-"+name, 6+i, "patch", "options", sbtest.Map("peer", name+"-sw"))
		db.Port(r, name+"-sw", 1, "patch", "mac", sbtest.Set("0a:00:00:00:0"+name[1:]+":00 10.0.0.1/24"), "options", sbtest.Map("peer", "sw-"+name))
		if name == "r2" {
			db.Port(r, "cr-r2-sw", 2, "chassisredirect", "chassis", on["hv2"], "options", sbtest.Map("distributed-port", "r2-sw"))
		}
	}
	db.Port(sw, "sw-r3", 9, "l3gateway", "chassis", on["hv2"], "options", sbtest.Map("peer", "r3-sw"))
	db.Port(routers[2], "r3-sw", 1, "l3gateway", "chassis", on["hv2"], "mac", sbtest.Set("0a:00:00:00:03:00 10.0.0.1/24"), "options", sbtest.Map("peer", "sw-r3"))
	db.Port(routers[0], "r1-r3", 3, "patch", "options", sbtest.Map("peer", "r3-r1"))
	db.Port(routers[2], "r3-r1", 2, "l3gateway", "chassis", on["hv2"], "options", sbtest.Map("peer", "r1-r3"))
	n := tracetest.Read(t, "db", db.Bytes(), lflow.Options{})
	c, err := cluster.New([]*lflow.Network{n}, cluster.Options{})
	if err != nil {
		t.Fatal(err)
	}
	const hv1, hv2, second, r1, r2, r3, vm = 0x0a0000000001, 0x0a0000000002, 0x0a0000000098, 0x0a0000000100, 0x0a0000000200, 0x0a0000000300, 0x0a00000000aa
	for _, tt := range []struct {
		on, port  string
		from, out uint64
	}{
		{"hv1", "ln", r1, hv1},
		{"hv2", "ln", r1, hv2},
		{"hv1", "ln", r2, hv1},
		{"hv2", "ln", r2, r2}, // the gateway
		{"hv1", "ln", r3, r3},
		{"hv2", "ln", r3, hv2},
		{"hv1", "ln", vm, vm},
		{"hv1", "bare", r1, r1},
		{"hv1", "gate", r1, r1},
	} {
		h := c.Named(tt.on)
		port, _ := n.Port(tt.port)
		if got := h.EgressSource(h.Zone.Binding(port), tt.from); got != tt.out {
			t.Errorf("%012x leaves %s by %s from %012x, want %012x", tt.from, tt.on, tt.port, got, tt.out)
		}
	}
	for _, tt := range []struct {
		on, port string
		from     uint64
		all      []uint64
	}{
		{"hv1", "ln", hv2, []uint64{r1, r2}},
		{"hv2", "ln", hv1, []uint64{r1, r2, r3}},
		{"hv1", "ln", second, []uint64{r1, r2}},
		{"hv1", "ln", hv1, nil}, // its own
		{"hv1", "ln", vm, nil},
		{"hv1", "gate", hv2, nil},
	} {
		h := c.Named(tt.on)
		port, _ := n.Port(tt.port)
		if got := h.IngressSources(h.Zone.Binding(port), tt.from); !slices.Equal(got, tt.all) {
			t.Errorf("%012x enters %s by %s from %012x, want %012x", tt.from, tt.on, tt.port, got, tt.all)
		}
	}
}
