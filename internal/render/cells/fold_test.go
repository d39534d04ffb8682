package cells

import "testing"

func TestFold(t *testing.T) {
	for _, c := range []struct {
		name, in string
		cells    int
		want     string
	}{
		{"no bound", "one two three\n", 0, "one two three\n"},
		{"fits", "one two\n", 7, "one two\n"},
		{"breaks at blanks", "one two three\n", 8, "one two\n    three\n"},
		{"under its beginning", "  one two three\n", 12, "  one two\n      three\n"},
		{"deep", "          one two\n", 10, "     one\n     two\n"},
		{"colors take no cells", "\x1b[1mone\x1b[0m two\n", 7, "\x1b[1mone\x1b[0m two\n"},
		{"a caret stays", "              ^^ one two\n", 10, "              ^^ one two\n"},
		{"blanks within stay", "one  two three\n", 8, "one  two\n    three\n"},
		{"blanks at a break go", "one two  three\n", 8, "one two\n    three\n"},
		{"a long word stays whole", "one /a/long/path two\n", 8, "one\n    /a/long/path\n    two\n"},
		{"wide characters", "網路 網路 網路\n", 9, "網路 網路\n    網路\n"},
		{"under the second column", "  a   bb cc dd\n", 12, "  a   bb cc\n      dd\n"},
		{"no column", "  a   , bb cc\n", 12, "  a   , bb\n      cc\n"},
		{"no end", "one two", 4, "one\n  two"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Fold(c.in, c.cells); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestShorten(t *testing.T) {
	for _, c := range []struct {
		in   string
		n    int
		want string
	}{{"network1", 8, "network1"}, {"network1", 7, "networ…"}, {"網路一", 6, "網路一"}, {"網路一", 5, "網路…"}, {"", 0, ""}} {
		if got := Shorten(c.in, c.n); got != c.want {
			t.Errorf("shorten(%q, %d) = %q, want %q", c.in, c.n, got, c.want)
		}
	}
}
