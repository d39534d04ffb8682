package cells

import (
	"regexp"
	"strings"
)

// colourCodes are the codes that change the colour of text (ECMA-48, Select
// Graphic Rendition).
var colourCodes = regexp.MustCompile("\x1b\\[[0-9;]*m")

// Fold breaks the lines of a text at blanks so that none has more than so many
// cells, 0 for no bound.  What goes over is set in under the line's beginning.
// Colours take no cells.
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
	shown := func(s string) int { return Width(colourCodes.ReplaceAllString(s, "")) }
	if strings.HasPrefix(strings.TrimLeft(colourCodes.ReplaceAllString(line, ""), " "), "^") {
		b.WriteString(line) // points at a place in the line above
		return
	}
	line, end := strings.CutSuffix(line, "\n")
	rest := strings.TrimLeft(line, " ")
	blanks := min(len(line)-len(rest), cells/2)
	under := "\n" + strings.Repeat(" ", min(blanks+4, cells/2))
	b.WriteString(strings.Repeat(" ", blanks))
	at, fresh := blanks, true
	for _, word := range SplitColumns(rest) {
		bare := strings.TrimRight(word, " ")
		if !fresh && at+shown(bare) > cells {
			b.WriteString(under)
			at = len(under) - 1
		}
		b.WriteString(word)
		at, fresh = at+shown(word), false
	}
	if end {
		b.WriteByte('\n')
	}
}

// SplitColumns divides a text behind its blanks.
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
