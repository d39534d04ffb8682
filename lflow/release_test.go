package lflow

import (
	"testing"

	"github.com/ovnwalk/ovnwalk/dialect"
	"github.com/ovnwalk/ovnwalk/internal/sbtest"
)

// TestUnknownRelease reads databases of releases after the newest one that is known, and of others, as their northd names it
// and as an option does: the first have a warning.
func TestUnknownRelease(t *testing.T) {
	const warning = "release 99.99.0 is not known yet: the database is read as that of 26.03.90"
	for _, tt := range []struct{ wrote, given, want string }{
		{"99.99.0", "", warning},
		{"25.03.0", "99.99", warning},
		{"99.99.0", "25.03", ""},
		{"26.03.99", "", ""}, // a snapshot
		{"25.03.9", "", ""},
	} {
		o := Options{}
		if tt.given != "" {
			o.Release = dialect.MustParse(tt.given)
		}
		n, err := Read(t.Context(), "test", sbtest.New(tt.wrote).Bytes(), o)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, w := range n.Warnings {
			got += w.Text
		}
		if got != tt.want {
			t.Errorf("written by %s, read as %q: %q, want %q", tt.wrote, tt.given, got, tt.want)
		}
	}
}
