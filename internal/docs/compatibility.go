package docs

import (
	"fmt"
	"strings"

	"github.com/ovnwalk/ovnwalk/dialect"
)

// Compatibility returns docs/compatibility.md: the releases that are known and
// how they differ, from [dialect.Releases] and [dialect.Features].
func Compatibility() string {
	var b strings.Builder
	b.WriteString(generatedNote)
	b.WriteString(compatibilityTop)
	b.WriteString("| release | southbound schema | last point release known | tables ingress | tables egress |\n| --- | --- | --- | --- | --- |\n")
	for _, k := range dialect.Releases {
		d := dialect.For(k.Release)
		fmt.Fprintf(&b, "| %s | %s | %s | %d | %d |\n", name(k.Release), k.Schema, lastPoint(k), d.IngressTables(), d.EgressTables())
	}
	b.WriteString("\n## Differences\n\n" + featureNotes + spanNotes + "\n")
	b.WriteString("| feature | releases | in these releases | in other releases | upstream's change |\n| --- | --- | --- | --- | --- |\n")
	for _, f := range dialect.Features {
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", f.Name, spanText(f.Span), cell(f.Doc), cell(f.Else), cell(f.Commit))
	}
	return b.String()
}

const compatibilityTop = `# Releases

One binary reads the databases of every release from 2.11 to the development head, and prints what the ` + "`ovn-trace`" + ` of
that release prints. The release that wrote a database is found, in this order,

1. by ` + "`SB_Global.options:northd_internal_version`" + `, which ovn-northd writes since 20.12;
2. by the version of the schema;
3. by the newest table or column, as in a dump without a schema.

` + "`--release`" + ` overrides the result, and is required for a database that has none of the three. Two releases can have the same
version of the schema; if nothing else distinguishes them, the later one is assumed: 22.03 for 21.12, 23.03 for 22.12. Before
20.12, the last point release of a series is assumed: 20.06.3 for 20.06.0. The heads of upstream's branches are known too, by the
point release that their programs call themselves: 24.09.4 was not released.

Output is compared with that of real tools. The answers of 2.11, 22.03, 23.03, 25.03 and the development head are recorded. On
every change, random networks and packets are compared with 23.03. Tools built from the tags 2.11.7, 2.12.4, 20.03.2, 20.06.0,
20.06.3, 20.09.0, 20.12.0, 21.03.0, 21.06.0, 21.09.1, 21.12.0, 21.12.2, 22.03.0, 22.03.8, 22.09.0, 22.12.2, 23.06.5, 23.09.0,
23.09.6, 24.03.0, 24.09.0, 25.03.0, 25.03.3, 25.09.0, 26.03.0, 26.03.2 and the development head were compared once, over
networks of their own northd. The other releases were not compared; they follow the tags of upstream's changes.

## Known releases

The numbers of tables are the limits of ` + "`next`" + ` in the parser of the release.

`

const featureNotes = `[language.md](language.md) lists the fields and actions of each release. The table below lists the other differences.

Ranges of releases: `

// lastPoint returns the last release of a series that was known when the row
// was written.
func lastPoint(k dialect.Known) string {
	if k.Release == dialect.Newest {
		return "not released"
	}
	r := k.Release
	r.Point = k.Last
	return r.String()
}
