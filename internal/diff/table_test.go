package diff

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/internal/tracetest"
	"github.com/ovnwalk/ovnwalk/internal/witness"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
)

// drawTable returns the flows of a table, each its priority, match and actions.  Flows of
// one priority do not overlap unless they do the same.
func drawTable(r *rand.Rand) (flows [][3]string) {
	terms := []string{
		"reg0[1] == 1", "reg0[2] == 0", `outport == "a"`, `outport == {"a", "b"}`, "outport == @both", "outport == @one", "ip4", "ip4.src == $few",
		"ip4.src == 10.0.0.2", "ip4.src == 10.0.0.0/30", "tcp", "tcp.dst == 81", "tcp.dst >= 81", "tcp.dst != 82", "ct.est", "ct.new && !ct.est", `outport == "flood"`,
	}
	actions := []string{"next;", "drop;"}
	for priority := range 6 {
		does := actions[r.IntN(len(actions))]
		for range 1 + r.IntN(2) {
			match := terms[r.IntN(len(terms))]
			for range r.IntN(3) {
				op := " && "
				if r.IntN(5) == 0 {
					op = " || "
				}
				match = "(" + match + ")" + op + "(" + terms[r.IntN(len(terms))] + ")"
			}
			flows = append(flows, [3]string{fmt.Sprint(100 * priority), match, does})
		}
	}
	return flows
}

// tableNetwork returns a switch with a table of flows.
func tableNetwork(t *testing.T, flows [][3]string) *lflow.Network {
	t.Helper()
	db := sbtest.New("23.03.0")
	sw := db.Datapath("sw", 1)
	var ports []string
	for i, name := range []string{"a", "b", "c"} {
		ports = append(ports, db.Port(sw, name, i+1, ""))
	}
	db.Row("Port_Group", map[string]any{"name": "1_both", "ports": sbtest.Set("a", "b")})
	db.Row("Port_Group", map[string]any{"name": "1_one", "ports": sbtest.Set("c")})
	db.Row("Address_Set", map[string]any{"name": "few", "addresses": sbtest.Set("10.0.0.1", "10.0.0.2", "10.0.0.5")})
	db.Row("Multicast_Group", map[string]any{"datapath": sbtest.Ref(sw), "name": "flood", "tunnel_key": 32768, "ports": sbtest.Refs(ports...)})
	db.Flow(sw, "ingress", 0, 0, "1", "next;")
	for _, f := range flows {
		var priority int
		fmt.Sscan(f[0], &priority)
		db.Flow(sw, "egress", 0, priority, f[1], f[2])
	}
	return tracetest.Read(t, "test", db.Bytes(), lflow.Options{})
}

// tablePackets returns packets of all kinds that the flows of [drawTable] distinguish.
func tablePackets() (all []packet.Packet) {
	for reg := range uint64(8) {
		for _, port := range []uint64{0, 1, 2, 3, 32768} {
			for _, src := range []uint64{0, 1, 2, 3, 5, 9, 6} { // 0 for no IP, 6 for IPv6
				for _, dst := range []uint64{0, 80, 81, 82, 83} { // 0 for no TCP
					for _, state := range []uint64{0, packet.CTTracked | packet.CTNew, packet.CTTracked | packet.CTEstablished, packet.CTTracked | packet.CTNew | packet.CTEstablished} {
						var p packet.Packet
						p.SetUint(packet.Reg(0), reg)
						p.SetUint(packet.Outport, port)
						p.SetUint(packet.CTState, state)
						if src > 0 {
							p.SetUint(packet.EthType, packet.EthTypeIPv4)
							p.SetUint(packet.IPv4Src, 10<<24+src)
							if src == 6 {
								p.SetUint(packet.IPv4Src, 0)
								p.SetUint(packet.EthType, packet.EthTypeIPv6)
							}
							if dst > 0 {
								p.SetUint(packet.IPProto, packet.ProtoTCP)
								p.SetUint(packet.TPDst, dst)
							}
						}
						all = append(all, p)
					}
				}
			}
		}
	}
	return all
}

// decide returns the actions of the flows that may take a packet in a table: those that
// match, of the highest priority.  It reports whether the flow is one of them.
func decide(n *lflow.Network, p *packet.Packet, flow *lflow.Flow) (actions []string, may bool) {
	highest := -1
	for _, f := range n.Flows(n.Datapaths[0], lflow.Egress, 0) {
		if f.Priority >= highest && f.Match(p, n.Datapaths[0]) {
			highest = f.Priority
			actions = append(actions, f.ActionsText())
			may = may || flow != nil && f.UUID == flow.UUID
		}
	}
	slices.Sort(actions)
	return slices.Compact(actions), may
}

// TestInTable changes tables at random, and compares the classification of each differing flow with
// the effect of both tables on packets of all kinds.
func TestInTable(t *testing.T) {
	r := rand.New(rand.NewPCG(17, 4))
	all := tablePackets()
	count := map[state]int{}
	for range 300 {
		flows := drawTable(r)
		changed := slices.Clone(flows)
		for range 1 + r.IntN(2) {
			i := r.IntN(len(changed))
			at := fmt.Sprint(50 * r.IntN(12))
			switch f := changed[i]; r.IntN(3) {
			case 0:
				changed = slices.Delete(changed, i, i+1)
			case 1:
				changed = append(changed, [3]string{at, f[1], f[2]})
			default:
				f = drawTable(r)[r.IntN(6)]
				changed = append(changed, [3]string{at, f[1], f[2]})
			}
		}
		nets := [2]*lflow.Network{tableNetwork(t, flows), tableNetwork(t, changed)}
		pair := NewPair(nets[0], nets[1], Options{})
		s := newGenerator(newSession(pair), nil)
		for _, c := range pair.flows() {
			same, taken := true, 0
			for i := range all {
				ours, may := decide(nets[c.side], &all[i], c.f)
				if !may {
					continue
				}
				taken++
				theirs, _ := decide(nets[1-c.side], &all[i], nil)
				same = same && slices.Equal(ours, theirs)
			}
			want := uncovered
			switch {
			case taken == 0:
				want = unreachable
			case same:
				want = equivalent
			}
			if got, _ := s.inTable(c, func(witness.Packet) bool { return false }); got != want {
				t.Errorf("%s %s: %v, by packets %v (%d)\n%q\n%q", c, c.f.ActionsText(), got, want, taken, flows, changed)
			}
			count[want]++
		}
	}
	t.Log(count)
	for _, kind := range []state{uncovered, unreachable, equivalent} {
		if count[kind] < 20 {
			t.Errorf("too few of a kind: %v", count)
		}
	}
}
