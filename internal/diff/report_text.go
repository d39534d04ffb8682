package diff

import (
	"fmt"
	"io"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/escape"
	"github.com/ovnwalk/ovnwalk/internal/report"
)

// Style determines how a report is written.
type Style struct {
	Before, After string // the names of the databases

	// If the style is verbose, every packet is shown, else the first few of each cause.
	// Paint colors fail, pass and note.
	report.Style
}

var formats = report.Formats[*Report, Style]{"text": writeText, "json": writeJSON}

// Formats returns the names of the formats, sorted.
func Formats() []string { return formats.Names() }

// Write writes a report in a format.
func (r *Report) Write(w io.Writer, format string, s Style) error {
	return formats.Write(w, format, r, s)
}

// fewPackets is how many packets of a cause are shown.
const fewPackets = 5

// writeText writes a report for people.
func writeText(w io.Writer, r *Report, s Style) error {
	var b strings.Builder
	for _, p := range r.Ports {
		b.WriteString(s.Paint.Text("fail", "port") + ": " + escape.Text(p) + "\n")
	}
	for _, c := range r.Causes {
		fmt.Fprintf(&b, "%s: %s (%s)\n", s.Paint.Text("fail", c.Kind.String()), escape.Text(c.Summary), report.Count(len(c.Packets), "packet"))
		if c.Before != nil && c.After != nil && c.Before.text() == c.After.text() {
			b.WriteString("    at " + escape.Text(c.Before.text()) + c.Before.rows() + "\n")
		} else if c.Before != nil || c.After != nil {
			b.WriteString("    was " + escape.Text(c.Before.text()) + c.Before.rows() + "\n    now " + escape.Text(c.After.text()) + c.After.rows() + "\n")
		}
		for i, d := range c.Packets {
			if i == fewPackets && !s.Verbose {
				fmt.Fprintf(&b, "    and %d more (-v shows all)\n", len(c.Packets)-i)
				break
			}
			b.WriteString("    " + escape.Text(d.Name) + "\n")
			for _, side := range []struct {
				word string
				ends []string
			}{{"was", d.Was}, {"now", d.Now}} {
				b.WriteString("        " + side.word + " " + strings.Join(escape.All(side.ends), "\n         or ") + "\n")
			}
			if s.Verbose {
				b.WriteString("        " + s.Paint.Text("note", "packet: "+d.Microflow) + "\n")
			}
		}
	}
	for _, n := range r.Notes {
		b.WriteString(s.Paint.Text("note", "note: "+n) + "\n")
	}
	for i, u := range r.Uncovered {
		if i == fewUncovered && !s.Verbose {
			fmt.Fprintf(&b, "%s: and %d more (-v shows all)\n", s.Paint.Text("fail", "not covered"), len(r.Uncovered)-i)
			break
		}
		b.WriteString(s.Paint.Text("fail", "not covered") + ": " + escape.Text(u) + "\n")
	}
	if r.ContentDifferences > 0 {
		line := fmt.Sprintf("note: %s in content: %d covered by packets, ", report.Count(r.ContentDifferences, "difference"), r.Covered)
		if r.Equivalent > 0 {
			line += fmt.Sprintf("%d equivalent, ", r.Equivalent)
		}
		line += fmt.Sprintf("%d unreachable, %d not covered", r.Unreachable, len(r.Uncovered))
		b.WriteString(s.Paint.Text("note", line) + "\n")
	}
	status := "fail"
	if r.Same() {
		status = "pass"
	}
	b.WriteString(s.Paint.Text(status, r.summary()) + "\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// fewUncovered is how many differences that no packet covers are shown.
const fewUncovered = 20

// summary returns the report in one line.
func (r *Report) summary() string {
	packets := report.Count(r.Packets, "packet")
	if n := r.Differing(); n > 0 {
		return fmt.Sprintf("%d of %s changed (%s)", n, packets, report.Count(len(r.Causes), "cause"))
	}
	if r.Same() {
		return "no differences (" + packets + ")"
	}
	var why []string
	if len(r.Ports) > 0 {
		why = append(why, report.Count(len(r.Ports), "port")+" changed")
	}
	if len(r.Uncovered) > 0 {
		why = append(why, report.Count(len(r.Uncovered), "difference")+" in content not covered")
	}
	if r.cutShort && r.ContentDifferences > 0 {
		why = append(why, "packets past the limit not sent")
	}
	return "none of " + packets + " changed; " + strings.Join(why, ", ")
}

// rows returns the northbound rows of a flow, a line each, for people.
func (w *Where) rows() (text string) {
	if w != nil {
		for _, row := range w.MadeFrom {
			text += "\n        made from " + escape.Text(row)
		}
	}
	return text
}

// text returns a flow for people.
func (w *Where) text() string {
	switch {
	case w == nil:
		return "none: the packet does not reach this stage"
	case w.UUID == "":
		return w.Datapath + "/" + w.Stage + ": no flow matched"
	}
	cause := ""
	if w.Cause != "" {
		cause = w.Cause + ": "
	}
	return fmt.Sprintf("%s%s/%s: flow %.8s, priority %d, %s: %s", cause, w.Datapath, w.Stage, w.UUID, w.Priority, w.Match, w.Actions)
}
