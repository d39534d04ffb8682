package vet

import (
	"fmt"
	"io"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/escape"
	"github.com/ovnwalk/ovnwalk/internal/report"
)

// Style determines how a report is written.
type Style struct {
	// Source is the name of the database, for those formats that show it.
	Source string

	// Least is the minimum severity that is shown; the counts include all.
	Least Severity

	// Paint colors error, fail, skip, pass and note.
	Paint report.Paint
}

var formats = report.AllFormats(writeText, writeJSON, writeJUnit, writeTAP, writeGitHub)

// Formats returns the names of the formats, sorted.
func Formats() []string { return formats.Names() }

// Write writes a report in a format.
func (r *Report) Write(w io.Writer, format string, s Style) error {
	return formats.Write(w, format, r, s)
}

// shown returns the findings that a style shows.
func (r *Report) shown(s Style) (out []*Finding) {
	for i := range r.Findings {
		if r.Findings[i].Severity >= s.Least {
			out = append(out, &r.Findings[i])
		}
	}
	return out
}

// summary returns how much was found in how much.
func (r *Report) summary() string {
	c := r.Counts()
	text := fmt.Sprintf("%s, %s, %s in %s on %s", report.Count(c[Error], "error"), report.Count(c[Warning], "warning"), report.Count(c[Note], "note"),
		report.Count(r.Flows, "flow"), report.Count(r.Datapaths, "datapath"))
	if r.Ignored > 0 {
		text += fmt.Sprintf("; %d ignored", r.Ignored)
	}
	return text
}

// details returns the lines of a finding after its message.
func (f *Finding) details() (lines []string) {
	if f.Count > 1 {
		lines = append(lines, fmt.Sprintf("one of %d", f.Count))
	}
	if len(f.Datapaths) > 0 {
		lines = append(lines, "on "+onText(f.Datapaths))
	}
	for i, w := range f.Flows {
		stage := w.Stage
		if stage == "" {
			stage = fmt.Sprintf("%s table %d", w.Pipeline, w.Table)
		}
		lines = append(lines, fmt.Sprintf("flow %s, %s, priority %d", short(w.UUID), stage, w.Priority))
		for _, row := range w.MadeFrom {
			lines = append(lines, "    made from "+escape.Text(row))
		}
		marked := false
		for _, text := range []string{w.Match, w.Actions} {
			lines = append(lines, "    "+escape.Text(text))
			if i == 0 && !marked && f.Text == text && f.Start < f.End && f.End-f.Start < len(text) {
				lines = append(lines, "    "+escape.Underline(text, f.Start, f.End))
				marked = true
			}
		}
		if i == 0 && !marked && f.Text != "" && f.Text != w.Match && f.Text != w.Actions {
			lines = append(lines, "read as "+escape.Text(f.Text), "        "+escape.Underline(f.Text, f.Start, f.End))
		}
	}
	if f.Packet != "" {
		lines = append(lines, "packet: "+f.Packet)
	}
	if f.KnownReason != "" {
		lines = append(lines, "known: "+f.KnownReason)
	}
	return lines
}

// writeText writes a report for people.
func writeText(w io.Writer, r *Report, s Style) error {
	var b strings.Builder
	word := map[Severity]string{Error: "error", Warning: "skip", Note: "note"}
	for _, f := range r.shown(s) {
		fmt.Fprintf(&b, "%s %s: %s\n", s.Paint.Text(word[f.Severity], f.Severity.String()), f.Code, escape.Text(f.Message))
		for _, line := range f.details() {
			b.WriteString(strings.TrimRight("    "+escape.Text(line), " ") + "\n")
		}
	}
	what := "pass"
	if r.Counts()[Error] > 0 {
		what = "fail"
	}
	b.WriteString(s.Paint.Text(what, r.summary()) + "\n")
	_, err := io.WriteString(w, b.String())
	return err
}
