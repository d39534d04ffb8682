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
	b.WriteString("| feature | releases | what it is | upstream's change |\n| --- | --- | --- | --- |\n")
	for _, f := range dialect.Features {
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", f.Name, spanText(f.Span), cell(f.Doc), cell(f.Commit))
	}
	return b.String()
}

const compatibilityTop = `# Releases

One binary reads the databases of every release from 2.11 to the development head, and prints what that release's own
` + "`ovn-trace`" + ` prints. The database says which release wrote it:

1. by ` + "`SB_Global.options:northd_internal_version`" + `, which ovn-northd writes since 20.12;
2. else by the version of the schema;
3. else by the newest table or column that it has, as in a dump without a schema.

` + "`--release`" + ` overrides this. A database with none of these is refused until a release is named. Where two releases share a
version of the schema and nothing else distinguishes them, the later is taken: 22.03 for 21.12, 23.03 for 22.12.

Compared with real tools: 2.11, 22.03, 23.03, 25.03 and the development head by recorded answers; 23.03 also by random networks
and packets on every change; so were, once, tools built from the tags 2.11.7, 20.06.0, 20.12.0, 21.12.0, 22.03.0, 22.09.0, 23.09.0,
24.03.0, 24.09.0, 25.03.0, 25.09.0, 26.03.0 and the development head, over networks of their own northd. The other releases
follow upstream's changes, dated by tag; nothing has been compared there.

## Known releases

The numbers of tables are those that the release's parser allows for ` + "`next`" + `.

`

const featureNotes = `Fields and actions that came or went are in [language.md](language.md). What else differs is here. A sentence's part after
"else" is what the other releases do.

How to read the releases: `

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
