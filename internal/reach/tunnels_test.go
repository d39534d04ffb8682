package reach

import (
	"fmt"
	"slices"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/address"
	"github.com/ovnwalk/ovnwalk/internal/connect"
	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// severed returns a switch with ports on chassis with different tunnels and transport zones, an unbound port, and a
// virtual one. Flows of the egress pipeline compare the input port. Actions select the output ports.
func severed(actions string) *sbtest.DB {
	db := sbtest.New("23.03.0")
	d := db.Datapath("sw", 1)
	ports := []string{db.Port(d, "nowhere", 7, "")}
	for i, c := range []struct {
		name, zone string
		encaps     []string
	}{
		{"both", "", []string{"geneve", "vxlan"}},
		{"geneve", "", []string{"geneve"}},
		{"vxlan1", "", []string{"vxlan"}},
		{"vxlan2", "", []string{"vxlan"}},
		{"apart1", "z", []string{"geneve"}},
		{"apart2", "z", []string{"geneve"}},
	} {
		row := map[string]any{"name": c.name, "hostname": c.name}
		var encaps []string
		for _, typ := range c.encaps {
			encaps = append(encaps, db.Row("Encap", map[string]any{"type": typ, "ip": fmt.Sprint("192.0.2.", i+1)}))
		}
		if row["encaps"] = sbtest.Refs(encaps...); c.zone != "" {
			row["transport_zones"] = sbtest.Set(c.zone)
		}
		on := sbtest.Ref(db.Row("Chassis", row))
		if ports = append(ports, db.Port(d, c.name, i+1, "", "chassis", on)); i == 0 {
			ports = append(ports, db.Port(d, "virtual", 8, "virtual", "chassis", on, "virtual_parent", c.name))
		}
	}
	db.Row("Multicast_Group", map[string]any{"datapath": sbtest.Ref(d), "name": "_MC_flood", "tunnel_key": 0x8000, "ports": sbtest.Refs(ports...)})
	db.Flow(d, "ingress", 0, 0, "1", actions)
	db.Flow(d, "egress", 0, 30, `inport == "vxlan1" && outport == "vxlan2"`, "drop;")
	db.Flow(d, "egress", 0, 30, `inport == "geneve" && outport == "both"`, "drop;")
	db.Flow(d, "egress", 0, 30, `inport == {"both", "vxlan1"} && outport == "vxlan1"`, "output;")
	db.Flow(d, "egress", 0, 20, `inport == "both" && outport == "geneve"`, "output;")
	db.Flow(d, "egress", 0, 10, `outport == {"geneve", "vxlan1"}`, "drop;")
	db.Flow(d, "egress", 0, 0, "1", "reg0[2] = 1; output;") // in no copy that is lost
	return db
}

// TestTunnels sends packets to ports on other chassis, and compares with connect: VXLAN carries no input port,
// some chassis have no tunnel between them, a port is unbound, and a virtual one has no interface.
func TestTunnels(t *testing.T) {
	names := []string{"both", "geneve", "vxlan1", "vxlan2", "apart1", "apart2", "nowhere", "virtual"}
	tests := []string{`outport = "_MC_flood"; output;`}
	for _, to := range names {
		tests = append(tests, fmt.Sprintf("outport = %q; output;", to))
	}
	codes := map[verdict.Code]int{}
	for _, actions := range tests {
		content := severed(actions).Bytes()
		n, err := lflow.Read(t.Context(), "test", content, lflow.Options{AsChassis: true})
		if err != nil {
			t.Fatal(err)
		}
		real, chassis := onChassis(t, content)
		zones := OneZone(address.NewResolver(n))
		var senders []*lflow.Port
		for _, from := range names[:len(names)-2] {
			senders = append(senders, zones.owned(from))
		}
		for _, name := range append(names, "") {
			var to []*lflow.Port
			if name != "" {
				to = []*lflow.Port{zones.owned(name)}
			}
			a, err := zones.Ask(t.Context(), &Question{From: senders, To: to, Spoof: true, Packets: aFrame})
			if err != nil {
				t.Fatal(err)
			}
			part := a.Parts[0]
			for _, from := range senders {
				for _, r := range part.Results {
					if part.settle(); !part.space.m.Meets(r.Set, by(part.space.m, from)) {
						continue
					}
					codes[r.Code]++
					var got, want []string
					for _, p := range r.Ports {
						got = append(got, p.Name)
					}
					for _, p := range arrivesOnChassis(chassis, real, from.Name) {
						if p == name || name == "" {
							want = append(want, p)
						}
					}
					if !slices.Equal(sorted(got), sorted(want)) || r.Kind == Undecided {
						t.Errorf("%s: %s to %q: %s, but in connect it arrives at %q", actions, from.Name, name, r, want)
					}
				}
			}
		}
	}
	if codes[connect.NoTunnel] == 0 || codes[connect.UnboundPort] == 0 {
		t.Errorf("no packet was lost for one of the reasons: %v", codes)
	}
}

// TestUnboundPortsOfPhysicalNetworks sends packets to an unbound port, on a switch with a localnet port: chassis
// send them to the physical network (consider_port_binding in controller/physical.c), so that they are not lost. Of a flood,
// they send only the copy for the localnet port there (consider_mc_group).
func TestUnboundPortsOfPhysicalNetworks(t *testing.T) {
	for _, tt := range []struct {
		to                  string
		physical, undecided bool
	}{{"away", true, true}, {"away", false, false}, {"_MC_flood", true, false}, {"_MC_flood", false, false}} {
		db := sbtest.New("23.03.0")
		d := db.Datapath("sw", 1)
		on := sbtest.Ref(db.Row("Chassis", map[string]any{
			"name": "hv1", "hostname": "hv1", "other_config": sbtest.Map("ovn-bridge-mappings", "net:br"),
			"encaps": sbtest.Refs(db.Row("Encap", map[string]any{"type": "geneve", "ip": "192.0.2.1"})),
		}))
		ports := []string{db.Port(d, "vm", 1, "", "chassis", on), db.Port(d, "away", 2, ""), db.Port(d, "vm2", 4, "", "chassis", on)}
		db.Row("Multicast_Group", map[string]any{"datapath": sbtest.Ref(d), "name": "_MC_flood", "tunnel_key": 0x8000, "ports": sbtest.Refs(ports...)})
		if tt.physical {
			db.Port(d, "ln", 3, "localnet", "options", sbtest.Map("network_name", "net"))
		}
		db.Flow(d, "ingress", 0, 0, "1", fmt.Sprintf("outport = %q; output;", tt.to))
		db.Flow(d, "egress", 0, 0, "1", "output;")
		n, err := lflow.Read(t.Context(), "test", db.Bytes(), lflow.Options{AsChassis: true})
		if err != nil {
			t.Fatal(err)
		}
		zones := OneZone(address.NewResolver(n))
		a, err := zones.Ask(t.Context(), &Question{From: []*lflow.Port{zones.owned("vm")}, To: []*lflow.Port{zones.owned("away")}, Spoof: true, Packets: aFrame})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range a.Parts[0].Results {
			if isUndecided := r.Kind == Undecided; isUndecided != tt.undecided || len(r.Ports) > 0 && !isUndecided {
				t.Errorf("to %s, with a physical network %v: %s", tt.to, tt.physical, r)
			}
		}
	}
}
