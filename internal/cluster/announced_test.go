package cluster_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/cluster"
	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/internal/tracetest"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// TestAnnounced compares what is announced on a physical network with controller/garp_rarp.c: of a
// VIF its first Ethernet address, with its first IPv4 address or none; of nat_addresses all of them, and
// nothing of a port, in releases with that option, or behind a port of a router with disable_garp_rarp.
func TestAnnounced(t *testing.T) {
	always := map[uint64][]uint64{1: {0x0a000001}, 4: {0}, 5: {0x0a000005, 0x0a000006, 0x0a000007}}
	andQuiet := maps.Clone(always)
	andQuiet[7] = []uint64{0x0a000008}
	for release, want := range map[string]map[uint64][]uint64{"24.03.7": andQuiet, "24.03.8": always, "24.09.0": always} {
		t.Run(release, func(t *testing.T) { announced(t, release, want) })
	}
}

func announced(t *testing.T, release string, want map[uint64][]uint64) {
	t.Helper()
	db := sbtest.New(release)
	on := sbtest.Ref(db.Row("Chassis", map[string]any{"name": "hv1", "hostname": "hv1", "other_config": sbtest.Map("ovn-bridge-mappings", "phys:br-ex")}))
	sw, r := db.Datapath("sw", 1), db.Datapath("r", 2)
	db.Port(sw, "ln", 1, "localnet", "options", sbtest.Map("network_name", "phys"))
	db.Port(sw, "vm", 2, "", "chassis", on, "mac", sbtest.Set("0a:00:00:00:00:01 10.0.0.1 10.0.0.2", "0a:00:00:00:00:02 10.0.0.3"))
	db.Port(sw, "bare", 3, "", "chassis", on, "mac", sbtest.Set("0a:00:00:00:00:04"))
	db.Port(sw, "sw-r", 4, "patch", "options", sbtest.Map("peer", "r-sw"), "nat_addresses", sbtest.Set(
		`0a:00:00:00:00:05 10.0.0.5 10.0.0.6 is_chassis_resident("vm")`, `0a:00:00:00:00:05 10.0.0.7 is_chassis_resident("vm")`))
	db.Port(sw, "quiet", 5, "", "chassis", on, "mac", sbtest.Set("0a:00:00:00:00:07 10.0.0.8"), "options", sbtest.Map("disable_garp_rarp", "true"))
	silent := db.Row("Datapath_Binding", map[string]any{"tunnel_key": 3, "external_ids": sbtest.Map("name", "silent", "logical-router", "00000003-1111-4000-8000-000000000000", "disable_garp_rarp", "true")})
	db.Port(sw, "sw-silent", 6, "l3gateway", "chassis", on, "options", sbtest.Map("peer", "silent-sw"), "nat_addresses", sbtest.Set("0a:00:00:00:00:08 10.0.0.9"))
	db.Port(silent, "silent-sw", 1, "l3gateway", "chassis", on, "options", sbtest.Map("peer", "sw-silent"))
	db.Port(r, "r-sw", 1, "patch", "options", sbtest.Map("peer", "sw-r"))
	n := tracetest.Read(t, "db", db.Bytes(), lflow.Options{})
	c, err := cluster.New([]*lflow.Network{n}, cluster.Options{})
	if err != nil {
		t.Fatal(err)
	}
	got := map[uint64][]uint64{}
	for s, a := range c.Announced() {
		got[s.MAC&0xff] = slices.Sorted(slices.Values(a.IPv4))
	}
	for mac, ips := range want {
		if !slices.Equal(got[mac], ips) {
			t.Errorf("0a:00:00:00:00:%02x: announced with %x, want %x", mac, got[mac], ips)
		}
	}
	if len(got) != len(want) {
		t.Errorf("got %x, want %x", got, want)
	}
}
