package expr

import (
	"strings"

	"github.com/ovnwalk/ovnwalk/expr/lex"
)

// MapStrings returns text, a match or actions, with quoted strings replaced by the result of
// f, unless f returns false. Other text, including white space, is unchanged, but text after
// the last token is removed.
func MapStrings(text string, t *Symbols, f func(string) (string, bool)) string {
	b := make([]byte, 0, len(text)+16)
	for pos := 0; ; {
		typ, start, end := t.rules.Scan(text, pos)
		if typ == lex.End {
			return string(b)
		}
		if typ == lex.String {
			if s, err := lex.Unquote(text[start:end]); err == nil {
				if s, ok := f(s); ok {
					b = append(b, text[pos:start]...)
					b = lex.AppendQuoted(b, s)
					pos = end
					continue
				}
			}
		}
		b = append(b, text[pos:end]...)
		pos = end
	}
}

// Expand replaces template variables, ^NAME, by their values. As in upstream, a text with a
// variable is rewritten from its tokens, so that white space between them is removed and an
// invalid token becomes error("REASON"). missing is the first variable without a value.
func Expand(text string, value func(name string) (string, bool)) (out, missing string) {
	if !strings.Contains(text, "^") {
		return text, ""
	}
	b := make([]byte, 0, len(text)+16)
	for pos := 0; ; {
		typ, start, end := lex.Rules{}.Scan(text, pos)
		pos = end
		switch typ {
		case lex.End:
			return string(b), missing
		case lex.Template:
			v, ok := value(text[start+1 : end])
			if !ok && missing == "" {
				missing = text[start+1 : end]
			}
			b = append(b, v...)
		case lex.String:
			s, _ := lex.Unquote(text[start:end])
			b = lex.AppendQuoted(b, s)
		case lex.Integer:
			n, _ := lex.Rules{}.ParseNumber(text[start:end])
			b = n.Append(b)
		case lex.Invalid:
			b = append(b, "error("...)
			b = append(lex.AppendQuoted(b, lex.Rules{}.InvalidReason(text, start)), ')')
		default:
			b = append(b, text[start:end]...)
		}
	}
}

// Substitute replaces template variables by their values, and leaves all other text
// unchanged.
func Substitute(text string, value func(name string) (string, bool)) string {
	b := make([]byte, 0, len(text)+16)
	for pos := 0; ; {
		typ, start, end := lex.Rules{}.Scan(text, pos)
		if typ == lex.End {
			return string(append(b, text[pos:]...))
		}
		if v, ok := "", false; typ == lex.Template {
			if v, ok = value(text[start+1 : end]); ok {
				b = append(append(b, text[pos:start]...), v...)
				pos = end
				continue
			}
		}
		b = append(b, text[pos:end]...)
		pos = end
	}
}
