package reach

import (
	"slices"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/address"
	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// wired returns switches that each flood to a port and to a physical network. Those of hv1 and hv2 map "phys" and
// "same" to one bridge, and "other" to another one; nobody maps "none".
func wired() *sbtest.DB {
	db := sbtest.New("23.03.0")
	on := mapped(db, "phys:br-ex,same:br-ex,other:br-other", "hv1", "hv2")
	for i, s := range []struct {
		name, network string
		tag           int
		passes        bool
		actions       string
	}{
		{"a", "phys", 0, false, ""},
		{"b", "phys", 0, false, ""},
		{"joined", "same", 0, false, ""},
		{"tagged", "phys", 5, false, ""},
		{"tagged2", "phys", 5, false, ""},
		{"trunk", "phys", 0, true, ""},
		{"elsewhere", "other", 0, false, ""},
		{"unmapped", "none", 0, false, ""},
		{"closed", "phys", 0, false, "drop;"}, // what comes from the network
	} {
		d := db.Datapath(s.name, i+1)
		options := sbtest.Map("network_name", s.network)
		if s.passes {
			options = sbtest.Map("network_name", s.network, "vlan-passthru", "true")
		}
		columns := []any{"options", options}
		if s.tag != 0 {
			columns = append(columns, "tag", s.tag)
		}
		group := []string{db.Port(d, "ln-"+s.name, 1, "localnet", columns...)}
		group = append(group, db.Port(d, "vm-"+s.name, 2, "", "chassis", on["hv1"]), db.Port(d, "far-"+s.name, 3, "", "chassis", on["hv2"]))
		db.Row("Multicast_Group", map[string]any{"datapath": sbtest.Ref(d), "name": "_MC_unknown", "tunnel_key": 0x8000, "ports": sbtest.Refs(group...)})
		if s.actions != "" {
			db.Flow(d, "ingress", 0, 10, `inport == "ln-`+s.name+`"`, s.actions)
		}
		db.Flow(d, "ingress", 0, 0, "1", `outport = "_MC_unknown"; output;`)
		db.Flow(d, "egress", 0, 0, "1", "output;")
	}
	return db
}

// TestPhysicalNetworks asks whether packets arrive that leave one switch for a physical network and enter another
// by it, and compares with connect.
func TestPhysicalNetworks(t *testing.T) {
	content := wired().Bytes()
	n, err := lflow.Read(t.Context(), "test", content, lflow.Options{AsChassis: true})
	if err != nil {
		t.Fatal(err)
	}
	real, chassis := onChassis(t, content)
	zones := OneZone(address.NewResolver(n))
	crossed := 0
	for _, from := range []string{"vm-a", "vm-tagged", "far-trunk", "vm-elsewhere", "vm-unmapped"} {
		port, err := real.Port(from)
		if err != nil {
			t.Fatal(err)
		}
		want := arrivesOnChassis(chassis, real, from)
		for _, name := range want {
			if at, err := real.Port(name); err == nil && at.Datapath != port.Datapath {
				crossed++
			}
		}
		for _, to := range real.Ports() {
			if to.Type != "" || to.Name == from {
				continue
			}
			a, err := zones.Ask(t.Context(), &Question{
				From: []*lflow.Port{zones.owned(from)}, To: []*lflow.Port{zones.owned(to.Name)}, Spoof: true,
				Packets: aFrame,
			})
			if err != nil {
				t.Fatal(err)
			}
			proof, err := a.Check(Assertion{None: true})
			if err != nil || proof.Holds == slices.Contains(want, to.Name) {
				t.Errorf("%s to %s: that none arrives is proven: %v (%s), but on chassis it arrives at %q (%v)", from, to.Name, proof.Holds, proof.Open, want, err)
			}
			if all, err := a.Check(Assertion{All: true}); err != nil || all.Holds && !slices.Contains(want, to.Name) {
				t.Errorf("%s to %s: that all arrive is proven, but on chassis it arrives at %q (%v)", from, to.Name, want, err)
			}
		}
	}
	if crossed == 0 {
		t.Error("no packet came to another switch")
	}
}
