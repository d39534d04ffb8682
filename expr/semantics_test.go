package expr

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/ovnwalk/ovnwalk/dialect"
	"github.com/ovnwalk/ovnwalk/packet"
)

// onePort is a binder that knows ports p1 and p2 by their number.
type onePort struct{}

type key uint64

func (k key) Has(_ int, v uint64) bool { return uint64(k) == v }

func (onePort) Port(name string) PortSet {
	switch name {
	case "p1":
		return key(1)
	case "p2":
		return key(2)
	}
	return nil
}
func (onePort) Group(string) PortSet   { return nil }
func (onePort) Resident(p string) bool { return p == "here" }

// evaluate is the meaning of an expression, written as directly as possible.
func evaluate(e Expr, p *packet.Packet) bool {
	switch e := e.(type) {
	case *Cmp:
		if e.Symbol.Width == 0 {
			set := (onePort{}).Port(e.Port)
			return set != nil && set.Has(0, p.Uint(e.Symbol.Field)) == (e.Op == EQ)
		}
		return e.Op.Holds(p.Get(e.Symbol.Field).And(e.Mask).Cmp(e.Value.And(e.Mask)))
	case *And:
		for _, s := range e.Subs {
			if !evaluate(s, p) {
				return false
			}
		}
		return true
	case *Or:
		for _, s := range e.Subs {
			if evaluate(s, p) {
				return true
			}
		}
		return false
	case Bool:
		return bool(e)
	case *Resident:
		return (onePort{}).Resident(e.Port) != e.Not
	}
	panic(fmt.Sprintf("%T", e))
}

// small is a symbol table of two numbers of two bits and a port.
func small() *Symbols {
	t := &Symbols{byName: map[string]*Symbol{}}
	t.add(&Symbol{Name: "a", Width: 2, Level: Ordinal, Field: packet.Reg(0)})
	t.add(&Symbol{Name: "b", Width: 2, Level: Ordinal, Field: packet.Reg(1)})
	t.add(&Symbol{Name: "port", Level: Nominal, Field: packet.Inport})
	return t
}

// TestExhaustive compares every way of evaluating an expression with its
// meaning, over all expressions of up to three terms and all packets.
func TestExhaustive(t *testing.T) {
	s := small()
	a, b, port := symbol(s, "a"), symbol(s, "b"), symbol(s, "port")
	var terms []Expr
	for _, sym := range []*Symbol{a, b} {
		for op := EQ; op <= GE; op++ {
			for v := range uint64(4) {
				terms = append(terms, &Cmp{Symbol: sym, Op: op, Value: packet.Uint(v), Mask: packet.Ones(2)})
			}
		}
		terms = append(terms, &Cmp{Symbol: sym, Op: EQ, Value: packet.Uint(2), Mask: packet.Uint(2)})
	}
	terms = append(terms, &Cmp{Symbol: port, Op: EQ, Port: "p1"}, &Cmp{Symbol: port, Op: EQ, Port: "p2"}, Bool(true), Bool(false))
	var packets []packet.Packet
	for va := range uint64(4) {
		for vb := range uint64(4) {
			for vp := range uint64(3) {
				var p packet.Packet
				p.SetUint(a.Field, va)
				p.SetUint(b.Field, vb)
				p.SetUint(port.Field, vp)
				packets = append(packets, p)
			}
		}
	}
	n := 0
	check := func(e Expr) {
		n++
		simple := simplifier{bitByBit: n%3 == 0}.expr(e)
		normal, err := Normalize(simple, MicroflowRules{DropCovered: n%2 == 0})
		if err != nil {
			t.Fatal(err)
		}
		isNormal(t, normal)
		isSingle(t, e, simple, normal, MicroflowRules{DropCovered: n%2 == 0})
		forms := []*Matcher{Compile(e, onePort{}), Compile(simple, onePort{}), Compile(normal, onePort{})}
		for i := range packets {
			want := evaluate(e, &packets[i])
			for k, m := range forms {
				if m.Match(&packets[i], 0) != want {
					t.Fatalf("%s: form %d (%s, %s) says %v of %s", Format(e), k, Format(simple), Format(normal), !want, packets[i].Header(packet.HeaderStyle{}))
				}
			}
		}
	}
	for i, x := range terms {
		check(x)
		for j, y := range terms {
			check(AllOf(x, y))
			check(AnyOf(x, y))
			// Of three terms, every third combination in turn: all of them take
			// longer than the test is worth.
			for k := (i + j) % 3; k < len(terms); k += 3 {
				z := terms[k]
				check(AllOf(x, AnyOf(y, z)))
				check(AnyOf(x, AllOf(y, z)))
			}
		}
	}
	r := rand.New(rand.NewPCG(3, 4))
	var draw func(depth int) Expr
	draw = func(depth int) Expr {
		if depth == 0 || r.IntN(4) == 0 {
			return terms[r.IntN(len(terms))]
		}
		subs := make([]Expr, 2+r.IntN(3))
		for i := range subs {
			subs[i] = draw(depth - 1)
		}
		if r.IntN(3) == 0 {
			return AnyOf(subs...)
		}
		return AllOf(subs...)
	}
	for range 5000 {
		check(draw(3))
	}
	t.Logf("%d expressions", n)
}

// isSingle fails unless normalizeSingle finds of a simplified expression what its
// normal form is.
func isSingle(t *testing.T, e, simple, normal Expr, rules MicroflowRules) {
	t.Helper()
	clauses := []Expr{normal}
	if and, ok := normal.(*And); ok {
		clauses = and.Subs
	}
	isOr := func(e Expr) bool { _, ok := e.(*Or); return ok }
	want := slices.ContainsFunc(clauses, isOr)
	got, ambiguous, err := normalizeSingle(simple, rules)
	if err != nil || ambiguous != want || !ambiguous && Format(got) != Format(normal) {
		t.Fatalf("%s: ambiguous %v, %v, error %v; the normal form is %s", Format(e), ambiguous, got, err, Format(normal))
	}
}

// isNormal fails unless e is a disjunction of conjunctions of clauses over one
// symbol each.
func isNormal(t *testing.T, e Expr) {
	t.Helper()
	conjunctions := []Expr{e}
	if o, ok := e.(*Or); ok && uniqueSymbol(e) == nil {
		conjunctions = o.Subs
	}
	for _, c := range conjunctions {
		clauses := []Expr{c}
		if a, ok := c.(*And); ok {
			clauses = a.Subs
		}
		for _, cl := range clauses {
			if o, ok := cl.(*Or); ok && uniqueSymbol(o) == nil {
				t.Fatalf("%s: clause %s", Format(e), Format(cl))
			}
			if _, ok := cl.(*And); ok {
				t.Fatalf("%s: clause %s", Format(e), Format(cl))
			}
		}
	}
}

// TestNegation checks that an expression and its negation never agree.
func TestNegation(t *testing.T) {
	s := SymbolsOf(dialect.Newest)
	r := rand.New(rand.NewPCG(1, 2))
	for _, text := range []string{
		"reg0 == 5 || reg1[3..9] > 7", "tcp.dst != {80, 443}", "10 < reg2 <= 99", "xxreg0 > 0x10000000000000000",
		"ip6.src != fd00::/8", `is_chassis_resident("here") || reg0[0]`, "xxreg1[60..70] <= 77", "!(reg0 == 1/1)",
	} {
		e, err := Parse(text, Env{Symbols: s})
		if err != nil {
			t.Fatal(err)
		}
		m, not := Compile(Annotate(e), onePort{}), Compile(Negate(Annotate(e)), onePort{})
		for range 500 {
			p := randomPacket(r)
			if m.Match(&p, 0) == not.Match(&p, 0) {
				t.Errorf("%s and its negation agree", text)
				break
			}
		}
	}
}

func randomPacket(r *rand.Rand) packet.Packet {
	var p packet.Packet
	for _, f := range packet.Fields() {
		v := packet.Value{Hi: r.Uint64(), Lo: r.Uint64()}
		if r.IntN(2) == 0 {
			v = packet.Uint(r.Uint64N(100))
		}
		p.Set(f, v)
	}
	p.SetUint(packet.EthType, []uint64{packet.EthTypeIPv4, packet.EthTypeIPv6, packet.EthTypeARP}[r.IntN(3)])
	return p
}

func TestAnnotate(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"prerequisite", "udp.src == 53", "udp.src == 0x35 && ip.proto == 0x11 && (eth.type == 0x800 || eth.type == 0x86dd)"},
		{"once for one symbol", "ip4.src == {1.1.1.1, 2.2.2.2}", "(ip4.src == 0x1010101 || ip4.src == 0x2020202) && eth.type == 0x800"},
		{"subfield", "reg5 == 1", "xxreg1[64..95] == 0x1"},
		{"subfield of a subregister", "reg9[4] == 1", "xreg4[4]"},
		{"predicate", "icmp6", "(eth.type == 0x86dd && ip.proto == 0x3a && (eth.type == 0x800 || eth.type == 0x86dd))"},
		{"conntrack bit", "ct.est", "ct_state[1] && ct_state[5]"},
		{"conntrack tracked", "ct.trk", "ct_state[5]"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e, err := Parse(tt.in, env("main"))
			if err != nil {
				t.Fatal(err)
			}
			got := Format(Annotate(e))
			if "("+got+")" != tt.want && got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestMatchAllocatesNothing(t *testing.T) {
	e, err := Parse(`inport == "p1" && ip6.src == fd00::/8 && tcp.dst != {80, 443} && 1 < reg0 < 100 && xxreg0 > 5`, env("main"))
	if err != nil {
		t.Fatal(err)
	}
	m := Compile(Annotate(e), onePort{})
	var p packet.Packet
	p.SetUint(packet.Inport, 1)
	p.SetUint(packet.EthType, packet.EthTypeIPv6)
	p.Set(packet.IPv6Src, packet.Value{Hi: 0xfd << 56})
	p.SetUint(packet.IPProto, packet.ProtoTCP)
	p.SetUint(packet.Reg(0), 50)
	if !m.Match(&p, 0) {
		t.Fatal("does not match")
	}
	if n := testing.AllocsPerRun(100, func() { m.Match(&p, 0) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
