package sim_test

import (
	"slices"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/internal/tracetest"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/sim"
	"github.com/ovnwalk/ovnwalk/trace"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// TestGeneratedUntilNeedsAreMet walks a packet for which an action generates two others before it is
// looked up in conntrack, where it is dropped if one of them committed its connection. It has the
// end of the walk that follows all of them.
func TestGeneratedUntilNeedsAreMet(t *testing.T) {
	for _, tt := range []struct {
		name, actions string
		needs         int
		followed      []bool // whether the walk follows each of the generated packets
	}{
		{"no lookup after them", "icmp4 { ct_commit { }; next; }; icmp4 { next; }; next;", 0, []bool{false, false}},
		{"no commit", "icmp4 { next; }; icmp4 { reg0 = 1; next; }; ct_next;", 1, []bool{true, true}},
		{"the first one commits", "icmp4 { ct_commit { }; next; }; icmp4 { next; }; ct_next;", 1, []bool{true, false}},
		{"the second one commits", "icmp4 { next; }; icmp4 { ct_commit { }; next; }; ct_next;", 1, []bool{true, true}},
		{"to another zone", "icmp4 { inport = \"p2\"; ct_commit { }; next; }; icmp4 { ct_commit { }; next; }; ct_next;", 1, []bool{true, true}},
		{"a choice after them", "icmp4 { ct_commit { }; next; }; icmp4 { next; }; reg0 = select(1, 2);", 1, []bool{true, true}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			n := lab(t, "26.03.90", `outport = "p2"; `+tt.actions, func(db *sbtest.DB, sw, _ string) { db.Flow(sw, "ingress", 1, 200, "ct.est", "drop;") })
			how := sim.Choices{CTNew: true, Choose: func(_ *packet.Packet, options int) int { return options - 1 }}
			walk := func() *trace.Trace { return tracetest.Trace(t, n, sim.Request{Microflow: ipv4, Choices: how}) }
			want := verdict.OfPacket(walk())[0]
			how.Generated, how.Needs = sim.GeneratedNone, &sim.Needs{}
			walk()
			how.Generated = sim.GeneratedOnce
			known := how.Needs.Len()
			tr := walk()
			if known != tt.needs || how.Needs.Len() != known {
				t.Errorf("%d needs, then %d; want %d", known, how.Needs.Len(), tt.needs)
			}
			if got := verdict.OfPacket(tr)[0]; got.Outcome != want.Outcome || got.Code != want.Code {
				t.Errorf("%v %v, want %v %v", got.Outcome, got.Code, want.Outcome, want.Code)
			}
			var followed []bool
			trace.Walk(tr.Root, func(n trace.Node) bool {
				if f, ok := n.(*trace.Fork); ok && f.Kind == trace.ForkICMP4 {
					followed = append(followed, len(f.Nodes) > 0)
				}
				return true
			})
			if !slices.Equal(followed, tt.followed) {
				t.Errorf("followed: %v, want %v", followed, tt.followed)
			}
		})
	}
}
