package connect_test

import (
	"fmt"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/connect"
	"github.com/ovnwalk/ovnwalk/internal/sbtest"
)

// TestStorm floods a frame on a switch that two ports of each of two chassis join to one
// physical network: it goes round forever. The answer is that of a walk that reached a limit,
// and the other ways to choose are not walked.
func TestStorm(t *testing.T) {
	db := sbtest.New("23.03.0")
	d := db.Datapath("s", 1)
	members := []string{
		db.Port(d, "n1", 3, "localnet", "options", sbtest.Map("network_name", "physnet")),
		db.Port(d, "n2", 4, "localnet", "options", sbtest.Map("network_name", "physnet")),
	}
	for i, name := range []string{"a", "b"} {
		hv := db.Row("Chassis", map[string]any{"name": "hv" + name, "other_config": sbtest.Map("ovn-bridge-mappings", "physnet:br")})
		members = append(members, db.Port(d, name, 1+i, "", "chassis", sbtest.Ref(hv), "mac", sbtest.Set(fmt.Sprintf("0a:00:00:00:00:%02x 10.0.0.%[1]d", 1+i))))
	}
	db.Row("Multicast_Group", map[string]any{"name": "flood", "tunnel_key": 0x8000, "datapath": sbtest.Ref(d), "ports": sbtest.Refs(members...)})
	db.Flow(d, "ingress", 0, 100, "ip4.src == 10.0.0.1", "reg5 = 1; next;")
	db.Flow(d, "ingress", 0, 100, "ip4.dst == 10.0.0.2", "reg5 = 2; next;")
	db.Flow(d, "ingress", 1, 0, "1", `outport = "flood"; output;`)
	db.Flow(d, "egress", 0, 0, "1", "output;")
	a := answerOver(t, clusterOf(t, db), connect.Opening{Microflow: flow})
	if a.Verdict != connect.Uncertain || a.Complete || len(a.Outcomes) != 1 {
		t.Errorf("%s, complete %v, %d outcomes: %s", a.Verdict, a.Complete, len(a.Outcomes), a.Outcomes[0].Where.Detail)
	}
}
