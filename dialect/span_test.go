package dialect

import (
	"errors"
	"testing"
)

func TestSpanHolds(t *testing.T) {
	for _, tt := range []struct {
		name, span string
		in, out    []string
	}{
		{"no end", "20.09..", []string{"20.09", "20.12", "22.03.1", "main", "27.03"}, []string{"2.11", "20.06.3"}},
		{"an end", "2.12..24.09", []string{"2.12", "24.03.9"}, []string{"2.11.7", "24.09", "24.09.1", "main"}},
		{
			"came back", "22.12.. +22.03.3 +22.09.2",
			[]string{"22.03.3", "22.03.8", "22.09.2", "22.12", "22.12.2"},
			[]string{"21.12.2", "22.03", "22.03.2", "22.06.1", "22.09.1"},
		},
		{
			"went early", "2.12..24.09 -23.06.5 -24.03.3",
			[]string{"23.06.4", "23.09.6", "24.03.2"},
			[]string{"23.06.5", "24.03.3", "24.03.9", "24.09"},
		},
		{
			"in points only", ".. +23.09.4 -23.09.5",
			[]string{"23.09.4"},
			[]string{"2.11", "23.09", "23.09.5", "24.03", "main"},
		},
		{
			"a series left out", "2.11..24.09 -20.09.0",
			[]string{"2.11", "20.06.3", "20.12"},
			[]string{"20.09", "20.09.5", "24.09"},
		},
		{
			"a snapshot is the next series", "25.03.. +24.09.1",
			[]string{"24.09.90", "24.09.1"},
			[]string{"24.09", "24.03.90"},
		},
		{"the head alone", "26.03.90..", []string{"main", "26.03.95", "26.09"}, []string{"26.03", "26.03.9"}},
		{"the head does not follow its points", "26.03.. -26.03.1", []string{"26.03", "main"}, []string{"26.03.1"}},
		{"older than all", "2.11..2.12", []string{"2.11"}, []string{"2.12"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := MustSpan(tt.span)
			for _, r := range tt.in {
				if !s.Holds(MustParse(r)) {
					t.Errorf("%v does not hold %s", s, r)
				}
			}
			for _, r := range tt.out {
				if s.Holds(MustParse(r)) {
					t.Errorf("%v holds %s", s, r)
				}
			}
			if again, err := ParseSpan(s.String()); err != nil || again.String() != s.String() {
				t.Errorf("%q reads back as %v, %v", s, again, err)
			}
		})
	}
}

func TestSpanRefused(t *testing.T) {
	for _, tt := range []struct{ name, text string }{
		{"nothing", ""},
		{"no dots", "20.09"},
		{"ends first", "22.03..20.09"},
		{"empty", "22.03..22.03"},
		{"no sign", "22.03.. 21.12.1"},
		{"out of order", "22.12.. +22.09.2 +22.03.3"},
		{"twice", "22.12.. +22.03.3 -22.03.3"},
		{"no release", "22.12.. +22.x"},
		{"no series", "22.13.."},
		{"no end", "22.12..x"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, err := ParseSpan(tt.text)
			var span *SpanError
			var release *ReleaseError
			if !errors.As(err, &span) && !errors.As(err, &release) {
				t.Errorf("ParseSpan(%q) = %v, %v", tt.text, s, err)
			}
		})
	}
}
