package address

import (
	"slices"
	"testing"
)

func TestSplitNames(t *testing.T) {
	for _, c := range []struct {
		text string
		want []string
	}{
		{"a", []string{"a"}},
		{"a, b,c", []string{"a", "b", "c"}},
		{"p,1", []string{"p,1"}}, // is known
		{"p,2", []string{"p", "2"}},
		{`"p,1"`, []string{"p,1"}},
		{`a, "p,1" ,b`, []string{"a", "p,1", "b"}},
		{`a"b,c`, []string{`a"b`, "c"}},
		{`"a"b,c`, []string{`"a"b`, "c"}},
		{`"a,b`, []string{`"a`, "b"}},
		{"", []string{""}},
		{"a,", []string{"a", ""}},
		{",a", []string{"", "a"}},
		{`"",a`, []string{"", "a"}},
	} {
		if got := SplitNames(c.text, func(name string) bool { return name == "p,1" }); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %q, want %q", c.text, got, c.want)
		}
	}
}
