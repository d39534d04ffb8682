package expr_test

import (
	"fmt"
	"log"

	"github.com/ovnwalk/ovnwalk/dialect"
	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/packet"
)

// Matches that differ in constants alone have one form, which is parsed and
// compiled once.
func ExampleForm() {
	env := expr.Env{Symbols: expr.SymbolsOf(dialect.Newest), DeferGroups: true}
	ports := network{ports: map[string]uint64{"vm1": 1, "vm2": 2}}
	forms := map[string]*expr.Form{}
	var p packet.Packet
	p.SetUint(packet.Inport, 2)
	p.SetUint(packet.EthSrc, 2)
	for _, match := range []string{`inport == "vm1" && eth.src == 00:00:00:00:00:01`, `inport == "vm2" && eth.src == 00:00:00:00:00:02`} {
		var text expr.FormText
		if !text.AddMatch(match, env.Symbols) {
			log.Fatal("the match has no form")
		}
		if forms[string(text.Key)] == nil {
			e, err := text.ParseForm(match, env)
			if err != nil {
				log.Fatal(err)
			}
			forms[string(text.Key)] = expr.CompileForm(expr.Annotate(e), ports)
		}
		m := forms[string(text.Key)].Matcher(text.Constants, ports)
		fmt.Println(m.Match(&p, 0))
	}
	fmt.Println("forms:", len(forms))
	// Output:
	// false
	// true
	// forms: 1
}

// The key of a form distinguishes flows that differ in more than constants.  Its
// memory may be used again for the next flow.
func ExampleFormText() {
	symbols := expr.SymbolsOf(dialect.Newest)
	seen := map[string]int{}
	var text expr.FormText
	for _, flow := range [][2]string{
		{`ip4.dst == 10.0.0.1`, `outport = "vm1"; output;`},
		{`ip4.dst == 10.0.0.2`, `outport = "vm2"; output;`},
		{`ip4.dst == 10.0.0.3`, `drop;`},
	} {
		text.Reset()
		if text.AddMatch(flow[0], symbols) && text.AddActions(flow[1], symbols) {
			seen[string(text.Key)]++
		}
	}
	fmt.Println("forms:", len(seen))
	// Output: forms: 2
}

// A text with template variables has no form, since its tokens are not known
// yet.
func ExampleFormText_AddMatch() {
	symbols := expr.SymbolsOf(dialect.Newest)
	for _, match := range []string{"ip4.dst == 10.0.0.1", "ip4.dst == ^vip"} {
		var text expr.FormText
		fmt.Println(text.AddMatch(match, symbols), len(text.Constants))
	}
	// Output:
	// true 1
	// false 0
}
