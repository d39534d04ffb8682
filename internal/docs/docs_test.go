package docs

import (
	"flag"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/dialect"
)

var update = flag.Bool("update", false, "write the generated documents, and the output that documents show, anew")

// root is the tree's.
var root = filepath.Join("..", "..")

// TestGenerated compares the generated documents with their sources.
func TestGenerated(t *testing.T) {
	pages := Generated()
	for _, name := range slices.Sorted(maps.Keys(pages)) {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(root, filepath.FromSlash(name))
			if *update {
				if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(pages[name]), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			got, err := os.ReadFile(path)
			if err != nil {
				t.Fatalf("%v; go test ./internal/docs -update writes it", err)
			}
			if string(got) != pages[name] {
				t.Errorf("%s is not current; go test ./internal/docs -update writes it anew: %s", name, firstDifference(string(got), pages[name]))
			}
		})
	}
	stale, err := filepath.Glob(filepath.Join(root, "docs", "man", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range stale {
		if _, ok := pages["docs/man/"+filepath.Base(path)]; !ok {
			t.Errorf("%s is of a command that there is not", path)
		}
	}
}

// firstDifference names the first line in which two texts differ.
func firstDifference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			return "the file has\n\t" + g[i] + "\nand should have\n\t" + w[i]
		}
	}
	return "one is longer than the other"
}

// TestDeterminism makes every page twice.
func TestDeterminism(t *testing.T) {
	if first, second := Generated(), Generated(); !maps.Equal(first, second) {
		t.Error("the same tables make two different pages")
	}
}

func TestSpanText(t *testing.T) {
	for _, test := range []struct{ span, want string }{
		{"2.11..", "2.11+"},
		{"2.11..20.09", "2.11–20.06"},
		{"20.06..20.09", "20.06"},
		{"2.11..26.03.90", "2.11–26.03"},
		{"26.03.90..", "main+"},
		{"22.12.. +22.03.3 +22.09.2", "22.12+, also 22.03.3+, 22.09.2+"},
		{"22.12..24.03 +22.03.3 -23.09.2", "22.12–23.09, also 22.03.3+, not 23.09.2+"},
		{".. +22.03.8", "only 22.03.8+"},
		{".. +23.06.4 -23.06.5 +24.03.2", "only 23.06.4+, not 23.06.5+, also 24.03.2+"},
	} {
		if got := spanText(dialect.MustSpan(test.span)); got != test.want {
			t.Errorf("%s is written %q, want %q", test.span, got, test.want)
		}
	}
}

// TestRoff checks that the markup of man(7) is escaped.
func TestRoff(t *testing.T) {
	var r roff
	r.prose("a \\ b -c\n.dot\n'quote'\n\nnext\n\n  as\n    it is")
	const want = `a \e b \-c
\&.dot
\(aqquote\(aq
.PP
next
.PP
.RS 2
.nf
as
  it is
.fi
.RE
`
	if got := r.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
