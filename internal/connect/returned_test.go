package connect_test

import (
	"slices"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/packet"
)

// TestReturnedFrame sends a frame to a physical network to which the chassis has other ports. The bridge outputs it to
// them in the same pass, so that the physical network receives what conntrack made of it if the bridge outputs to it after one
// whose switch translates it. In which order is not in the database.
func TestReturnedFrame(t *testing.T) {
	for _, test := range []struct {
		name, ingress string
		ports         int
		want          []string // the destinations of the frame on the physical network, one for each outcome
	}{
		{"translated", "ct_dnat(10.0.0.9);", 1, []string{"10.0.0.2", "10.0.0.9"}},
		{"translated to itself", "ct_dnat(10.0.0.2);", 1, []string{"10.0.0.2"}},
		{"not translated", "ct_next;", 1, []string{"10.0.0.2"}},
		{"translated behind recirculation", "reg0[0..15] = select(1=100); ct_dnat(10.0.0.9);", 1, []string{"10.0.0.2"}},
		{"no other port", "ct_dnat(10.0.0.9);", 0, []string{"10.0.0.2"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			db, s, hv1 := limited("netdev", `outport = "ln"; output;`)
			db.Port(s, "ln", 3, "localnet", "options", sbtest.Map("network_name", "physnet"))
			for range test.ports {
				r := db.Datapath("s2", 2)
				db.Port(r, "ln2", 3, "localnet", "options", sbtest.Map("network_name", "physnet"))
				db.Port(r, "c", 4, "", "chassis", sbtest.Ref(hv1), "mac", sbtest.Set("unknown"))
				db.Flow(r, "ingress", 0, 0, "1", test.ingress)
				db.Flow(r, "ingress", 1, 0, "1", "drop;")
			}
			a := answerOver(t, clusterOf(t, db), sentFrom("a"))
			var got []string
			for _, o := range a.Outcomes {
				for _, x := range o.Packets[0].Arrived {
					got = append(got, packet.IPv4Dst.Format(x.Packet.Get(packet.IPv4Dst)))
				}
			}
			slices.Sort(got)
			if !slices.Equal(got, test.want) {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}
