// Package report has the common parts of reports: the choice of a format, and the formats for
// programs: JSON, JUnit XML, TAP and GitHub workflow commands.  Packages with reports provide the
// contents and the text format.
package report

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/escape"
)

// Paint colors a text by its kind, such as pass, fail, skip, error or note.  A nil Paint leaves it
// plain.
type Paint func(what, text string) string

// Text returns a text in its color; names in it are escaped.
func (p Paint) Text(what, text string) string {
	text = escape.Text(text)
	if p == nil {
		return text
	}
	return p(what, text)
}

// Style determines how much a report shows, and its colors.
type Style struct {
	Verbose bool // all tests and packets, with more of each
	Paint   Paint
}

// Formats are the ways to write a report of type R in a style of type S, by
// name.
type Formats[R, S any] map[string]func(w io.Writer, r R, style S) error

// AllFormats returns the formats text, json and those for CI systems.
func AllFormats[R, S any](text, json, junit, tap, github func(io.Writer, R, S) error) Formats[R, S] {
	return Formats[R, S]{"text": text, "json": json, "junit": junit, "tap": tap, "github": github}
}

// Names returns the names of the formats, sorted.
func (f Formats[R, S]) Names() []string { return slices.Sorted(maps.Keys(f)) }

// Write writes a report in a format.  The error for an unknown format names the known ones.
func (f Formats[R, S]) Write(w io.Writer, format string, r R, style S) error {
	write := f[format]
	if write == nil {
		return fmt.Errorf("no format %q: there are %s", format, strings.Join(f.Names(), ", "))
	}
	return write(w, r, style)
}

// JSON writes a value as one indented JSON document.
func JSON(w io.Writer, doc any) error {
	enc := json.NewEncoder(escape.NewWriter(w))
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(doc)
}

// Count returns a count and a word, which is in the plural unless the count is 1.
func Count(n int, word string) string {
	switch {
	case n == 1:
		return "1 " + word
	case strings.HasSuffix(word, "s"):
		return fmt.Sprintf("%d %ses", n, word)
	}
	return fmt.Sprintf("%d %ss", n, word)
}

// CountWas returns a count and a word followed by "was" or "were".
func CountWas(n int, word string) string {
	if n == 1 {
		return Count(n, word) + " was"
	}
	return Count(n, word) + " were"
}
