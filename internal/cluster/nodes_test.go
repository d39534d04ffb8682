package cluster

import (
	"maps"
	"testing"
)

// TestNodes gives chassis the names of their hosts where these are no other chassis'.
func TestNodes(t *testing.T) {
	for _, tt := range []struct {
		name    string
		chassis []*Chassis
		want    map[string]string
	}{
		{"UUIDs on hosts", []*Chassis{{Name: "u1", Hostname: "node1"}, {Name: "u2", Hostname: "node2"}}, map[string]string{"u1": "node1", "u2": "node2"}},
		{"no host name", []*Chassis{{Name: "u1"}, {Name: "u2"}}, map[string]string{}},
		{"all on one host", []*Chassis{{Name: "hv1", Hostname: "lab"}, {Name: "hv2", Hostname: "lab"}, {Name: "hv3", Hostname: "lab"}}, map[string]string{}},
		{"a host called as another chassis", []*Chassis{{Name: "a", Hostname: "b"}, {Name: "b", Hostname: "c"}}, map[string]string{"b": "c"}},
		{"a row for each zone", []*Chassis{{Name: "u1", Hostname: "node1"}, {Name: "u1", Hostname: "node1", Remote: true}}, map[string]string{"u1": "node1"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := (&Cluster{Chassis: tt.chassis}).Nodes(); !maps.Equal(got, tt.want) {
				t.Errorf("%v, want %v", got, tt.want)
			}
		})
	}
}
