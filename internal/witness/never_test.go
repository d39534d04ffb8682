package witness

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/packetset"
	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/internal/tracetest"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/sim"
)

// randomPipeline returns flows of three tables: the table, priority, match and actions of each. Flows
// of the last table have no actions.  No two flows of a table have the same priority.
func randomPipeline(r *rand.Rand, actions []string) (flows [][4]string) {
	terms := []string{
		"reg0[1] == 1", "reg0[2] == 0", "reg0[1..2] == 2", `inport == "a"`, `inport == {"a", "b"}`, "inport == @both",
		"ip4.src == 10.0.0.2", "ip4", "tcp", "tcp.dst == 81", "ct.est", "ct.new && !ct.est",
	}
	for table := range 3 {
		for priority := range 4 {
			match := terms[r.IntN(len(terms))]
			for range r.IntN(2) {
				match += " && " + terms[r.IntN(len(terms))]
			}
			does := "drop;"
			if table < 2 {
				does = actions[r.IntN(len(actions))]
			}
			flows = append(flows, [4]string{fmt.Sprint(table), fmt.Sprint(1 + priority), match, does})
		}
		if r.IntN(2) == 0 {
			flows = append(flows, [4]string{fmt.Sprint(table), "0", "1", "next;"})
		}
	}
	return flows
}

// TestNever compares Never, for each flow of random pipelines, with the flows that packets of all
// kinds take: it is not true of a flow that is taken, and it is true of each other flow behind
// actions that assign constants.
func TestNever(t *testing.T) {
	simple := []string{"reg0[1] = 1; next;", "reg0[2] = 1; next;", "reg0[1..2] = 2; next;", "reg0[1] = 0; next;", "next;", "next;", "drop;"}
	others := append(slices.Clone(simple), "ct_next;", "reg0[1] = reg0[2]; next;", "ct_clear; next;", "clone { reg0[1] = 1; next; };", "ip4.src = 10.0.0.2; next;", "ct_lb(backends=10.0.0.2:81);",
		"next(pipeline=ingress, table=2);", "reg0[1] = 1;", "next; next(pipeline=ingress, table=2);")
	var sent []string
	for _, inport := range []string{"a", "b", "c"} {
		eth := fmt.Sprintf("inport == %q && eth.src == 0a:00:00:00:00:01 && eth.dst == 0a:00:00:00:00:02", inport)
		for _, src := range []string{"ip4.src == 10.0.0.1", "ip4.src == 10.0.0.2", "ip6.src == fe80::1"} {
			ip := eth + " && ip.ttl == 64 && " + src
			sent = append(sent, ip+" && udp", ip+" && tcp && tcp.dst == 80", ip+" && tcp && tcp.dst == 81")
		}
		sent = append(sent, eth+" && eth.type == 0x88cc")
	}
	r := rand.New(rand.NewPCG(17, 9))
	never, exact := 0, 0
	for round := range 50 {
		actions, isSimple := others, round%2 == 0
		if isSimple {
			actions = simple
		}
		flows := randomPipeline(r, actions)
		db := sbtest.New("23.03.0")
		sw := db.Datapath("sw", 1)
		for i, name := range []string{"a", "b", "c"} {
			db.Port(sw, name, i+1, "")
		}
		db.Row("Port_Group", map[string]any{"name": "1_both", "ports": sbtest.Set("a", "b")})
		for _, f := range flows {
			var table, priority int
			fmt.Sscan(f[0]+" "+f[1], &table, &priority)
			db.Flow(sw, "ingress", table, priority, f[2], f[3])
		}
		n := tracetest.Read(t, "test", db.Bytes(), lflow.Options{})
		taken := map[lflow.UUID]bool{}
		for _, microflow := range sent {
			for _, state := range []uint64{packet.CTTracked | packet.CTNew, packet.CTTracked | packet.CTEstablished, packet.CTTracked | packet.CTInvalid} {
				c := sim.Choices{CT: slices.Repeat([]uint64{state}, 8), Matched: func(_ *lflow.Datapath, f *lflow.Flow) { taken[f.UUID] = true }}
				tracetest.Trace(t, n, sim.Request{Microflow: microflow, Choices: c})
			}
		}
		d, x := n.Datapaths[0], NewFinder(n)
		keys := []uint64{0, 1, 2, 3}
		for table := range 3 {
			m := packetset.NewManager(0)
			left := packetset.All
			for _, f := range n.Flows(d, lflow.Ingress, table) {
				if f.Err(d) != nil {
					t.Fatal(f.Err(d))
				}
				set := m.And(left, m.Match(f.Matcher(), packetset.Anywhere(), d.Index, keys))
				left = m.Without(left, set)
				got := x.Never(m, d, Stage{lflow.Ingress, table}, set, keys)
				switch {
				case got && taken[f.UUID]:
					t.Errorf("table %d, priority %d is taken, but Never is true\n%q", table, f.Priority, flows)
				case !got && !taken[f.UUID] && isSimple:
					t.Errorf("table %d, priority %d is never taken, but Never is false\n%q", table, f.Priority, flows)
				}
				if got {
					never++
					if !isSimple {
						exact++
					}
				}
			}
		}
		_ = n.Close()
	}
	t.Logf("%d flows are never taken, %d of them behind other actions", never, exact)
	if exact < 40 {
		t.Error("too few")
	}
}
