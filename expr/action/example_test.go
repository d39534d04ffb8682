package action_test

import (
	"fmt"

	"github.com/ovnwalk/ovnwalk/dialect"
	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/expr/action"
)

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
