package connect_test

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/address"
	"github.com/ovnwalk/ovnwalk/internal/cluster"
	"github.com/ovnwalk/ovnwalk/internal/connect"
	"github.com/ovnwalk/ovnwalk/internal/tracetest"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// TestFromPhysicalNetwork sends from physical networks that chassis map to one bridge, in
// the recording whose names they are: alpha and beta without a VLAN, gamma with one.
func TestFromPhysicalNetwork(t *testing.T) {
	network := tracetest.Open(t, filepath.Join("..", "..", "testdata", "wire", "23.03", "joined", "sb.db.gz"), lflow.Options{})
	c, err := cluster.New([]*lflow.Network{network}, cluster.Options{})
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, from string
		networks   []string // one of them is taken, of none the name is refused
	}{
		{"by name", "physnet:beta", []string{"beta"}},
		{"by the name of a VLAN", "physnet:gamma", []string{"gamma"}},
		{"the only network", "physnet", []string{"alpha", "beta"}},
		{"no network", "physnet:delta", nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			o := connect.Opening{Probe: address.Probe{
				From: test.from, To: "172.16.0.22", Proto: "icmp",
				Packet: "eth.src == 00:00:00:0f:00:01 && eth.dst == 00:00:00:02:00:02 && ip4.src == 172.16.0.254",
			}}
			first, err := o.First(c)
			if len(test.networks) == 0 {
				if err == nil {
					t.Errorf("%s is taken for %s", test.from, first.From.Network)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Contains(test.networks, first.From.Network) {
				t.Errorf("%s is taken for %q, want one of %q", test.from, first.From.Network, test.networks)
			}
		})
	}
}
