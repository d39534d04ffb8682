package lab

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// TestGenerateZones checks that networks of zones are deterministic, and that every feature occurs in
// those of some hundred seeds.
func TestGenerateZones(t *testing.T) {
	var all strings.Builder
	for seed := range uint64(300) {
		zones, again := GenerateZones(seed, true), GenerateZones(seed, true)
		if len(zones) < 2 || len(zones) > 4 {
			t.Errorf("seed %d has %d zones", seed, len(zones))
		}
		for i, n := range zones {
			if !reflect.DeepEqual(n.North, again[i].North) || !reflect.DeepEqual(n.Joined, again[i].Joined) {
				t.Errorf("seed %d gives two networks", seed)
			}
			for _, command := range slices.Concat(n.North, n.Joined) {
				fmt.Fprintln(&all, strings.Join(command, " "))
			}
			fmt.Fprintf(&all, "%+v %+v %v\n", n.Elsewhere, n.RemotePorts, n.Transit)
		}
	}
	text := all.String()
	for _, want := range []string{
		"transit_switch", "tenant1_transit_switch", "ovn_layer2_switch", "transit_router", "connect_router", "GR_node1", "type=remote",
		"type=localnet", "interconn-ts", "requested-tnl-key", "requested-chassis", "lrp-set-gateway-chassis", "ic-route-learn", "ts0]",
		"chassis_template_var", "create load_balancer", "create address_set", "pg-add", "acl-add", "static_mac_binding", "policy=src-ip",
		"lr-policy-add", "mcast_snoop", "port_security", "snat", "Interconnects:true", "Hostname:node2",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no seed draws %q", want)
		}
	}
}
