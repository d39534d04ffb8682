package expr_test

import (
	"fmt"
	"log"

	"github.com/ovnwalk/ovnwalk/dialect"
	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/packet"
)

// A symbol is known by its name; what it stands for depends on what it is.
func ExampleSymbols_Lookup() {
	symbols := expr.SymbolsOf(dialect.MustParse("24.03"))
	for _, name := range []string{"ip.ttl", "ct.est", "ip4.mcast", "tcp.port"} {
		switch s, ok := symbols.Lookup(name); {
		case !ok:
			fmt.Println(name, "is not there")
		case s.Predicate != "":
			fmt.Println(name, "stands for", s.Predicate)
		case s.Parent != nil:
			fmt.Printf("%s is bit %d of %s\n", name, s.ParentOfs, s.Parent.Name)
		default:
			fmt.Println(name, "is the field", s.Field.Name)
		}
	}
	// Output:
	// ip.ttl is the field nw_ttl
	// ct.est is bit 1 of ct_state
	// ip4.mcast stands for eth.mcast && ip4.dst[28..31] == 0xe
	// tcp.port is not there
}

// A reference page lists the symbols with what may be done with them.
func ExampleSymbol() {
	row := func(s *expr.Symbol) string {
		line := fmt.Sprintf("%s is %v", s.Name, s.Level)
		if s.Level == expr.Ordinal && s.Scope&expr.WriteAction != 0 {
			line += ", may be assigned to"
		}
		if e := s.PrereqExpr(); e != nil {
			line += ", needs " + expr.Format(e)
		}
		return line
	}
	for _, s := range expr.SymbolsOf(dialect.Newest).All() {
		if s.Name == "reg0" || s.Name == "eth.type" || s.Name == "udp.dst" {
			fmt.Println(row(s))
		}
	}
	// Output:
	// reg0 is ordinal, may be assigned to
	// eth.type is nominal
	// udp.dst is ordinal, may be assigned to, needs ip.proto == 0x11 && (eth.type == 0x800 || eth.type == 0x86dd)
}

// Levels and scopes are what an editor asks before it offers an operator or an
// assignment.
func ExampleLevel() {
	operators := map[expr.Level]string{expr.Nominal: "==", expr.Boolean: "== !=", expr.Ordinal: "== != < <= > >="}
	scopes := map[expr.Scope]string{expr.WriteAction: "an action", expr.WriteCTCommit: "ct_commit"}
	symbols := expr.SymbolsOf(dialect.Newest)
	for _, name := range []string{"tcp.dst", "ct_label"} {
		s, _ := symbols.Lookup(name)
		fmt.Printf("%s takes %s and is set by %s\n", name, operators[s.Level], scopes[s.Scope])
	}
	// Output:
	// tcp.dst takes == != < <= > >= and is set by an action
	// ct_label takes == != < <= > >= and is set by ct_commit
}

// A field or a part of one is read from packets and written to them.
func ExampleFieldRef() {
	f, err := expr.SymbolsOf(dialect.Newest).ParseFieldRef("reg9[16..31]")
	if err != nil {
		log.Fatal(err)
	}
	var p packet.Packet
	f.Write(&p, packet.Uint(7))
	field, ofs, bits := f.Resolve()
	fmt.Printf("%v is %d bits of %s from bit %d\n", f, bits, field.Name, ofs)
	fmt.Println(f.Read(&p).Lo, string(f.Append([]byte("set "))))
	// Output:
	// reg9[16..31] is 16 bits of xreg4 from bit 16
	// 7 set reg9[16..31]
}

// Before it is assigned to, a field is checked for its width and for whether
// actions may write it.
func ExampleFieldRef_Check() {
	symbols := expr.SymbolsOf(dialect.Newest)
	for _, text := range []string{"reg0[0]", "reg0", "ip.frag[0]"} {
		f, err := symbols.ParseFieldRef(text)
		if err == nil {
			err = f.Check(1, expr.WriteAction)
		}
		fmt.Println(text, err)
	}
	// Output:
	// reg0[0] <nil>
	// reg0 Cannot use 32-bit field reg0[0..31] where 1-bit field is required.
	// ip.frag[0] Field ip.frag is not modifiable.
}

// Members of address sets are strings in the database, some of which may be no
// addresses.
func ExampleSymbols_AddressSet() {
	set, bad := expr.SymbolsOf(dialect.Newest).AddressSet("web", []string{"10.0.0.2", "10.0.0.0/24", "web1"})
	for _, c := range set.Members {
		fmt.Printf("%s\n", c.Append(nil, false))
	}
	fmt.Println("left out:", bad)
	// Output:
	// 10.0.0.0/24
	// 10.0.0.2
	// left out: [web1]
}

// Releases cut a text into tokens in their own ways.
func ExampleSymbols_Rules() {
	for _, name := range []string{"20.03", "24.03"} {
		rules := expr.SymbolsOf(dialect.MustParse(name)).Rules()
		fmt.Println(name, "has template variables:", !rules.NoTemplate)
	}
	// Output:
	// 20.03 has template variables: false
	// 24.03 has template variables: true
}
