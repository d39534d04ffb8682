package wirelab

import (
	"errors"
	"slices"
	"testing"

	"github.com/ovnwalk/ovnwalk/lflow"
)

// TestConfirm gives confirm what chassis have on each attempt, as letters; a capital is predicted.
func TestConfirm(t *testing.T) {
	errRecord := errors.New("no chassis")
	for _, x := range []struct {
		name, answers string // the first one is the one that differs
		want          string // the confirmed one
		err           error
	}{
		{"always the same", "aaaaaaa", "a", nil},
		{"two that take turns", "abababa", "a", nil},
		{"noise once", "baccc", "c", nil},
		{"another each time", "abcdefg", "", nil},
		{"predicted at last", "aabB", "", nil},
		{"predicted at once", "aA", "", nil},
		{"no chassis", "a!", "", errRecord},
	} {
		t.Run(x.name, func(t *testing.T) {
			made := func(i int) Case {
				return Case{Steps: []Step{{Frame: "00", Out: []Frame{{Frame: x.answers[i : i+1]}}}}}
			}
			predict := func(c Case) string {
				if f := c.Steps[0].Out[0].Frame; f < "a" {
					return ""
				}
				return "differs"
			}
			i := 0
			got, err := confirm(made(0), predict, func() (Case, error) {
				i++
				if x.answers[i] == '!' {
					return Case{}, errRecord
				}
				return made(i), nil
			})
			frame := ""
			if got != nil {
				frame = got.Steps[0].Out[0].Frame
			}
			if frame != x.want || !errors.Is(err, x.err) {
				t.Errorf("%q, %v; want %q, %v", frame, err, x.want, x.err)
			}
		})
	}
}

// TestWrongPredictions compares real chassis with predictions that lack a frame of every
// connection of TCP: each of them differs, and no other one.
func TestWrongPredictions(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: it takes longer than -short allows")
	}
	Require(t)
	wrong := func(c Case) bool { return c.Steps[0].Sent["tcp.dst"] != nil && len(c.Steps[0].Out) > 0 }
	var want []string
	c := Comparison{Networks: 1, Connections: 8, First: 1}
	c.predict = func(networks []*lflow.Network, made Case) string {
		if wrong(made) {
			want = append(want, made.From+" "+made.To)
			made.Steps = slices.Clone(made.Steps)
			made.Steps[0].Out = append(slices.Clone(made.Steps[0].Out), Frame{Place: Place{Network: true, Chassis: "hv1"}})
		}
		return Predict(networks, made)
	}
	result, err := c.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range result.Differences {
		got = append(got, d.Case.From+" "+d.Case.To)
	}
	if want = slices.Compact(want); len(want) == 0 || !slices.Equal(got, want) {
		t.Errorf("%s: differences of %q, want %q; did not repeat: %v", result, got, want, result.Unsteady)
	}
}
