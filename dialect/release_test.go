package dialect

import (
	"errors"
	"slices"
	"testing"
)

func TestParse(t *testing.T) {
	for _, tt := range []struct {
		name, text, want string // want empty: refused
	}{
		{"series", "25.03", "25.03.0"},
		{"point", "22.03.2", "22.03.2"},
		{"as tagged", "v23.03.1", "23.03.1"},
		{"oldest", "2.11", "2.11.0"},
		{"oldest, a point", "2.11.7", "2.11.7"},
		{"one digit month", "23.3", "23.03.0"},
		{"northd's", "25.03.0-20.41.0-77.6", "25.03.0"},
		{"northd's, of a snapshot", "26.03.90-21.11.0-82.15", "26.03.90"},
		{"a packager's", "23.03.1-1~deb12u2", "23.03.1"},
		{"a packager's, plus", "24.03.2+dfsg", "24.03.2"},
		{"blanks around", " 24.09 ", "24.09.0"},
		{"head", "main", "26.03.90"},
		{"head, old name", "master", "26.03.90"},
		{"head, capital", "Main", "26.03.90"},
		{"snapshot", "24.09.90", "24.09.90"},
		{"20.03's first name", "2.13", "2.13.0"},
		{"before the split", "2.12.90", "2.12.90"},
		{"to come", "27.03", "27.03.0"},
		{"to come next", "26.09.0", "26.09.0"},
		{"nothing", "", ""},
		{"one number", "25", ""},
		{"four numbers", "25.03.0.1", ""},
		{"a word", "newest", ""},
		{"letters in it", "25.x3", ""},
		{"sign in it", "25.+3", ""},
		{"too old", "2.10", ""},
		{"much too old", "1.0", ""},
		{"no such series", "25.04", ""},
		{"no such series, 2.14", "2.14", ""},
		{"negative", "-25.03", ""},
		{"huge", "99999999999999999999.1", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Parse(tt.text)
			if tt.want == "" {
				if bad, ok := errors.AsType[*ReleaseError](err); !ok || bad.Text != tt.text {
					t.Fatalf("Parse(%q) = %v, %v; want a ReleaseError", tt.text, got, err)
				}
				return
			}
			if err != nil || got.String() != tt.want {
				t.Errorf("Parse(%q) = %v, %v; want %v", tt.text, got, err, tt.want)
			}
		})
	}
}

// TestReleaseOrder checks every pair of a sorted list.
func TestReleaseOrder(t *testing.T) {
	var rs []Release
	for _, s := range []string{
		"2.11", "2.11.7", "2.12", "2.12.90", "2.13", "20.03", "20.03.2", "20.12", "22.03", "22.03.10",
		"24.03.9", "25.09", "25.09.90", "26.03", "26.03.2", "26.03.90", "26.09",
	} {
		rs = append(rs, MustParse(s))
	}
	for i, a := range rs {
		for j, b := range rs {
			if got, want := a.Compare(b), min(1, max(-1, i-j)); got != want {
				t.Errorf("%v.Compare(%v) = %d, want %d", a, b, got, want)
			}
			if got, want := a.Before(b), i < j; got != want {
				t.Errorf("%v.Before(%v) = %t", a, b, got)
			}
			if got, want := a.AtLeast(b), i >= j; got != want {
				t.Errorf("%v.AtLeast(%v) = %t", a, b, got)
			}
		}
	}
}

func TestReleaseNames(t *testing.T) {
	for _, tt := range []struct {
		text, series, whole string
		snapshot            bool
	}{
		{"2.11", "2.11", "2.11.0", false},
		{"20.03.1", "20.03", "20.03.1", false},
		{"main", "26.03", "26.03.90", true},
	} {
		r := MustParse(tt.text)
		if r.Series() != tt.series || r.String() != tt.whole || r.IsDevelopment() != tt.snapshot {
			t.Errorf("%s: %q %q %t", tt.text, r.Series(), r.String(), r.IsDevelopment())
		}
	}
	if s := (Release{}).String(); s != "" {
		t.Errorf("the zero release is called %q", s)
	}
}

// TestReleasesTable checks that the table is in order and that its ends are
// Oldest and Newest.
func TestReleasesTable(t *testing.T) {
	if Releases[0].Release != Oldest || Releases[len(Releases)-1].Release != Newest {
		t.Error("the table does not go from Oldest to Newest")
	}
	if !slices.IsSortedFunc(Releases, func(a, b Known) int { return a.Release.Compare(b.Release) }) {
		t.Error("the table is not in order")
	}
	for _, k := range Releases {
		if _, ok := parseSchemaVersion(k.Schema); !ok {
			t.Errorf("%v: schema version %q", k.Release, k.Schema)
		}
		if k.Release.Point > k.Last {
			t.Errorf("%v is after the last point of its series, %d", k.Release, k.Last)
		}
		if r, err := Parse(k.Release.String()); err != nil || r != k.Release {
			t.Errorf("%v reads back as %v, %v", k.Release, r, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"25.03", "v2.11.7", "main", "25.03.0-20.41.0-77.6", "", "1.2.3.4", "2.13", "99.99.99"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r, err := Parse(text)
		if err != nil {
			return
		}
		again, err := Parse(r.String())
		if err != nil || again != r {
			t.Errorf("%q is %v, which reads as %v, %v", text, r, again, err)
		}
		For(r).Has(FragInHeader)
	})
}
