package dialect_test

import (
	"errors"
	"fmt"
	"slices"

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

// Before an upgrade one may ask in what the two releases differ.
func ExampleFeatureRow() {
	differs := func(row dialect.FeatureRow, a, b dialect.Release) bool { return row.Holds(a) != row.Holds(b) }
	for _, row := range dialect.Features {
		if differs(row, dialect.MustParse("22.12"), dialect.MustParse("23.06")) {
			fmt.Printf("%s: %s\n", row.Name, row.Commit)
		}
	}
	// Output:
	// SupersetsDropped: 422ab29e7 expr: Remove supersets from OR expressions.
	// ReleasesOnLearning: 2d7cf21c6 controller: Move the packet buffering into mac-learn
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

// The points of a span say whether an older series got a change, too.
func ExamplePoint() {
	for _, series := range []string{"22.03", "22.06"} {
		backported := slices.ContainsFunc(dialect.FragInHeader.Span().Points, func(p dialect.Point) bool {
			return p.Has && p.Release.Series() == series
		})
		fmt.Println(series, backported)
	}
	fmt.Println(dialect.MustSpan("2.12..24.09 -24.03.3").Points[0].Has)
	// Output:
	// 22.03 true
	// 22.06 true
	// false
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

// The symbols of a release are there with what they stand for.
func ExampleSymbolsOf() {
	for _, s := range dialect.SymbolsOf(dialect.MustParse("24.09")) {
		if s.Name == "igmp" {
			fmt.Println(s.Definition)
		}
	}
	// Output: ip4.mcast && ip.proto == 2
}

// A symbol's row says what may be done with it: an editor may offer just those
// fields that an action may assign to and that take a mask.
func ExampleSymbolRow() {
	assignable := func(s dialect.SymbolRow) bool {
		return s.Kind == dialect.KindField && s.Level == dialect.LevelOrdinal && s.Write == dialect.WriteAction
	}
	for _, s := range dialect.SymbolsOf(dialect.Newest) {
		if assignable(s) && s.Width == 48 {
			fmt.Println(s.Name)
		}
	}
	// Output:
	// eth.src
	// eth.dst
	// arp.sha
	// arp.tha
	// nd.sll
	// nd.tll
	// rarp.sha
	// rarp.tha
}
