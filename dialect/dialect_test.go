package dialect

import (
	"errors"
	"strings"
	"testing"
)

// TestFeatures checks the row of every constant: its index, a unique name, a description, and that it
// distinguishes two releases.
func TestFeatures(t *testing.T) {
	if len(Features) != int(featureEnd)-1 {
		t.Fatalf("%d rows for %d features", len(Features), featureEnd-1)
	}
	seen := map[string]bool{}
	for f := Feature(1); f < featureEnd; f++ {
		row := Features[f-1]
		switch {
		case row.Feature != f:
			t.Fatalf("row %d is %v's", f, row.Feature)
		case row.Name == "" || row.Commit == "" || !strings.HasSuffix(row.Doc, ".") || !strings.HasSuffix(row.Else, "."):
			t.Errorf("%v: name %q, commit %q, doc %q", f, row.Name, row.Commit, row.Doc)
		case seen[row.Name]:
			t.Errorf("%v: a second of that name", f)
		}
		seen[row.Name] = true
		if got, err := FeatureNamed(f.String()); err != nil || got != f {
			t.Errorf("%v is found by its name as %v, %v", f, got, err)
		}
		with, without := 0, 0
		for _, k := range Releases {
			if For(k.Release).Has(f) != f.Span().Holds(k.Release) {
				t.Errorf("%v in %v: the dialect and the span disagree", f, k.Release)
			}
			for p := k.Release.Point; p <= k.Last; p++ {
				if For(Release{k.Release.Major, k.Release.Minor, p}).Has(f) {
					with++
				} else {
					without++
				}
			}
		}
		if with == 0 || without == 0 {
			t.Errorf("%v distinguishes no releases", f)
		}
	}
}

func TestUnknownFeature(t *testing.T) {
	var unknown *UnknownFeatureError
	if _, err := FeatureNamed("Sauerkraut"); !errors.As(err, &unknown) || !strings.Contains(err.Error(), "Sauerkraut") {
		t.Errorf("FeatureNamed = %v", err)
	}
	for name, f := range map[string]func(){
		"zero's span": func() { Feature(0).Span() },
		"zero":        func() { For(Newest).Has(0) },
		"past the end": func() {
			For(Newest).Has(featureEnd)
		},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("a value that is no feature passed")
				}
			}()
			f()
		})
	}
}

// TestHas compares the dates of features with the behavior of the releases.
func TestHas(t *testing.T) {
	for _, tt := range []struct {
		feature Feature
		in, out string
	}{
		{FragInHeader, "22.03.2 22.03.8 22.06.1 22.09.1 22.12 23.03.1 main", "2.11 21.12.2 22.03 22.03.1 22.06 22.09"},
		{IGMPInHeader, "2.11 21.09.1", "21.12 main"},
		{InportRequired, "23.06.4 23.09.4 24.03.2 24.09 main", "23.03.3 23.06.3 23.09.3 24.03.1"},
		{CTCommitArgs, "2.11 20.06.3 20.12 24.03.9", "20.09 24.09 main"},
		{CTNextZone, "24.03.4 24.09.1 25.03 main", "24.03.3 24.09 23.09.6"},
		{NATKeepsAddress, "20.03 21.06", "2.11 2.12 21.09 main"},
		{NATTracks, "21.09.1 21.12", "21.09 21.06"},
		{LBTracks, "21.12", "21.09.1"},
		{UnknownDatapathLate, "20.12", "20.09 21.03 main"},
		{TemplateNameStays, "22.12 24.03.4 24.09.1", "22.09.3 24.03.5 24.09.2 25.03 main"},
		{PortGroupByName, "2.11 20.09 23.06.5", "23.09 main"},
		{CTSavesTuple, "25.09 main", "25.03.3"},
		{EventOptions, "20.03.2 20.06.3 21.03", "2.12 20.03.1 20.09 20.12"},
		{CTLBLastTableStar, "main", "26.03.2"},
		{RAPrefixOrStateful, "2.11", "2.11.1 2.12"},
		{InequalityByPrefix, "24.03.7 24.09.4 25.03.2 25.09.1 26.03 main", "24.03.6 24.09.3 25.03.1 25.09"},
		{GatewayHairpins, "24.03.6 24.03.9 24.09 main", "23.09.6 24.03 24.03.5"},
		{GatewayDatapathLocal, "25.03.1 25.03.3 25.09 main", "24.09.3 25.03"},
	} {
		for _, r := range strings.Fields(tt.in) {
			if !For(MustParse(r)).Has(tt.feature) {
				t.Errorf("%s has no %v", r, tt.feature)
			}
		}
		for _, r := range strings.Fields(tt.out) {
			if For(MustParse(r)).Has(tt.feature) {
				t.Errorf("%s has %v", r, tt.feature)
			}
		}
	}
}

func TestFor(t *testing.T) {
	var zero Dialect
	if zero.Release() != Newest || zero.EgressTables() != For(Newest).EgressTables() || !zero.Has(CTSavesTuple) || zero.Has(CTCommitArgs) {
		t.Error("the zero dialect is not the newest")
	}
	for _, tt := range []struct{ release, want string }{
		{"main", "main"},
		{"27.03", "main"},
		{"26.03.2", "26.03.2"},
		{"25.09.90", "26.03"},
		{"24.09.90", "25.03"},
		{"2.12.90", "20.03"},
		{"2.13", "20.03"},
		{"2.11.7", "2.11.7"},
	} {
		if got := For(MustParse(tt.release)); got.Release() != MustParse(tt.want) {
			t.Errorf("For(%s) speaks %v, want %s", tt.release, got.Release(), tt.want)
		}
	}
	if got := For(Release{1, 0, 0}).Release(); got != Oldest {
		t.Errorf("a release too old speaks %v", got)
	}
	if again := For(MustParse("23.03")); For(MustParse("23.03")) != again || again == For(MustParse("22.03")) {
		t.Error("dialects do not compare")
	}
}

func TestTables(t *testing.T) {
	for _, tt := range []struct {
		release         string
		ingress, egress int
	}{
		{"2.11", 24, 24},
		{"20.12", 24, 24},
		{"21.03", 29, 29},
		{"24.03.9", 29, 29},
		{"24.09", 30, 30},
		{"25.03.3", 30, 30},
		{"25.09", 32, 14},
		{"26.03.2", 34, 16},
		{"main", 35, 16},
	} {
		d := For(MustParse(tt.release))
		if d.IngressTables() != tt.ingress || d.EgressTables() != tt.egress {
			t.Errorf("%s: %d and %d tables, want %d and %d", tt.release, d.IngressTables(), d.EgressTables(), tt.ingress, tt.egress)
		}
	}
}

func TestHasDoesNotAllocate(t *testing.T) {
	d := For(MustParse("22.03"))
	if n := testing.AllocsPerRun(100, func() { d.Has(FragInHeader); d.IngressTables() }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
