package dialect_test

import (
	"fmt"

	"github.com/ovnwalk/ovnwalk/dialect"
)

func ExampleDetect() {
	d, err := dialect.Detect(dialect.Evidence{SchemaVersion: "20.21.0"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%v, by %v %s\n", d.Release, d.By, d.Evidence)
	// Output: 22.03.0, by schema version 20.21.0
}

func ExampleDialect_Has() {
	for _, name := range []string{"22.03", "22.03.2", "23.03"} {
		r := dialect.MustParse(name)
		fmt.Println(r, dialect.For(r).Has(dialect.FragInHeader))
	}
	// Output:
	// 22.03.0 false
	// 22.03.2 true
	// 23.03.0 true
}

func ExampleSymbolsOf() {
	for _, s := range dialect.SymbolsOf(dialect.MustParse("24.09")) {
		if s.Name == "igmp" {
			fmt.Println(s.Definition)
		}
	}
	// Output: ip4.mcast && ip.proto == 2
}
