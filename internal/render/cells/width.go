// Package cells measures text in cells of a terminal, and cuts and wraps it to a width.
package cells

import (
	"github.com/rivo/uniseg"
)

// Width returns the width of a text in cells of a terminal or of a monospaced line.
func Width(s string) int { return uniseg.StringWidth(s) }

// Cut splits a text after the characters that fit into a width.
func Cut(s string, cells int) (fits, rest string) {
	state, rest := -1, s
	for rest != "" {
		_, after, width, next := uniseg.FirstGraphemeClusterInString(rest, state)
		if cells -= width; cells < 0 {
			break
		}
		rest, state = after, next
	}
	return s[:len(s)-len(rest)], rest
}

// Shorten cuts a text to a width, with an ellipsis if something is cut.
func Shorten(s string, cells int) string {
	if Width(s) <= cells {
		return s
	}
	fits, _ := Cut(s, cells-1)
	return fits + "…"
}
