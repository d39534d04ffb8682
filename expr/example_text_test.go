package expr_test

import (
	"errors"
	"fmt"
	"strings"

	"github.com/ovnwalk/ovnwalk/dialect"
	"github.com/ovnwalk/ovnwalk/expr"
)

// A syntax error knows which bytes of the text are to blame, so that a tool can
// point at them.
func ExampleSyntaxError() {
	_, err := expr.Parse("ip4.src == 10.0.0.1 && tcp.port == 80", expr.Env{Symbols: expr.SymbolsOf(dialect.Newest)})
	if e, ok := errors.AsType[*expr.SyntaxError](err); ok {
		fmt.Println(e.Text)
		fmt.Println(strings.Repeat(" ", e.Start) + strings.Repeat("^", e.End-e.Start))
		fmt.Println(e.Msg)
	}
	// Output:
	// ip4.src == 10.0.0.1 && tcp.port == 80
	//                        ^^^^^^^^
	// Syntax error at `tcp.port' expecting field name.
}

// Template variables get the values that a chassis has for them; the text is
// written anew.
func ExampleExpand() {
	values := map[string]string{"vip": "10.0.0.100"}
	value := func(name string) (string, bool) { v, ok := values[name]; return v, ok }
	for _, text := range []string{"ip4.dst  ==  ^vip", "tcp.dst == ^port"} {
		if out, missing := expr.Expand(text, expr.SymbolsOf(dialect.Newest), value); missing != "" {
			fmt.Println("no value for", missing)
		} else {
			fmt.Println(out)
		}
	}
	// Output:
	// ip4.dst==10.0.0.100
	// no value for port
}

// A name that somebody chose is quoted before it becomes part of a match.
func ExampleQuote() {
	fmt.Println("inport == " + expr.Quote(`web "blue"`))
	// Output: inport == "web \"blue\""
}

// Names of ports in a text are replaced without parsing it.
func ExampleMapStrings() {
	names := map[string]string{"9d1bd5bd-3b5a": "web1"}
	text := `inport == "9d1bd5bd-3b5a" && ip4.src == 10.0.0.1`
	fmt.Println(expr.MapStrings(text, expr.SymbolsOf(dialect.Newest), func(s string) (string, bool) {
		name, ok := names[s]
		return name, ok
	}))
	// Output: inport == "web1" && ip4.src == 10.0.0.1
}

// Where a text is only to be shown with the values in it, it stays as it is
// otherwise.
func ExampleSubstitute() {
	fmt.Println(expr.Substitute("ip4.dst  ==  ^vip", func(string) (string, bool) { return "10.0.0.100", true }))
	// Output: ip4.dst  ==  10.0.0.100
}
