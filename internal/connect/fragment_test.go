package connect_test

import (
	"slices"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/connect"
	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/packet"
)

// TestFragments sends fragments through conntrack: Linux continues with the reassembled packet
// (net/openvswitch/conntrack.c, handle_fragments), the userspace datapath with each fragment (lib/ipf.c). A later fragment
// has no ports. Without recirculation, flows still match the fragment.
func TestFragments(t *testing.T) {
	for _, test := range []struct {
		name, datapath, action, frag string
		match                        string // what flows match after the action
		verdict                      connect.Verdict
		want                         uint64 // ip.frag of what arrives
	}{
		{"first, kernel", "system", "ct_next;", "ip.first_frag", "!ip.is_frag", connect.Works, 0},
		{"first, user space", "netdev", "ct_next;", "ip.first_frag", "ip.is_frag", connect.Works, 1},
		{"later", "system", "ct_next;", "ip.later_frag && ip.is_frag", "ip.is_frag", connect.Uncertain, 3},
		{"first, commit only, kernel", "system", "ct_commit { }; next;", "ip.first_frag", "ip.is_frag", connect.Works, 0},
		{"first, commit only, user space", "netdev", "ct_commit { }; next;", "ip.first_frag", "ip.is_frag", connect.Works, 1},
		{"later, commit only", "system", "ct_commit { }; next;", "ip.later_frag && ip.is_frag", "ip.is_frag", connect.Uncertain, 3},
	} {
		t.Run(test.name, func(t *testing.T) {
			db := sbtest.New("25.03.0")
			on := sbtest.Ref(db.Row("Chassis", map[string]any{"name": "hv1", "other_config": sbtest.Map("datapath-type", test.datapath)}))
			d := db.Datapath("s", 1)
			db.Port(d, "a", 1, "", "chassis", on, "mac", sbtest.Set("0a:00:00:00:00:01 10.0.0.1"))
			db.Port(d, "b", 2, "", "chassis", on, "mac", sbtest.Set("0a:00:00:00:00:02 10.0.0.2"))
			db.Flow(d, "ingress", 0, 50, "1", test.action)
			db.Flow(d, "ingress", 1, 50, `inport == "a" && `+test.match, `outport = "b"; output;`)
			db.Flow(d, "ingress", 1, 50, `inport == "b"`, `outport = "a"; output;`)
			db.Flow(d, "egress", 0, 0, "1", "output;")
			a := answerOver(t, clusterOf(t, db), connect.Opening{Microflow: `inport == "a" && eth.src == 0a:00:00:00:00:01 && eth.dst == 0a:00:00:00:00:02 && ip4.src == 10.0.0.1 && ip4.dst == 10.0.0.2 && udp && ` + test.frag})
			if a.Verdict != test.verdict {
				t.Errorf("the connection %s, want %s", a.Verdict, test.verdict)
			}
			got := a.Outcomes[0].Packets[0].Arrived
			if len(got) != 1 || got[0].Packet.Uint(packet.IPFrag) != test.want {
				t.Errorf("%+v, want one fragment with ip.frag %d", got, test.want)
			}
			if !slices.Contains(a.Assumed, "conntrack receives all fragments of the packet") {
				t.Errorf("the connection assumes %q", a.Assumed)
			}
		})
	}
}
