package docs

import (
	"strings"

	"github.com/ovnwalk/ovnwalk/dialect"
)

// spanNotes explains the ranges that [spanText] writes.
const spanNotes = "`20.09+` is 20.09 and all later releases. `2.11–20.06` includes both ends. `also 22.03.3+` adds the point\n" +
	"releases of 22.03 from 22.03.3, to which the change was backported; `not 24.03.3+` removes those of 24.03 from 24.03.3.\n"

// spanText returns the releases of a span as a range.
func spanText(s dialect.Span) string {
	var b strings.Builder
	switch {
	case s.Since == (dialect.Release{}):
		b.WriteString("only")
	case s.Until == (dialect.Release{}):
		b.WriteString(name(s.Since) + "+")
	default:
		first, last := name(s.Since), name(before(s.Until))
		b.WriteString(first)
		if last != first {
			b.WriteString("–" + last)
		}
	}
	for i, p := range s.Points {
		switch {
		case i > 0 && s.Points[i-1].Has == p.Has:
			b.WriteString(", ")
		case i == 0 && s.Since == (dialect.Release{}):
			b.WriteString(" ")
		case p.Has:
			b.WriteString(", also ")
		default:
			b.WriteString(", not ")
		}
		b.WriteString(p.Release.String() + "+")
	}
	return b.String()
}

// name returns a release as the documents write it: a series without its
// first point, the development head by its branch.
func name(r dialect.Release) string {
	switch {
	case r == dialect.Newest:
		return "main"
	case r.Point == 0:
		return r.Series()
	}
	return r.String()
}

// before returns the last series before a release.
func before(r dialect.Release) dialect.Release {
	last := dialect.Oldest
	for _, k := range dialect.Releases {
		if k.Release.Before(r) && (k.Release.Point == 0 || k.Release == dialect.Newest) {
			last = k.Release
		}
	}
	return last
}

// cell is a text in a cell of a Markdown table.
func cell(text string) string {
	return strings.ReplaceAll(text, "|", `\|`)
}

// code is a text as code in a cell of a Markdown table, empty for none.
func code(text string) string {
	if text == "" {
		return ""
	}
	return "`" + cell(text) + "`"
}

// generatedNote stands on top of every generated page.
const generatedNote = "<!-- Generated from the tables in the code by `go test ./internal/docs -update`; do not edit. -->\n\n"
