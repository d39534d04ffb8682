package dialect_test

import (
	"errors"
	"fmt"
	"slices"

	"github.com/ovnwalk/ovnwalk/dialect"
)

// A release is read from what an option or a version string says, and compared
// with others.
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

// Releases are put in order by their own comparison, since "2.11" sorts after
// "20.03" as text.
func ExampleRelease_Compare() {
	seen := []dialect.Release{dialect.MustParse("22.03"), dialect.MustParse("2.11"), dialect.MustParse("20.03.1")}
	slices.SortFunc(seen, dialect.Release.Compare)
	fmt.Println(seen)
	// Output: [2.11.0 20.03.1 22.03.0]
}

// The table of releases says which release brought a version of the southbound
// schema.
func ExampleKnown() {
	i := slices.IndexFunc(dialect.Releases, func(k dialect.Known) bool { return k.Schema == "20.27.0" })
	if i < 0 {
		fmt.Println("no release has that schema")
		return
	}
	k := dialect.Releases[i]
	fmt.Printf("%v brought it; the last known release of that series is %s.%d\n", k.Release, k.Release.Series(), k.Last)
	// Output: 22.12.0 brought it; the last known release of that series is 22.12.2
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

// A tool may want to warn where the evidence is weak.
func ExampleSource() {
	tables := map[string]bool{"Logical_Flow": true, "Load_Balancer": true, "FDB": true}
	d, err := dialect.Detect(dialect.Evidence{
		Has: func(table, column string) bool { return column == "" && tables[table] },
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	switch d.By {
	case dialect.ByInternalVersion, dialect.BySchemaVersion:
		fmt.Println("release", d.Release)
	case dialect.ByColumns:
		fmt.Printf("release %v at least, because of %s\n", d.Release, d.Evidence)
	}
	// Output: release 21.06.0 at least, because of FDB
}

// A database without any evidence is refused with an error of its own, upon
// which a tool may ask its user for the release.
func ExampleDetect_nothing() {
	_, err := dialect.Detect(dialect.Evidence{})
	fmt.Println(errors.Is(err, dialect.ErrNoEvidence))
	// Output: true
}
