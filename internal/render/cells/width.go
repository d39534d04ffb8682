// Package cells counts the cells that text takes on a terminal, and cuts and folds
// text by them.
package cells

import (
	"github.com/rivo/uniseg"
)

// Width returns how many cells of a terminal, or of a monospaced line, a text
// takes.
func Width(s string) int { return uniseg.StringWidth(s) }

// Cut divides a text behind the characters that fit into so many cells.
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

// Shorten cuts a text to so many cells, with an ellipsis for what is gone.
func Shorten(s string, cells int) string {
	if Width(s) <= cells {
		return s
	}
	fits, _ := Cut(s, cells-1)
	return fits + "…"
}
