package escape

import (
	"errors"
	"strings"
	"testing"
	"unicode"
)

func TestText(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"plain", "lsp-1 (ü, 東京)", "lsp-1 (ü, 東京)"},
		{"color", "a\x1b[31mb", `a\x1b[31mb`},
		{"lines", "a\nb\r\tc", `a\nb\r\tc`},
		{"delete", "a\x7fb", `a\u007fb`},
		{"C1", "a\u009b31mb", `a\u009b31mb`},
		{"bidi", "\u202eabc\u2066\u2069\u061c", `\u202eabc\u2066\u2069\u061c`},
		{"zero width", "a\u200bb\u200d\ufeff\u2060", `a\u200bb\u200d\ufeff\u2060`},
		{"separators", "a\u2028b\u2029", `a\u2028b\u2029`},
		{"tags", "a\U000e0041", `a\U000e0041`},
		{"fillers", "\u3164\u115f", `\u3164\u115f`},
		{"no UTF-8", "a\xff\xc3", `a\xff\xc3`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Text(c.in); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
			if Text(c.want) != c.want {
				t.Error("an escaped text is escaped again")
			}
		})
	}
}

func TestSprintf(t *testing.T) {
	got := Sprintf("%s %v %s %d %q\n", "a\nb", errors.New("c\x1b"), Safe("\x1b[1md\x1b[0m"), 7, "e\u202e")
	if want := Safe(`a\nb c\x1b ` + "\x1b[1md\x1b[0m" + ` 7 "e\\u202e"` + "\n"); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := Join([]string{"a\n", "b"}, ", "); got != `a\n, b` {
		t.Errorf("got %q", got)
	}
}

func TestShell(t *testing.T) {
	got := Shell([]string{"--all", `inport == "a's"`, ""})
	if want := `--all 'inport == "a'\''s"' ''`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// However a text is cut in pieces, the same is written.
func TestWriterInPieces(t *testing.T) {
	const text = "a\u202eb\n\tü\x1b[31mc\xff\u009b東"
	for _, colors := range []bool{false, true} {
		want := "a\\u202eb\n\tü\\x1b[31mc\\xff\\u009b東"
		if colors {
			want = strings.Replace(want, `\x1b`, "\x1b", 1)
		}
		for size := 1; size <= len(text); size++ {
			if colors && size < len(text) {
				continue // a color code is written as a whole
			}
			var b strings.Builder
			w := NewWriter(&b)
			w.Colors = colors
			for at := 0; at < len(text); at += size {
				part := text[at:min(at+size, len(text))]
				if n, err := w.Write([]byte(part)); n != len(part) || err != nil {
					t.Fatal(n, err)
				}
			}
			if b.String() != want {
				t.Errorf("pieces of %d: got %q, want %q", size, b.String(), want)
			}
		}
	}
}

func FuzzText(f *testing.F) {
	f.Add("a\x1b[31m\u202e\n")
	f.Add("\xff\xc3(")
	f.Fuzz(func(t *testing.T, s string) {
		got := Text(s)
		for _, r := range got {
			if !unicode.IsPrint(r) && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) {
				t.Errorf("%q is left in %q", r, got)
			}
		}
		var b strings.Builder
		NewWriter(&b).WriteString(s + "\n") // an incomplete character ends here
		if lines := strings.NewReplacer("\n", "", "\t", "").Replace(b.String()); Text(lines) != lines {
			t.Errorf("the writer leaves %q", b.String())
		}
	})
}
