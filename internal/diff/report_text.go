package diff

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// Style says how a report is written.
type Style struct {
	Before, After string // the names of the databases

	// Verbose shows every packet; else the first few of each cause.
	Verbose bool

	// Paint colours a text by what it says: fail, pass or note.  Nil leaves it
	// plain.
	Paint func(what, text string) string
}

var formats = map[string]func(io.Writer, *Report, Style) error{"text": writeText, "json": writeJSON}

// Formats returns the names of the formats, sorted.
func Formats() []string { return slices.Sorted(maps.Keys(formats)) }

// Write writes a report in a format.
func (r *Report) Write(w io.Writer, format string, s Style) error {
	write := formats[format]
	if write == nil {
		return fmt.Errorf("no format %q: there are %s", format, strings.Join(Formats(), ", "))
	}
	if s.Paint == nil {
		s.Paint = func(_, text string) string { return text }
	}
	return write(w, r, s)
}

// fewPackets is how many packets of a cause are shown.
const fewPackets = 5

// writeText writes a report for people.
func writeText(w io.Writer, r *Report, s Style) error {
	var b strings.Builder
	for _, p := range r.Ports {
		b.WriteString(s.Paint("fail", "port") + ": " + p + "\n")
	}
	for _, c := range r.Causes {
		fmt.Fprintf(&b, "%s: %s (%s)\n", s.Paint("fail", c.Kind.String()), c.What, plural(len(c.Packets), "packet"))
		if c.Before != nil || c.After != nil {
			b.WriteString("    was " + c.Before.text() + "\n    now " + c.After.text() + "\n")
		}
		for i, d := range c.Packets {
			if i == fewPackets && !s.Verbose {
				fmt.Fprintf(&b, "    and %d more (-v shows all)\n", len(c.Packets)-i)
				break
			}
			b.WriteString("    " + d.Name + "\n")
			for _, side := range []struct {
				word string
				ends []string
			}{{"was", d.Was}, {"now", d.Now}} {
				b.WriteString("        " + side.word + " " + strings.Join(side.ends, "\n         or ") + "\n")
			}
			if s.Verbose {
				b.WriteString("        " + s.Paint("note", "packet: "+d.Microflow) + "\n")
			}
		}
	}
	for _, n := range r.Notes {
		b.WriteString(s.Paint("note", "note: "+n) + "\n")
	}
	if r.Same() {
		b.WriteString(s.Paint("pass", "the same became of "+plural(r.Packets, "packet")) + "\n")
	} else {
		b.WriteString(s.Paint("fail", fmt.Sprintf("of %s something else became of %d, for %s", plural(r.Packets, "packet"), r.Differing(), plural(len(r.Causes), "cause"))) + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// text returns a flow for people.
func (w *Where) text() string {
	switch {
	case w == nil:
		return "nothing: the packet did not come there"
	case w.UUID == "":
		return w.Datapath + "/" + w.Stage + ": no flow matched"
	}
	return fmt.Sprintf("%s/%s: flow %.8s, priority %d, %s: %s", w.Datapath, w.Stage, w.UUID, w.Priority, w.Match, w.Actions)
}

// plural returns a count and a word, with an s for all counts but one.
func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}
