package cells

import (
	"regexp"
	"strings"
	"unicode"
)

// colorCodes are the codes that change the color of text (ECMA-48, Select
// Graphic Rendition).
var colorCodes = regexp.MustCompile("\x1b\\[[0-9;]*m")

// Fold wraps the lines of a text at blanks to a maximum width in cells, 0 for no limit.  The
// continuation is indented below the beginning of the line, or below the second column, which
// begins with a letter after three blanks.  Color codes have no width.
func Fold(text string, cells int) string {
	if cells <= 0 {
		return text
	}
	var b strings.Builder
	for line := range strings.Lines(text) {
		foldLine(&b, line, cells)
	}
	return b.String()
}

func foldLine(b *strings.Builder, line string, cells int) {
	shown := func(s string) int {
		if strings.Contains(s, "\x1b") {
			s = colorCodes.ReplaceAllString(s, "")
		}
		return Width(s)
	}
	line, end := strings.CutSuffix(line, "\n")
	rest := strings.TrimLeft(line, " ")
	if len(line) <= cells || strings.HasPrefix(strings.TrimLeft(colorCodes.ReplaceAllString(line, ""), " "), "^") {
		rest = "" // it fits, or points at a place in the line above
		b.WriteString(line)
	}
	indent := min(len(line)-len(rest), cells/2)
	under := "\n" + strings.Repeat(" ", min(indent+4, cells/2))
	at, gap, columns := 0, strings.Repeat(" ", indent), 1
	for i, word := range SplitColumns(rest) {
		bare := strings.TrimRight(word, " ")
		if first := colorCodes.ReplaceAllString(bare, ""); i > 0 && len(gap) >= 3 && first != "" && unicode.IsLetter(rune(first[0])) {
			if columns++; columns == 2 && at+len(gap) <= cells/2 {
				under = "\n" + strings.Repeat(" ", at+len(gap))
			}
		}
		if n := shown(bare); i > 0 && at+len(gap)+n > cells {
			b.WriteString(under + bare)
			at = len(under) - 1 + n
		} else {
			b.WriteString(gap + bare)
			at += len(gap) + n
		}
		gap = word[len(bare):]
	}
	if end {
		b.WriteByte('\n')
	}
}

// SplitColumns splits a text after its leading blanks.
func SplitColumns(s string) []string {
	var out []string
	for s != "" {
		i := strings.IndexByte(s, ' ')
		for i >= 0 && i < len(s) && s[i] == ' ' {
			i++
		}
		if i < 0 {
			i = len(s)
		}
		out = append(out, s[:i])
		s = s[i:]
	}
	return out
}
