package expr_test

import (
	"fmt"

	"github.com/ovnwalk/ovnwalk/dialect"
	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/packet"
)

// Matches that differ in constants alone are parsed and compiled once.
func ExampleFormCache() {
	env := expr.Env{Symbols: expr.SymbolsOf(dialect.Newest), DeferGroups: true}
	ports := network{ports: map[string]uint64{"vm1": 1, "vm2": 2}}
	var p packet.Packet
	p.SetUint(packet.Inport, 2)
	p.SetUint(packet.EthSrc, 2)
	var forms expr.FormCache[string]
	for _, match := range []string{`inport == "vm1" && eth.src == 00:00:00:00:00:01`, `inport == "vm2" && eth.src == 00:00:00:00:00:02`, `inport == ^vm`} {
		m, first, ok := forms.Compile(0, match, "next;", env, ports, func(expr.Expr, expr.Form) (expr.Expr, string, error) {
			return expr.Bool(true), match, nil
		})
		if !ok {
			fmt.Println(match, "has no form")
			continue
		}
		fmt.Println(m.Match(&p, 0), "by the form of", first)
	}
	fmt.Println("forms:", forms.Len())
	// Output:
	// false by the form of inport == "vm1" && eth.src == 00:00:00:00:00:01
	// true by the form of inport == "vm1" && eth.src == 00:00:00:00:00:01
	// inport == ^vm has no form
	// forms: 1
}
