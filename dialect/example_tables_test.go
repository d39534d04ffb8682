package dialect_test

import (
	"errors"
	"fmt"

	"github.com/ovnwalk/ovnwalk/dialect"
)

// The dialect of a release knows how long its pipelines may be.
func ExampleFor() {
	for _, name := range []string{"20.03", "23.03", "25.09"} {
		d := dialect.For(dialect.MustParse(name))
		fmt.Printf("%v: %d ingress and %d egress tables\n", d.Release(), d.IngressTables(), d.EgressTables())
	}
	// Output:
	// 20.03.0: 24 ingress and 24 egress tables
	// 23.03.0: 29 ingress and 29 egress tables
	// 25.09.0: 32 ingress and 14 egress tables
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

// A span says since when something is there, until when, and what was brought
// back to older series.
func ExampleParseSpan() {
	s, err := dialect.ParseSpan("22.12.. +22.03.3 +22.09.2")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, name := range []string{"22.03", "22.03.3", "22.06.1", "24.03"} {
		fmt.Println(name, s.Holds(dialect.MustParse(name)))
	}

	_, err = dialect.ParseSpan("22.12")
	if bad, ok := errors.AsType[*dialect.SpanError](err); ok {
		fmt.Printf("%q: %s\n", bad.Text, bad.Reason)
	}
	// Output:
	// 22.03 false
	// 22.03.3 true
	// 22.06.1 false
	// 24.03 true
	// "22.12": does not begin with SINCE..UNTIL
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

// The row of a feature describes it and lists its releases.
func ExampleFeatureNamed() {
	f, err := dialect.FeatureNamed("DatapathOptional")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%v (%v): %s\n", f, f.Span(), f.Doc())

	_, err = dialect.FeatureNamed("DatapathRequired")
	if unknown, ok := errors.AsType[*dialect.UnknownFeatureError](err); ok {
		fmt.Println("no feature has the name", unknown.Name)
	}
	// Output:
	// DatapathOptional (20.12.0..): The DATAPATH argument is optional; the default is the datapath of the microflow's inport.
	// no feature has the name DatapathRequired
}
