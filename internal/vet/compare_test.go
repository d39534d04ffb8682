package vet

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/internal/shadow"
	"github.com/ovnwalk/ovnwalk/internal/tracetest"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
)

// randomMatch returns a match over a few small fields, so that matches often
// meet and cover each other.
func randomMatch(r *rand.Rand) string {
	clauses := []func() string{
		func() string { return fmt.Sprintf("reg0[0..2] == %d", r.IntN(8)) },
		func() string { return fmt.Sprintf("reg0[0] == %d", r.IntN(2)) },
		func() string { return fmt.Sprintf("reg1 == {%d, %d}", r.IntN(4), r.IntN(4)) },
		func() string { return fmt.Sprintf("reg1[0..1] != %d", r.IntN(4)) },
		func() string { return fmt.Sprintf("inport == \"p%d\"", 1+r.IntN(2)) },
		func() string { return "ip4" },
		func() string { return "tcp" },
		func() string { return "1" },
	}
	var parts []string
	for range 1 + r.IntN(3) {
		parts = append(parts, clauses[r.IntN(len(clauses))]())
	}
	if r.IntN(4) == 0 {
		return "(" + strings.Join(parts, ") || (") + ")"
	}
	return strings.Join(parts, " && ")
}

// TestShadowsAndOverlapsAgainstPackets compares the findings on random tables with every packet that
// the tables' matches distinguish.
func TestShadowsAndOverlapsAgainstPackets(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	shadows, pairs := 0, 0
	for range 60 {
		p := newFaultyNetwork("23.03.0")
		for range 12 {
			p.ingress(100+r.IntN(4), randomMatch(r), fmt.Sprintf("reg5 = %d; next(0);", r.IntN(3)))
		}
		n := tracetest.Read(t, "test", p.Bytes(), lflow.Options{})
		report, err := Check(context.Background(), n, Config{})
		if err != nil {
			t.Fatal(err)
		}
		dead, overlap := map[string]bool{}, map[[2]string]bool{}
		for _, f := range report.Findings {
			switch f.Code {
			case Shadowed, NeverMatches:
				dead[f.Flows[0].UUID] = true
				shadows++
			case Overlap:
				overlap[[2]string{f.Flows[0].UUID, f.Flows[1].UUID}] = true
				overlap[[2]string{f.Flows[1].UUID, f.Flows[0].UUID}] = true
				pairs++
			}
		}
		d, _ := n.Datapath("sw")
		for k := range everyPacket() {
			hit := n.Lookup(d, lflow.Ingress, 1, k)
			if hit.Flow == nil {
				continue
			}
			if dead[hit.Flow.UUID.String()] {
				t.Fatalf("a packet takes %s at %d, which is said to be shadowed", hit.Flow.MatchText(), hit.Flow.Priority)
			}
			for _, rival := range hit.Ties {
				if rival.Actions().String() == hit.Flow.Actions().String() || dead[rival.UUID.String()] {
					continue
				}
				if !overlap[[2]string{hit.Flow.UUID.String(), rival.UUID.String()}] {
					t.Fatalf("overlap of %s and %s at %d is not reported", hit.Flow.MatchText(), rival.MatchText(), rival.Priority)
				}
			}
		}
	}
	if shadows == 0 || pairs == 0 {
		t.Errorf("nothing was tested: %d shadows, %d overlaps", shadows, pairs)
	}
}

// everyPacket yields a packet of each kind that random matches distinguish.
func everyPacket() func(func(*packet.Packet) bool) {
	return func(yield func(*packet.Packet) bool) {
		for bits := range 8 * 8 * 3 * 3 {
			var p packet.Packet
			p.SetUint(packet.Reg(0), uint64(bits%8))
			p.SetUint(packet.Reg(1), uint64(bits/8%8))
			p.SetUint(packet.Inport, uint64(1+bits/64%3))
			if kind := bits / 192; kind > 0 {
				p.SetUint(packet.EthType, packet.EthTypeIPv4)
				p.SetUint(packet.IPProto, []uint64{0, 6, 17}[kind])
			}
			if !yield(&p) {
				return
			}
		}
	}
}

// TestEachVisitsEveryPair compares the pairs that splitting yields with all.
func TestEachVisitsEveryPair(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	p := newFaultyNetwork("23.03.0")
	n := tracetest.Read(t, "test", p.Bytes(), lflow.Options{})
	saved := 0
	sets := shadow.NewSets(n)
	for round := range 20 {
		var items []flowCube
		for i := range 150 {
			e, err := expr.Parse(randomMatch(r), n.FlowEnv())
			if err != nil {
				t.Fatal(err)
			}
			cubes, ok := expr.Cubes(expr.Annotate(e), 100, func(string) bool { return true })
			if !ok {
				t.Fatal("too many cubes")
			}
			f := &flow{on: sets.Of(n.Datapaths[:1+r.IntN(2)])}
			for _, c := range cubes {
				items = append(items, flowCube{f, c, i})
			}
		}
		meet := func(a, b *flowCube) bool {
			return a.f != b.f && a.cube.Meets(b.cube) && a.f.on.Common(b.f.on) != nil
		}
		type both [2]int
		found := map[both]int{}
		asked := 0
		eachPair(items, map[partition]bool{}, func(a, b *flowCube) bool {
			asked++
			if meet(a, b) {
				found[both{min(a.action, b.action), max(a.action, b.action)}]++
			}
			return true
		})
		want := map[both]int{}
		for i := range items {
			for j := i + 1; j < len(items); j++ {
				if meet(&items[i], &items[j]) {
					want[both{min(items[i].action, items[j].action), max(items[i].action, items[j].action)}]++
				}
			}
		}
		for k, n := range want {
			if found[k] != n {
				t.Fatalf("round %d: pair %v was met %d times, want %d", round, k, found[k], n)
			}
		}
		saved += len(items)*(len(items)-1)/2 - asked
	}
	if saved <= 0 {
		t.Error("splitting saved nothing")
	}
}

// TestManyFlowsOfOnePriority has as many as a big network's table.
func TestManyFlowsOfOnePriority(t *testing.T) {
	p := newFaultyNetwork("23.03.0")
	for i := range 4000 {
		p.ingress(50, fmt.Sprintf("ip4.dst == 10.%d.%d.1", i/256, i%256), fmt.Sprintf("reg5 = %d; next(0);", i))
	}
	p.ingress(50, "ip4.dst == 10.3.7.1 && tcp", "drop;")
	r := p.check(t, Config{})
	if len(r.Findings) != 1 || r.Findings[0].Code != Overlap {
		t.Errorf("%d findings: %+v", len(r.Findings), r.Findings[:min(3, len(r.Findings))])
	}
}

// TestConditionsOnChassis has flows that take each other's packets on some
// chassis only.
func TestConditionsOnChassis(t *testing.T) {
	p := newFaultyNetwork("23.03.0")
	p.ingress(200, `ip4 && is_chassis_resident("p1")`, "next(0);")
	p.ingress(100, `ip4 && tcp`, "drop;")
	p.ingress(90, `ip4 && tcp && is_chassis_resident("p2")`, "drop;")
	var got []string
	for _, f := range p.check(t, Config{}).Findings {
		got = append(got, fmt.Sprintf("%s %d", f.Code, f.Flows[0].Priority))
	}
	if len(got) != 1 || got[0] != "shadowed 90" {
		t.Errorf("got %v: only what is covered on every chassis is shadowed", got)
	}
}

// TestCodes has every code in order, with a meaning and a remedy.
func TestCodes(t *testing.T) {
	last := Code("")
	for _, m := range Codes() {
		if m.Code <= last || m.Meaning == "" || m.Remedy == "" {
			t.Errorf("%s is out of order or says too little", m.Code)
		}
		last = m.Code
	}
}
