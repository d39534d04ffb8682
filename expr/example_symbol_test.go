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
