package dialect_test

import (
	"errors"
	"fmt"

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
