package connect

import (
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/cluster"
)

// TestOrderOfPorts outputs a frame to the ports of a bridge, by one of which a clone pauses and by one of which
// a packet passes conntrack. Open vSwitch resumes the clone with that packet only if it pauses before, so
// that the order is a choice, whichever of the two comes first, unless both are the same port.
func TestOrderOfPorts(t *testing.T) {
	a, b := &cluster.Binding{}, &cluster.Binding{}
	for _, test := range []struct {
		name            string
		paused, tracked *cluster.Binding
		trackedFirst    bool
		want            bool
	}{
		{"paused, tracked", a, b, false, true},
		{"tracked, paused", a, b, true, true},
		{"paused, tracked behind one port", a, a, false, false},
		{"tracked, paused behind one port", a, a, true, false},
		{"paused only", a, nil, false, false},
		{"tracked only", nil, b, false, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			o := &bridgeOutput{key: orderKey{1, "physnet"}}
			orders := map[orderKey]bool{}
			walk := func() (isStale bool) {
				s := newScript(nil, orders)
				pause := func() {
					if test.paused != nil {
						o.leave(nil, test.paused, s)
					}
				}
				track := func() {
					if test.tracked != nil {
						o.take(test.tracked, s)
					}
				}
				if test.trackedFirst {
					pause, track = track, pause
				}
				pause()
				track()
				return s.isStale
			}
			if got := walk(); got != test.want || orders[o.key] != test.want {
				t.Errorf("the order is a choice: %v, walked again: %v, want %v", orders[o.key], got, test.want)
			}
			if walk() {
				t.Error("the second walk, which chooses the order, is walked again")
			}
		})
	}
}
