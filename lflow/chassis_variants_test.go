package lflow_test

import (
	"testing"

	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
)

// TestTemplatesPerChassis looks packets up on several chassis in flows with
// template variables, which ovn-sb(5) says ovn-controller replaces by its own
// chassis' values.
func TestTemplatesPerChassis(t *testing.T) {
	db := sbtest.New("24.03.0")
	d := db.Datapath("sw", 1)
	db.Port(d, "p", 1, "")
	for name, value := range map[string]string{"hv1": "10.0.0.1", "hv2": "10.0.0.2"} {
		db.Row("Chassis", map[string]any{"name": name})
		db.Row("Chassis_Template_Var", map[string]any{"chassis": name, "variables": sbtest.Map("NODE", value)})
	}
	db.Row("Chassis", map[string]any{"name": "hv3"})
	db.Flow(d, "ingress", 0, 100, "ip4.dst == ^NODE", "drop;")
	db.Flow(d, "ingress", 0, 0, "1", "next;")
	n, err := lflow.Read(t.Context(), "db", db.Bytes(), lflow.Options{})
	if err != nil {
		t.Fatal(err)
	}
	n.PerChassis(func(string) expr.PortSet { return nil }, func(number uint64) string { return []string{"", "hv1", "hv2", "hv3"}[number] })
	for _, test := range []struct {
		name     string
		chassis  uint64
		dst      string
		priority int
	}{
		{"own value", 1, "10.0.0.1", 100},
		{"another chassis' value", 1, "10.0.0.2", 0},
		{"the other chassis", 2, "10.0.0.2", 100},
		{"the flow is left out where the variable has no value", 3, "10.0.0.1", 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			var p packet.Packet
			p.SetUint(packet.EthType, packet.EthTypeIPv4)
			ip, _ := packet.ParseIPv4(test.dst)
			p.SetUint(packet.IPv4Dst, ip)
			p.SetUint(packet.OnChassis, test.chassis)
			sw, _ := n.Datapath("sw")
			found := n.Lookup(sw, lflow.Ingress, 0, &p)
			if found.Flow == nil || found.Flow.Priority != test.priority || len(found.Unparsed) > 0 {
				t.Errorf("%+v, want priority %d", found, test.priority)
			}
		})
	}
}
