package witness

import (
	"slices"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/packetset"
	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/internal/tracetest"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/sim"
)

// TestGuess guesses packets of a set at an egress table of a switch.  The set is the match of a flow.
// If the tables before only forward packets, one of the packets takes this flow.
func TestGuess(t *testing.T) {
	for _, match := range []string{
		"ip4", `outport == "b" && tcp.dst == 1006`, "ip4.src == 10.9.0.0/16 && udp", `inport == "b" && icmp6`,
		"ip6.dst == fd00::/64", "ip4.dst == 10.0.0.2 && ip.ttl == 7",
	} {
		db := sbtest.New("23.03.0")
		sw := db.Datapath("sw", 1)
		for i, name := range []string{"a", "b"} {
			mac := "0a:00:00:00:00:0" + string(rune('1'+i))
			db.Port(sw, name, i+1, "", "mac", mac+" 10.0.0."+string(rune('1'+i))+" fd00::"+string(rune('1'+i)))
			db.Flow(sw, "ingress", 0, 50, "eth.dst == "+mac, `outport = "`+name+`"; output;`)
		}
		db.Flow(sw, "egress", 0, 100, match, "drop;")
		db.Flow(sw, "egress", 0, 0, "1", "output;")
		n := tracetest.Read(t, "test", db.Bytes(), lflow.Options{})
		d := n.Datapaths[0]
		flow := n.Flows(d, lflow.Egress, 0)[0]
		if err := flow.Err(d); err != nil {
			t.Fatal(err)
		}
		m := packetset.NewManager(0)
		set := m.Match(flow.Matcher(), packetset.Anywhere(), d.Index, []uint64{0, 1, 2})
		list := NewFinder(n).Guess(m, d, Stage{lflow.Egress, 0}, set)
		if !slices.ContainsFunc(list, func(p Packet) (taken bool) {
			c := sim.Choices{CT: p.CT, Matched: func(_ *lflow.Datapath, f *lflow.Flow) { taken = taken || f == flow }}
			tracetest.Trace(t, n, sim.Request{Microflow: p.Microflow, Choices: c})
			return taken
		}) {
			t.Errorf("%s: none of %d packets takes it", match, len(list))
		}
		_ = n.Close()
	}
}
