// Package cells counts the cells that text takes on a terminal, and cuts and folds
// text by them.
package cells

import (
	"strings"
	"unicode"
)

// Width returns how many cells of a terminal, or of a monospaced line, a text
// takes.
func Width(s string) int {
	n := 0
	for _, r := range s {
		n += RuneWidth(r)
	}
	return n
}

// wide are the blocks whose characters take two cells, as Unicode Standard
// Annex 11 has them, in order; smaller exceptions are left out.
var wide = [][2]rune{
	{0x1100, 0x115f},   // Hangul initials
	{0x2e80, 0x303e},   // radicals, CJK punctuation
	{0x3041, 0x33ff},   // kana, CJK symbols
	{0x3400, 0x4dbf},   // ideographs
	{0x4e00, 0x9fff},   // ideographs
	{0xa000, 0xa4cf},   // Yi
	{0xac00, 0xd7a3},   // Hangul
	{0xf900, 0xfaff},   // ideographs
	{0xfe30, 0xfe6f},   // CJK forms
	{0xff00, 0xff60},   // full width
	{0xffe0, 0xffe6},   // full width signs
	{0x1f300, 0x1f64f}, // pictographs
	{0x1f680, 0x1f6ff}, // pictographs
	{0x1f900, 0x1f9ff}, // pictographs
	{0x20000, 0x3fffd}, // ideographs
}

// RuneWidth returns how many cells a character takes: none where it combines
// with the one before, two where it is wide, else one.
func RuneWidth(r rune) int {
	if r < 0x300 {
		return 1
	}
	if unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf) {
		return 0
	}
	for _, b := range wide {
		if r >= b[0] && r <= b[1] {
			return 2
		}
	}
	return 1
}

// Shorten cuts a text to so many cells, with an ellipsis for what is gone.
func Shorten(s string, cells int) string {
	if Width(s) <= cells {
		return s
	}
	var b strings.Builder
	left := cells - 1
	for _, r := range s {
		if left -= RuneWidth(r); left < 0 {
			break
		}
		b.WriteRune(r)
	}
	return b.String() + "…"
}
