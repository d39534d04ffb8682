package sim_test

import (
	"slices"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/internal/tracetest"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/sim"
	"github.com/ovnwalk/ovnwalk/trace"
)

// TestCTNew opens a connection: it is new in each zone until it is committed there, with any conntrack
// actions on the path, and never new and established at once.
func TestCTNew(t *testing.T) {
	const nw, est = "new|trk", "est|trk"
	for _, tt := range []struct {
		name    string
		kind    string // of the datapath
		ingress []string
		egress  []string
		ct      []uint64
		want    []string
	}{
		{"no commit", "logical-switch", []string{"ct_next;", "ct_next;"}, nil, nil, []string{nw, nw}},
		{"committed", "logical-switch", []string{"ct_next;", "ct_commit { ct_mark.blocked = 0; }; next;", "ct_next;"}, nil, nil, []string{nw, est}},
		{"another port's zone", "logical-switch", []string{"ct_next;", "ct_commit { ct_mark.blocked = 0; }; next;"}, []string{"ct_next;"}, nil, []string{nw, nw}},
		{"one port's zone in both pipelines", "logical-switch", []string{"ct_commit { ct_mark.blocked = 0; }; flags.loopback = 1; next;", `outport = "p1"; output;`}, []string{"ct_next;"}, nil, []string{est}},
		{"its reply in that zone", "logical-switch", []string{"ct_commit { ct_mark.blocked = 0; }; flags.loopback = 1; next;", "ip4.src <-> ip4.dst; next;", `outport = "p1"; output;`}, []string{"ct_next;"}, nil, []string{"est|rpl|trk"}},
		{"a load balancer commits", "logical-switch", []string{"ct_next;", "ct_lb_mark(backends=10.0.0.7);", "ct_next;"}, nil, nil, []string{nw, "new|trk|dnat", est}},
		{"one after a commit", "logical-switch", []string{"ct_next;", "ct_commit { ct_mark.blocked = 0; }; next;", "ct_lb_mark(backends=10.0.0.7);"}, nil, nil, []string{nw, "est|trk|dnat"}},
		{"one without backends does not commit", "logical-switch", []string{"ct_next;", "ct_lb_mark;", "ct_next;"}, nil, nil, []string{nw, nw, nw}},
		{"a router's pipelines share zones", "logical-router", []string{"ct_next;", "ct_commit { ct_mark.blocked = 0; }; next;"}, []string{"ct_next;"}, nil, []string{nw, est}},
		{"a router's zones", "logical-router", []string{"ct_dnat(10.0.0.7);", "ct_snat;", "ct_dnat;"}, nil, nil, []string{"new|trk|dnat"}},
		{"what is given comes first", "logical-switch", []string{"ct_next;", "ct_next;"}, nil, []uint64{packet.CTTracked | packet.CTInvalid}, []string{"inv|trk", nw}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			db := sbtest.New("23.03")
			dp := db.Row("Datapath_Binding", map[string]any{"tunnel_key": 1, "external_ids": sbtest.Map("name", "dp", tt.kind, "00000001-1111-4000-8000-000000000000")})
			db.Port(dp, "p1", 1, "")
			db.Port(dp, "p2", 2, "")
			list := tt.ingress
			if tt.egress == nil || list[len(list)-1] != `outport = "p1"; output;` {
				list = append(slices.Clone(list), `outport = "p2"; output;`)
			}
			for i, a := range list {
				db.Flow(dp, "ingress", i, 0, "1", a)
			}
			for i, a := range append(slices.Clone(tt.egress), "output;") {
				db.Flow(dp, "egress", i, 0, "1", a)
			}
			n := tracetest.Read(t, "zones", db.Bytes(), lflow.Options{})
			walk := tracetest.Trace(t, n, sim.Request{
				Microflow: `inport == "p1" && ip4.src == 10.0.0.1 && ip4.dst == 10.0.0.2 && tcp.dst == 99`,
				Choices:   sim.Choices{CTNew: true, CT: tt.ct},
			})
			var got []string
			trace.Walk(walk.Root, func(n trace.Node) bool {
				f, ok := n.(*trace.Fork)
				if ok && f.Tracked {
					got = append(got, packet.FormatCTState(f.State))
					if f.Assumed {
						t.Error("a state that was chosen counts as assumed")
					}
				}
				return true
			})
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if len(walk.Warnings) > 0 {
				t.Error(walk.Warnings)
			}
		})
	}
}
