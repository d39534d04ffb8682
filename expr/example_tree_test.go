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

// What depends on the chassis is decided once one is chosen.
func ExampleConditions() {
	e := parse(`ip4 && is_chassis_resident("cr-gw")`)
	here := func(port string) bool { return port == "cr-gw" }
	fmt.Println(expr.Format(expr.Simplify(expr.Annotate(expr.Conditions(e, here)))))
	// Output: eth.type == 0x800
}
