package dialect_test

import (
	"errors"
	"fmt"

	"github.com/ovnwalk/ovnwalk/dialect"
)

// A release is parsed from an option or a version string, and compared with others.
func ExampleParse() {
	r, err := dialect.Parse("25.03.0-20.41.0-77.6") // options:northd_internal_version
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(r, "of series", r.Series())
	fmt.Println("at least 24.09:", r.AtLeast(dialect.MustParse("24.09")))
	fmt.Println("before 25.09:", r.Before(dialect.MustParse("25.09")))
	fmt.Println("development snapshot:", r.IsDevelopment())

	_, err = dialect.Parse("21.01")
	if bad, ok := errors.AsType[*dialect.ReleaseError](err); ok {
		fmt.Printf("%q: %s\n", bad.Text, bad.Reason)
	}
	// Output:
	// 25.03.0 of series 25.03
	// at least 24.09: true
	// before 25.09: true
	// development snapshot: false
	// "21.01": OVN had no series 21.01
}

// The best evidence in a database decides its release; the schema's version is
// the next best, and the tables that exist come last.
func ExampleDetect() {
	d, err := dialect.Detect(dialect.Evidence{SchemaVersion: "20.21.0"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%v, by %v %s\n", d.Release, d.By, d.Evidence)
	// Output: 22.03.0, by schema version 20.21.0
}

// A feature that was brought back to older series is there from a point release
// on.
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

// The actions of a release are there as texts that it takes, with the form in
// which it prints them.
func ExampleActionsOf() {
	for _, a := range dialect.ActionsOf(dialect.MustParse("25.03")) {
		if a.Name == "ct_next" || a.Name == "ct_commit_nat" {
			fmt.Printf("%-20s is printed as %s\n", a.Text, a.Canonical())
		}
	}
	// Output:
	// ct_next;             is printed as ct_next(dnat);
	// ct_next(snat);       is printed as ct_next(snat);
	// ct_commit_nat;       is printed as ct_commit_nat(dnat);
	// ct_commit_nat(snat); is printed as ct_commit_nat(snat);
}
