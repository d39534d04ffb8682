package diff

import (
	"fmt"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/internal/tracetest"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// TestSharedFlow removes a flow of twelve switches that makes a difference on one of
// them alone: on the others a flow of lower priority does the same.
func TestSharedFlow(t *testing.T) {
	const switches, match = 12, "udp.dst == 53 && ip.ttl == 9"
	network := func(shared bool, open int) *lflow.Network {
		db := sbtest.New("25.03.0")
		var all []any
		for i := range switches {
			sw := db.Datapath(fmt.Sprintf("sw%d", i), i+1)
			all = append(all, sbtest.Ref(sw))
			for k := range 2 {
				mac := fmt.Sprintf("0a:00:00:00:%02x:%02x", i, k+1)
				db.Port(sw, fmt.Sprintf("sw%d-p%d", i, k), k+1, "", "mac", fmt.Sprintf("%s 10.0.%d.%d", mac, i, k+1))
				db.Flow(sw, "ingress", 1, 50, "eth.dst == "+mac, fmt.Sprintf(`outport = "sw%d-p%d"; output;`, i, k))
			}
			db.Flow(sw, "ingress", 0, 0, "1", "next;")
			db.Flow(sw, "egress", 0, 0, "1", "output;")
			if i != open {
				db.Flow(sw, "ingress", 0, 50, match, "drop;")
			}
		}
		if shared {
			group := db.Row("Logical_DP_Group", map[string]any{"datapaths": []any{"set", all}})
			db.Row("Logical_Flow", map[string]any{
				"logical_dp_group": sbtest.Ref(group), "pipeline": "ingress", "table_id": 0, "priority": 100, "match": match, "actions": "drop;",
			})
		}
		return tracetest.Read(t, "test", db.Bytes(), lflow.Options{})
	}
	for open := range switches {
		r, err := NewPair(network(true, open), network(false, open), Options{CTNew: true}).Everything(t.Context(), DefaultLimit)
		if err != nil {
			t.Fatal(err)
		}
		if len(r.Causes) == 0 {
			t.Errorf("nothing changed for the flow of switch %d: %d of %d differences in content are covered", open, r.Covered, r.ContentDifferences)
		}
	}
	r, err := NewPair(network(true, -1), network(false, -1), Options{CTNew: true}).Everything(t.Context(), DefaultLimit)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Causes) != 0 || len(r.Uncovered) != 0 || r.Covered != r.ContentDifferences {
		t.Errorf("a flow that decides nothing: %d causes, %q not covered, %d of %d covered", len(r.Causes), r.Uncovered, r.Covered, r.ContentDifferences)
	}
}
