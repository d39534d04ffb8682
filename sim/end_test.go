package sim_test

import (
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/internal/tracetest"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/sim"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// TestEnds walks packets to the ends that only a walk can reach: loops within a
// pipeline, and virtual ports.
func TestEnds(t *testing.T) {
	for _, tt := range []struct {
		name    string
		ingress []string
		port    []any // columns of the virtual port
		outcome verdict.Outcome
		code    verdict.Code
	}{
		{"a flow that leads to itself", []string{"next(0);"}, nil, verdict.OutcomeLooped, verdict.Loop},
		{"two tables that lead to each other", []string{"next;", "next(0);"}, nil, verdict.OutcomeLooped, verdict.Loop},
		{"a loop with a period", []string{"reg0 <-> reg1; next;", "reg0 = 5; next;", "reg2 = reg0; next(0);"}, nil, verdict.OutcomeLooped, verdict.Loop},
		{"a virtual port", []string{`outport = "v"; output;`}, nil, verdict.OutcomeDropped, verdict.Unclaimed},
		{"one that a port claims", []string{`outport = "v"; output;`}, []any{"virtual_parent", sbtest.Set("p1")}, verdict.OutcomeDelivered, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			db := sbtest.New("23.03")
			sw := db.Datapath("sw", 1)
			db.Port(sw, "p1", 1, "")
			db.Port(sw, "v", 2, "virtual", tt.port...)
			for i, a := range tt.ingress {
				db.Flow(sw, "ingress", i, 0, "1", a)
			}
			db.Flow(sw, "egress", 0, 0, "1", "output;")
			n := tracetest.Read(t, "sb", db.Bytes(), lflow.Options{})
			walk := tracetest.Trace(t, n, sim.Request{Microflow: `inport == "p1" && ip4`})
			ends := verdict.Of(walk)
			if len(ends) != 1 || ends[0].Outcome != tt.outcome || ends[0].Code != tt.code {
				t.Errorf("got %d ends, %v %v", len(ends), ends[0].Outcome, ends[0].Code)
			}
		})
	}
}
