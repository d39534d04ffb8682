// Package escape writes text from a database, a server or a file so that no character of it
// moves a terminal's cursor, ends a line, is invisible, or changes the order of the text
// around it. Every output of the program uses it.
package escape

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Text returns s on one line, with every character that is not visible text written as an
// escape of Go's string literals: control characters (ECMA-48), line ends, format
// characters such as bidirectional controls and zero-width characters (Unicode's categories
// Cc, Cf, Zl and Zp and the property Default_Ignorable_Code_Point), and bytes that are not
// valid UTF-8.
func Text(s string) string {
	at := plainPrefix(s)
	if at == len(s) {
		return s
	}
	return string(appendText([]byte(s[:at]), s[at:]))
}

// Underline returns a line to print below a text that was written by Text. It underlines
// the bytes from start to end, or the position start if there are none.
func Underline(s string, start, end int) string {
	start, end = min(start, len(s)), min(end, len(s))
	cells := func(s string) int { return utf8.RuneCountInString(Text(s)) }
	return strings.Repeat(" ", cells(s[:start])) + strings.Repeat("^", max(1, cells(s[start:end])))
}

// plainPrefix returns the length of the printable ASCII at the beginning of a text.
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

// ignorable are the characters that are not drawn, including format characters.
var ignorable = []*unicode.RangeTable{unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Other_Default_Ignorable_Code_Point}

// hidden reports whether a character is not visible text.
func hidden(r rune) bool {
	if r < 0x7f {
		return r < ' '
	}
	return unicode.In(r, ignorable...)
}

// Safe is text that is printed as it is: names in it are escaped, and colors and line
// ends are intended.
type Safe string

// Sprintf formats as fmt.Sprintf does, and escapes every argument that is text but not
// Safe. The format is not escaped.
func Sprintf(format string, args ...any) Safe {
	return Safe(fmt.Sprintf(format, Args(args)...))
}

// Args returns arguments for package fmt, of which those that are text but not Safe are
// escaped.
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

// Lines escapes a text of several lines and indents lines after the first. It escapes line
// ends that no indentation follows.
func Lines(s string) Safe {
	const more = "\n  "
	return Join(strings.Split(s, more), more)
}

// Shell quotes arguments for a shell.
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
