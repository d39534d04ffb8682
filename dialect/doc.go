// Package dialect says how the releases of OVN differ: in what ovn-trace
// prints, in what its languages accept, in their fields and actions, and in
// the schema of the southbound database.
//
// Everything is data.  [Releases] lists the releases, [Features] the
// differences that are not a matter of one action or field, [Actions] and
// [Symbols] those that are; each row carries the [Span] of releases that have
// it, dated by the release in which upstream made the change, and the first
// point release of each older series that the change was brought back to.
//
// A [Dialect] answers for one release:
//
//	d := dialect.For(dialect.MustParse("22.03"))
//	if d.Has(dialect.FragInHeader) { ... }
//
// [Detect] finds which release wrote a database.
package dialect
