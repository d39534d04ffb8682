// Package escape writes names that come from a database, a server or a file so
// that they are nothing but text to whoever reads them: no character of a name
// moves a terminal's cursor, ends a line, hides, or changes the order of what
// stands beside it.  Every output of the program uses it.
package escape

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Text returns a text on one line in which every character that is not visible
// text is written out as Go's literals have it: control characters (ECMA-48),
// line ends, format characters such as bidirectional controls and zero-width
// ones (Unicode's categories Cc, Cf, Zl and Zp and the property
// Default_Ignorable_Code_Point), and bytes that are no UTF-8.
func Text(s string) string {
	at := plainPrefix(s)
	if at == len(s) {
		return s
	}
	return string(appendText([]byte(s[:at]), s[at:]))
}

// Underline returns the line that stands below a text, as Text writes it, and underlines
// some of its bytes, or the first place where there are none.
func Underline(s string, start, end int) string {
	start, end = min(start, len(s)), min(end, len(s))
	cells := func(s string) int { return utf8.RuneCountInString(Text(s)) }
	return strings.Repeat(" ", cells(s[:start])) + strings.Repeat("^", max(1, cells(s[start:end])))
}

// plainPrefix returns how long the printable ASCII at a text's beginning is.
func plainPrefix[T string | []byte](s T) int {
	at := 0
	for at < len(s) && s[at] >= ' ' && s[at] < 0x7f {
		at++
	}
	return at
}

func appendText(b []byte, s string) []byte {
	for at := 0; at < len(s); {
		r, size := utf8.DecodeRuneInString(s[at:])
		switch {
		case r == utf8.RuneError && size == 1:
			b = fmt.Appendf(b, `\x%02x`, s[at])
		case !hidden(r):
			b = append(b, s[at:at+size]...)
		case r == '\n':
			b = append(b, `\n`...)
		case r == '\t':
			b = append(b, `\t`...)
		case r == '\r':
			b = append(b, `\r`...)
		case r < ' ':
			b = fmt.Appendf(b, `\x%02x`, r)
		case r <= 0xffff:
			b = fmt.Appendf(b, `\u%04x`, r)
		default:
			b = fmt.Appendf(b, `\U%08x`, r)
		}
		at += size
	}
	return b
}

// ignorable are the characters that are drawn as nothing, besides the format
// characters.
var ignorable = []*unicode.RangeTable{unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Other_Default_Ignorable_Code_Point}

// hidden reports whether a character is not visible text.
func hidden(r rune) bool {
	if r < 0x7f {
		return r < ' '
	}
	return unicode.In(r, ignorable...)
}

// Safe is text that is as it should be read: names in it are escaped, and
// colours and line ends are meant.
type Safe string

// Sprintf formats as fmt.Sprintf does, and escapes every argument that is text,
// unless it is Safe.  The format is the program's own.
func Sprintf(format string, args ...any) Safe {
	return Safe(fmt.Sprintf(format, Args(args)...))
}

// Args returns arguments for package fmt with those escaped that are text and
// not Safe.
func Args(args []any) []any {
	out := make([]any, len(args))
	for i, a := range args {
		switch a := a.(type) {
		case Safe:
			out[i] = string(a)
		case string:
			out[i] = Text(a)
		case error:
			out[i] = Text(a.Error())
		case fmt.Stringer:
			out[i] = Text(a.String())
		default:
			out[i] = a
		}
	}
	return out
}

// All escapes each of several texts.
func All(list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = Text(s)
	}
	return out
}

// Lines escapes a text of several lines, in which lines that go on with the
// first are set in.  Line ends before anything else are escaped.
func Lines(s string) Safe {
	const more = "\n  "
	return Join(strings.Split(s, more), more)
}

// Shell writes arguments so that a shell reads them back.
func Shell(args []string) string {
	quoted := make([]string, len(args))
	for i, a := range args {
		quoted[i] = a
		if strings.ContainsAny(a, " '\"$&|<>(){}[]!;*?\\`~#\n") || a == "" {
			quoted[i] = "'" + strings.ReplaceAll(a, "'", `'\''`) + "'"
		}
	}
	return strings.Join(quoted, " ")
}

// Join escapes several texts and joins them.
func Join(list []string, sep string) Safe { return Safe(strings.Join(All(list), sep)) }
