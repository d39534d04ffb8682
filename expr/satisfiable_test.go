package expr

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/ovnwalk/ovnwalk/packet"
)

var testNames = Names{
	Resident: (onePort{}).Resident,
	Member:   func(group, port string) bool { return group == "odd" && port == "p1" },
}

// randomExpr returns an expression over the symbols of small.
func randomExpr(r *rand.Rand, s *Symbols, depth int) Expr {
	if depth == 0 || r.IntN(4) == 0 {
		switch r.IntN(12) {
		case 0:
			return &Cmp{Symbol: symbol(s, "port"), Port: []string{"p1", "p2"}[r.IntN(2)]}
		case 1:
			return Bool(r.IntN(2) == 0)
		case 2:
			return &Resident{Port: []string{"here", "there"}[r.IntN(2)], Not: r.IntN(2) == 0}
		}
		sym := symbol(s, []string{"a", "b"}[r.IntN(2)])
		op := Op(r.IntN(6))
		if op > NE {
			return &Cmp{Symbol: sym, Op: op, Value: packet.Uint(r.Uint64N(4)), Mask: packet.Ones(2)}
		}
		mask := packet.Uint(r.Uint64N(4))
		return &Cmp{Symbol: sym, Op: op, Value: packet.Uint(r.Uint64N(4)).And(mask), Mask: mask}
	}
	subs := make([]Expr, 2+r.IntN(4))
	for i := range subs {
		subs[i] = randomExpr(r, s, depth-1)
	}
	if r.IntN(2) == 0 {
		return AllOf(subs...)
	}
	return AnyOf(subs...)
}

// TestSatisfiableRandom compares the answer with a trial of every packet.
func TestSatisfiableRandom(t *testing.T) {
	s := small()
	r := rand.New(rand.NewPCG(11, 14))
	yes := 0
	for range 20000 {
		e := AllOf(randomExpr(r, s, 3), randomExpr(r, s, 2))
		want := false
		for n := range uint64(4 * 4 * 2) {
			var p packet.Packet
			p.SetUint(packet.Reg(0), n&3)
			p.SetUint(packet.Reg(1), n>>2&3)
			p.SetUint(packet.Inport, 1+n>>4)
			want = want || evaluate(e, &p)
		}
		got, decided := Satisfiable(Annotate(e), testNames)
		if got != want || !decided {
			t.Fatalf("%s: %v, %v; a trial of all packets says %v", Format(e), got, decided, want)
		}
		if want {
			yes++
		}
	}
	if yes < 2000 || yes > 18000 {
		t.Errorf("%d of 20000 expressions are satisfiable: that tests one answer only", yes)
	}
}

// TestSatisfiableLists compares the answer for lists of masked values, which are
// drawn such that they often miss each other, with a trial of every value.
func TestSatisfiableLists(t *testing.T) {
	s := &Symbols{byName: map[string]*Symbol{}}
	s.add(&Symbol{Name: "x", Width: 8, Level: Ordinal, Field: packet.Reg(0)})
	r := rand.New(rand.NewPCG(1, 2))
	counts := map[bool]int{}
	for range 3000 {
		list := func(op Op, n int) []Expr {
			subs := make([]Expr, n)
			for i := range subs {
				mask := packet.Ones(8)
				switch r.IntN(4) {
				case 0:
					mask = packet.Range(r.IntN(8), 8).And(mask) // a prefix
				case 1:
					mask = packet.Uint(r.Uint64N(256))
				}
				subs[i] = &Cmp{Symbol: symbol(s, "x"), Op: op, Value: packet.Uint(r.Uint64N(256)).And(mask), Mask: mask}
			}
			return subs
		}
		e := AllOf(AnyOf(list(EQ, 1+r.IntN(6))...), AnyOf(list(EQ, 1+r.IntN(6))...), AllOf(list(NE, r.IntN(30))...))
		want := false
		for v := range uint64(256) {
			var p packet.Packet
			p.SetUint(packet.Reg(0), v)
			want = want || evaluate(e, &p)
		}
		if got, decided := Satisfiable(Annotate(e), testNames); got != want || !decided {
			t.Fatalf("%s: %v, %v; a trial of all values says %v", Format(e), got, decided, want)
		}
		counts[want]++
	}
	if counts[true] < 300 || counts[false] < 300 {
		t.Errorf("one-sided: %v", counts)
	}
}

func TestSatisfiableMatches(t *testing.T) {
	group := func(text, group string) Expr {
		e, err := Parse(text, env("main"))
		if err != nil {
			t.Fatal(err)
		}
		return AllOf(e, &Cmp{Symbol: symbol(env("main").Symbols, "inport"), Group: group})
	}
	for _, tt := range []struct {
		text, group string
		want        bool
	}{
		{"tcp.dst == 80 && udp", "", false},
		{"tcp.dst == 80 && ip6", "", true},
		{"arp && ip.ttl == 3", "", false},
		{`inport == "p1"`, "odd", true},
		{`inport == "p2"`, "odd", false},
		{`inport == {"p2", "p1"}`, "odd", true},
		{`inport == "p2" || ip4`, "odd", true},
		{"(ip4.src == 10.0.0.1 || ip4.dst == 10.0.0.1) && ip4.src == 10.0.0.2 && ip4.dst == 10.0.0.3", "", false},
		{"ip4.src == 10.0.0.0/8 && ip4.src != {10.0.0.0/9, 10.128.0.0/9}", "", false},
		{"ip4.src == 10.0.0.0/8 && ip4.src != {10.0.0.0/9, 10.128.0.0/10}", "", true},
		{"tcp.dst > 1000 && tcp.dst < 1002 && tcp.dst != 1001", "", false},
	} {
		e := group(tt.text, tt.group)
		if tt.group == "" {
			e, _ = Parse(tt.text, env("main"))
		}
		if got, decided := Satisfiable(Annotate(e), testNames); got != tt.want || !decided {
			t.Errorf("%s in %q: %v, %v", tt.text, tt.group, got, decided)
		}
	}
}

// TestWidest compares the comparisons that are kept with those that a comparison
// of each with each keeps.
func TestWidest(t *testing.T) {
	sym := &Symbol{Name: "x", Width: 8, Level: Ordinal}
	r := rand.New(rand.NewPCG(3, 4))
	for range 2000 {
		var alts []*Cmp
		for range r.IntN(20) {
			mask := packet.Uint(r.Uint64N(256))
			alts = append(alts, &Cmp{Symbol: sym, Value: packet.Uint(r.Uint64N(4)).And(mask), Mask: mask})
		}
		n := normalizer{MicroflowRules: MicroflowRules{DropCovered: true}}
		got := n.distinct(alts, sym)
		all := (&normalizer{}).distinct(alts, sym)
		want := slices.DeleteFunc(slices.Clone(all), func(b *Cmp) bool {
			return slices.ContainsFunc(all, func(a *Cmp) bool {
				return a != b && a.Mask.AndNot(b.Mask).IsZero() && b.Value.And(a.Mask) == a.Value
			})
		})
		if !slices.Equal(got, want) {
			t.Fatalf("%d of %d are kept instead of %d", len(got), len(all), len(want))
		}
	}
}
