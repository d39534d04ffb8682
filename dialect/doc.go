// Package dialect describes the differences between OVN releases: the output of
// ovn-trace, the fields and actions of logical flows, and the schema of the
// southbound database.
//
// The differences are tables.  [Releases] lists the releases, [Symbols] the fields,
// [Actions] the actions, and [Features] all other differences.  Each row has the
// [Span] of releases to which it applies: from the release with upstream's change,
// and from the first point release of each older series that has a backport of it.
//
// A [Dialect] is the language and the behavior of one release:
//
//	d := dialect.For(dialect.MustParse("22.03"))
//	if d.Has(dialect.FragInHeader) { ... }
//
// [Detect] finds the release that wrote a database.
package dialect
