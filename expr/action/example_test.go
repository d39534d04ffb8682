package action_test

import (
	"fmt"
	"log"

	"github.com/ovnwalk/ovnwalk/dialect"
	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/expr/action"
)

// Actions parse as a release has them: here ct_next got a conntrack zone later
// on.
func ExampleParse() {
	for _, release := range []string{"22.03", "25.03"} {
		env := action.Env{Dialect: dialect.For(dialect.MustParse(release)), Table: 3}
		a, err := action.Parse("ip.ttl--; ct_next;", env)
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(a)
		fmt.Println("  requires", expr.Format(a.Prereqs))
		for _, a := range a.List {
			if next, ok := a.(*action.CTNext); ok {
				fmt.Println("  goes on in table", next.Table)
			}
		}
	}
	_, err := action.Parse("ip.ttl = 300;", action.Env{})
	fmt.Println(err)
	// Output:
	// ip.ttl--; ct_next;
	//   requires ip && ip
	//   goes on in table 4
	// ip.ttl--; ct_next(dnat);
	//   requires ip && ip
	//   goes on in table 4
	// 9-bit constant is not compatible with 8-bit field ip.ttl.
}

// Nested actions are lists of their own.  This example finds the outputs of a flow, including those of
// copies.
func ExampleNested() {
	a, err := action.Parse(`clone { outport = "vm1"; output; }; arp { eth.dst = ff:ff:ff:ff:ff:ff; output; }; outport = "vm2"; output;`, action.Env{})
	if err != nil {
		log.Fatal(err)
	}
	copies := map[action.NestedKind]string{action.Clone: "a clone", action.ARP: "an ARP request"}
	var show func(list []action.Action, who string)
	show = func(list []action.Action, who string) {
		for _, a := range list {
			switch a := a.(type) {
			case *action.Nested:
				show(a.List, copies[a.Kind])
			case *action.Output:
				fmt.Println(who, "goes out")
			}
		}
	}
	show(a.List, "the packet")
	// Output:
	// a clone goes out
	// an ARP request goes out
	// the packet goes out
}
