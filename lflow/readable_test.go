package lflow_test

import (
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/internal/tracetest"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
)

// TestUnparsed looks up a packet of IPv4 and TCP port 80 that comes in by p1 in a
// table with a flow that does not parse: it counts where what can be read of it
// does not exclude the packet, and its priority is over that of the flow that
// matches.
func TestUnparsed(t *testing.T) {
	for _, tt := range []struct {
		name, match string
		priority    int
		actions     string
		want        bool
	}{
		{"nothing to read", "ip4.nonsense == 1", 100, "drop;", true},
		{"a part that holds", `inport == "p1" && ip4.nonsense == 1`, 100, "drop;", true},
		{"a part that does not", `inport == "p2" && ip4.nonsense == 1`, 100, "drop;", false},
		{"behind it", `ip4.nonsense == 1 && ip6`, 100, "drop;", false},
		{"in parentheses", `(ip4 && (tcp.dst == 81 && nonsense))`, 100, "drop;", false},
		{"in parentheses, holding", `(ip4 && (tcp.dst == 80 && nonsense))`, 100, "drop;", true},
		{"an alternative", `ip6 || nonsense`, 100, "drop;", true},
		{"an alternative in parentheses", `ip4 && (ip6 || nonsense)`, 100, "drop;", true},
		{"both kinds", `ip6 && ip4 || nonsense`, 100, "drop;", true},
		{"negated", `!(ip4 && nonsense)`, 100, "drop;", true},
		{"text in quotes", `inport == "a && ip6" && nonsense`, 100, "drop;", false},
		{"not closed", `ip6 && (nonsense`, 100, "drop;", false},
		{"not opened", `ip6) && nonsense`, 100, "drop;", true},
		{"the actions", "ip4", 100, "nonsense;", true},
		{"the actions of another's", "ip6", 100, "nonsense;", false},
		{"the same priority", "ip4.nonsense == 1", 50, "drop;", false},
		{"a lower one", "ip4.nonsense == 1", 10, "drop;", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			db := sbtest.New("23.03")
			sw := db.Datapath("sw", 1)
			db.Port(sw, "p1", 1, "")
			db.Port(sw, "p2", 2, "")
			db.Flow(sw, "ingress", 0, tt.priority, tt.match, tt.actions)
			db.Flow(sw, "ingress", 0, 50, "1", "next;")
			n := tracetest.Read(t, "sb", db.Bytes(), lflow.Options{})
			var p packet.Packet
			p.SetUint(packet.Reg(14), 1)
			p.SetUint(packet.EthType, 0x0800)
			p.SetUint(packet.IPProto, 6)
			p.SetUint(packet.TPDst, 80)
			hit := n.Lookup(n.Datapaths[0], lflow.Ingress, 0, &p)
			if got := len(hit.Unparsed) > 0; got != tt.want || hit.Flow == nil {
				t.Errorf("counts: %v, want %v", got, tt.want)
			}
		})
	}
}
