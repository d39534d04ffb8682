package expr_test

import (
	"errors"
	"fmt"
	"log"
	"strings"

	"github.com/ovnwalk/ovnwalk/dialect"
	"github.com/ovnwalk/ovnwalk/expr"
)

// parse parses a match of the newest release, with port groups left as they
// are.
func parse(text string) expr.Expr {
	e, err := expr.Parse(text, expr.Env{Symbols: expr.SymbolsOf(dialect.Newest), DeferGroups: true})
	if err != nil {
		log.Fatal(err)
	}
	return e
}

// The environment of a match has its symbols, address sets and port groups.
func ExampleParse() {
	symbols := expr.SymbolsOf(dialect.MustParse("24.03"))
	e, err := expr.Parse("ip4.src == $web", expr.Env{
		Symbols: symbols,
		Set: func(name string) (*expr.AddressSet, bool) {
			members, ok := map[string][]string{"web": {"10.0.0.2", "10.0.0.1"}}[name]
			set, _ := symbols.AddressSet(name, members)
			return set, ok
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(expr.Format(e))
	// Output: ip4.src == 0xa000001 || ip4.src == 0xa000002
}

// A tree of five kinds of expressions is walked with a type switch.  Here it is
// asked which ports a match names.
func ExampleWalk() {
	var ports []string
	expr.Walk(parse(`(inport == @pg_web || inport == "vm1") && ip4 && is_chassis_resident("vm2")`), func(e expr.Expr) bool {
		switch e := e.(type) {
		case *expr.Cmp:
			if e.Group != "" {
				ports = append(ports, "@"+e.Group)
			} else if e.Port != "" {
				ports = append(ports, e.Port)
			}
		case *expr.Resident:
			ports = append(ports, e.Port+" on this chassis")
		case *expr.And, *expr.Or, expr.Bool:
		}
		return true
	})
	fmt.Println(strings.Join(ports, ", "))
	// Output: @pg_web, vm1, vm2 on this chassis
}

// A comparison has an operator, by which a tool may find those that are not
// for equality.
func ExampleOp() {
	exact := map[expr.Op]bool{expr.EQ: true}
	expr.Walk(parse("tcp.src > 1023 && tcp.dst != 22 && ip.ttl == 64"), func(e expr.Expr) bool {
		if c, ok := e.(*expr.Cmp); ok && !exact[c.Op] {
			fmt.Println(c.Symbol.Name, c.Op, c.Value.Lo)
		}
		return true
	})
	// Output:
	// tcp.src > 1023
	// tcp.dst != 22
}

// Annotation adds what must hold of packets that have the fields at all.
func ExampleAnnotate() {
	fmt.Println(expr.Format(expr.Annotate(parse("tcp.dst == 80"))))
	fmt.Printf("%s\n", expr.Append([]byte("match: "), parse("ip4 && udp")))
	// Output:
	// tcp.dst == 0x50 && ip.proto == 0x6 && (eth.type == 0x800 || eth.type == 0x86dd)
	// match: ip4 && udp
}

// Two rules may be put together into the match of those packets that the first
// one takes and the second one does not.
func ExampleAllOf() {
	web, office := parse("tcp.dst == 80 || tcp.dst == 443"), parse("ip4.src == 10.0.0.0/8")
	fmt.Println(expr.Format(expr.AllOf(web, expr.Negate(office))))
	fmt.Println(expr.Format(expr.AnyOf(web, office, nil)))
	// Output:
	// (tcp.dst == 0x50 || tcp.dst == 0x1bb) && ip4.src[24..31] != 0xa
	// tcp.dst == 0x50 || tcp.dst == 0x1bb || ip4.src[24..31] == 0xa
}

// What depends on the chassis is decided once one is chosen.
func ExampleConditions() {
	e := parse(`ip4 && is_chassis_resident("cr-gw")`)
	here := func(port string) bool { return port == "cr-gw" }
	fmt.Println(expr.Format(expr.Simplify(expr.Annotate(expr.Conditions(e, here)))))
	// Output: eth.type == 0x800
}

// The normal form is a disjunction of conjunctions, as OpenFlow flows need it.
func ExampleNormalize() {
	e := expr.Simplify(expr.Annotate(parse("ip4 && (tcp.dst == 80 || udp.dst == 53)")))
	e, err := expr.Normalize(e, expr.MicroflowRulesOf(dialect.For(dialect.Newest)))
	if errors.Is(err, expr.ErrTooComplex) {
		log.Fatal("the match would need too many flows")
	}
	if or, ok := e.(*expr.Or); ok {
		for _, term := range or.Subs {
			fmt.Println(expr.Format(term))
		}
	}
	// Output:
	// eth.type == 0x800 && ip.proto == 0x6 && tcp.dst == 0x50
	// eth.type == 0x800 && ip.proto == 0x11 && udp.dst == 0x35
}

// A match that parses may still match everything, or nothing, because it names
// a port that is not there.
func ExampleMatcher() {
	for _, text := range []string{"1", `ip4 && inport == "vm9"`, "ip4"} {
		m := expr.Compile(expr.Annotate(parse(text)), network{})
		fmt.Printf("%s: always %v, never %v\n", text, m.Always(), m.Never())
	}
	// Output:
	// 1: always true, never false
	// ip4 && inport == "vm9": always false, never true
	// ip4: always false, never false
}

// An index over many matches may be made from the bits that each of them asks
// for in any case.
func ExampleMatcher_Required() {
	m := expr.Compile(expr.Annotate(parse("eth.dst == 40:44:00:00:00:01 && vlan.present")), network{})
	for _, b := range m.Required(make([]expr.Bits, 0, 8)) {
		fmt.Printf("word %d & %#x == %#x\n", b.Word, b.Mask, b.Value)
	}
	// Output: word 14 & 0xffffffffffff == 0x404400000001
}

// A match that takes few values of a field stands in such an index under each of them.
func ExampleMatcher_RequiredOneOf() {
	m := expr.Compile(expr.Annotate(parse("ip4.src == {10.0.0.1, 10.0.0.255}")), network{})
	for _, b := range m.RequiredOneOf(nil) {
		fmt.Printf("word %d & %#x == %#x\n", b.Word, b.Mask, b.Value)
	}
	// Output:
	// word 21 & 0xffffffff == 0xa000001
	// word 21 & 0xffffffff == 0xa0000ff
}
