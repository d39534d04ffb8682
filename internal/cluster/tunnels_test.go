package cluster

import (
	"testing"

	"github.com/ovnwalk/ovnwalk/lflow"
)

// TestTunnels has two chassis that may have a tunnel, as chassis_tunnel_add and chassis_tzones_overlap of
// controller/encaps.c decide it.
func TestTunnels(t *testing.T) {
	types := func(names ...string) (all []lflow.Encap) {
		for _, name := range names {
			all = append(all, lflow.Encap{Type: name})
		}
		return all
	}
	for _, tt := range []struct {
		name         string
		from, to     Chassis
		want, inport bool
	}{
		{"one type", Chassis{encaps: types("geneve")}, Chassis{encaps: types("geneve")}, true, true},
		{"a type in common", Chassis{encaps: types("geneve", "vxlan")}, Chassis{encaps: types("vxlan")}, true, false},
		{"no type in common", Chassis{encaps: types("geneve")}, Chassis{encaps: types("vxlan")}, false, true},
		{"types are not known", Chassis{}, Chassis{}, true, true},
		{"types of the other one are not known", Chassis{encaps: types("geneve")}, Chassis{}, true, true},
		{"types of the first are not known", Chassis{}, Chassis{encaps: types("geneve")}, true, true},
		{"a transport zone in common", Chassis{transport: []string{"a", "b"}}, Chassis{transport: []string{"b", "c"}}, true, true},
		{"no transport zone in common", Chassis{transport: []string{"a"}}, Chassis{transport: []string{"b"}}, false, true},
		{"transport zones of the first alone", Chassis{transport: []string{"a"}}, Chassis{}, false, true},
		{"transport zones of the other one alone", Chassis{}, Chassis{transport: []string{"a"}}, false, true},
		{"a transport zone, but no type in common", Chassis{transport: []string{"a"}, encaps: types("geneve")}, Chassis{transport: []string{"a"}, encaps: types("vxlan")}, false, true},
		{"to another zone", Chassis{}, Chassis{Remote: true}, false, true},
		{"to another zone, from a gateway", Chassis{interconnects: true}, Chassis{Remote: true}, true, true},
		{"from a gateway", Chassis{interconnects: true}, Chassis{}, true, true},
	} {
		if got := tt.from.Tunnels(&tt.to); got != tt.want {
			t.Errorf("%s: a tunnel %v, want %v", tt.name, got, tt.want)
		}
		if got := tt.from.CarriesInport(&tt.to); got != tt.inport {
			t.Errorf("%s: carries the input port %v, want %v", tt.name, got, tt.inport)
		}
	}
}
