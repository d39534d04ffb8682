package vet

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/report"
)

// check is the findings of one code, for formats that also list checks without findings.
type check struct {
	CodeDescription
	skipped  bool
	errors   []*Finding
	findings []*Finding // the others that are shown
}

// checks returns a check for each code, in the order of the table.
func (r *Report) checks(s Style) (out []*check) {
	for _, m := range Codes() {
		c := &check{CodeDescription: m, skipped: slices.Contains(r.Skipped, m.Code)}
		for _, f := range r.shown(s) {
			switch {
			case f.Code != m.Code:
			case f.Severity == Error:
				c.errors = append(c.errors, f)
			default:
				c.findings = append(c.findings, f)
			}
		}
		out = append(out, c)
	}
	return out
}

// lines returns findings as text.
func lines(list []*Finding) (out []string) {
	for _, f := range list {
		out = append(out, fmt.Sprintf("%s %s: %s", f.Severity, f.Code, f.Message))
		for _, l := range f.details() {
			out = append(out, strings.TrimRight("    "+l, " "))
		}
	}
	return out
}

// writeJUnit writes a report in the XML that JUnit's readers take: a case a
// code, a failure an error.
func writeJUnit(w io.Writer, r *Report, s Style) error {
	rs := report.Suite{Name: "vet " + s.Source}
	for _, c := range r.checks(s) {
		rc := report.Case{Name: string(c.Code), Class: "ovnwalk.vet", Output: lines(c.findings)}
		if c.skipped {
			rc.Skipped = "ignored"
		}
		for _, f := range c.errors {
			rc.Failures = append(rc.Failures, report.Fault{Message: f.Message, Type: string(f.Code), Lines: f.details()})
		}
		rs.Cases = append(rs.Cases, rc)
	}
	return report.JUnit(w, []report.Suite{rs})
}

// writeTAP writes a report in the Test Anything Protocol, a point a code.
func writeTAP(w io.Writer, r *Report, s Style) error {
	var points []report.Point
	for _, c := range r.checks(s) {
		p := report.Point{OK: len(c.errors) == 0, Name: string(c.Code)}
		if c.skipped {
			p.Skip = "ignored"
		}
		if all := slices.Concat(c.errors, c.findings); len(all) > 0 {
			p.Severity = all[0].Severity.String()
			p.Details = []report.Detail{{Key: "message", Lines: lines(all)}}
		}
		points = append(points, p)
	}
	return report.TAP(w, points)
}

// writeGitHub writes a report as workflow commands, and the count.
func writeGitHub(w io.Writer, r *Report, s Style) error {
	level := map[Severity]string{Error: "error", Warning: "warning", Note: "notice"}
	var b strings.Builder
	for _, f := range r.shown(s) {
		lines := append([]string{f.Message}, f.details()...)
		b.WriteString(report.Annotation{Level: level[f.Severity], File: s.Source, Title: "vet " + string(f.Code), Lines: lines}.String() + "\n")
	}
	b.WriteString(r.summary() + "\n")
	_, err := io.WriteString(w, b.String())
	return err
}
