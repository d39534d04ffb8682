package reach

import (
	"fmt"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/internal/tracetest"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// TestCopiesAreLeftOutByTheFirstInport floods packets whose copies change the input port: a walk
// omits the copy to the input port that the packet had before the first copy.
func TestCopiesAreLeftOutByTheFirstInport(t *testing.T) {
	for _, changed := range []string{`inport = "p3"`, `inport = "p1"`, `inport = ""`, `inport <-> outport`, `reg0 = 1`} {
		for _, loopback := range []string{"", "flags.loopback = 1; "} {
			db := sbtest.New("25.03.0")
			sw := db.Datapath("sw", 1)
			var ports []string
			for i := range 4 {
				ports = append(ports, db.Port(sw, fmt.Sprint("p", i), i+1, "", "mac", fmt.Sprintf("0a:00:00:00:00:%02x 10.0.0.%d", i+1, i+1)))
			}
			db.Row("Multicast_Group", map[string]any{"datapath": sbtest.Ref(sw), "name": "_MC_flood", "tunnel_key": 32768, "ports": sbtest.Refs(ports...)})
			db.Flow(sw, "ingress", 0, 0, "1", loopback+`outport = "_MC_flood"; output;`)
			db.Flow(sw, "egress", 0, 50, "ip4.dst == 10.0.0.0/8", changed+"; next;")
			db.Flow(sw, "egress", 0, 0, "1", "next;")
			db.Flow(sw, "egress", 1, 50, `inport == "p1" && udp`, "drop;")
			db.Flow(sw, "egress", 1, 0, "1", "output;")
			n := tracetest.Read(t, "test", db.Bytes(), lflow.Options{})
			t.Run(loopback+changed, func(t *testing.T) {
				var all soundness
				all.network(t, n, 100, 1)
				if all.undecided > 0 {
					t.Errorf("%d classes are undecided", all.undecided)
				}
			})
			_ = n.Close()
		}
	}
}
