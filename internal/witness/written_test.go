package witness

import (
	"testing"

	"github.com/ovnwalk/ovnwalk/expr/action"
	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/internal/tracetest"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
)

// unknownAction is an action of a type that no package handles.
type unknownAction struct{ action.Action }

// TestUnknownActionMayWriteAnything searches for packets for flows behind an action of an unknown
// type: none of these flows is unreachable, and no packet is excluded.
func TestUnknownActionMayWriteAnything(t *testing.T) {
	o := op{Action: unknownAction{}}
	written := o.written()
	for _, f := range packet.Fields() {
		if written.Fix(f, packet.Ones(f.Bits), packet.Ones(f.Bits)) {
			t.Errorf("%s is not written", f.Name)
		}
	}
	for _, match := range []string{
		"reg0 == 7", "xxreg1 == 7", "flags.loopback", `outport == "b"`, "ct.trk", "ct_mark == 7", "ct_label == 7",
		`inport == "a" && eth.src == 0a:00:00:00:00:07`, "ip4 && ip.ttl == 7", "ip4.dst == 10.0.0.7", "tcp.dst == 7",
	} {
		t.Run(match, func(t *testing.T) {
			db := sbtest.New("23.03.0")
			sw := db.Datapath("sw", 1)
			db.Port(sw, "a", 1, "")
			db.Port(sw, "b", 2, "")
			db.Flow(sw, "ingress", 0, 1, "eth.src == 0a:00:00:00:00:01 && ip4.dst == 10.0.0.1 && ip.ttl == 64 && udp", "reg9 = 1; next;")
			db.Flow(sw, "ingress", 1, 1, match, "drop;")
			n := tracetest.Read(t, "test", db.Bytes(), lflow.Options{})
			d := n.Datapaths[0]
			first, second := n.Flows(d, lflow.Ingress, 0)[0], n.Flows(d, lflow.Ingress, 1)[0]
			if err := second.Err(d); err != nil {
				t.Fatal(err)
			}
			first.Err(d)
			first.Actions().List[0] = unknownAction{}
			if _, is := first.Actions().List[0].(unknownAction); !is {
				t.Fatal("the flow has the parsed actions")
			}
			answer := NewFinder(n).Find(Target{Datapath: d, Flow: second}, func(Packet) Reachability { return NotReached })
			if answer == Unreachable {
				t.Error("the flow is unreachable")
			}
		})
	}
}
