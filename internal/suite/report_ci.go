package suite

import (
	"io"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/report"
)

// writeJUnit writes a report in the XML that JUnit's readers take: a suite a
// file, a case a case.
func writeJUnit(w io.Writer, r *Report, s Style) error {
	var suites []report.Suite
	for _, f := range r.Files {
		rs := report.Suite{Name: f.File, File: f.File, Warnings: f.Warnings}
		if len(f.Errors) > 0 {
			rs.Cases = append(rs.Cases, report.Case{Name: "the file", Class: f.File, Errors: f.faults(f.Errors)})
		}
		for _, res := range f.Results {
			c := report.Case{Name: res.Name, Class: f.File, Errors: f.faults(res.Errors)}
			if res.Status == Skipped {
				c.Skipped = res.Reason
			}
			for i := range res.Failures {
				x := &res.Failures[i]
				lines := append(f.failureText(x), "packet: "+res.Packet)
				c.Failures = append(c.Failures, report.Fault{Message: x.Text(), Type: x.Key, Lines: lines})
			}
			if s.Verbose {
				c.Output = res.minimal()
			}
			rs.Cases = append(rs.Cases, c)
		}
		suites = append(suites, rs)
	}
	return report.JUnit(w, suites)
}

func (f *FileReport) faults(list []Problem) (out []report.Fault) {
	for _, p := range list {
		out = append(out, report.Fault{Message: p.Msg, Type: "error", Lines: []string{f.position(p.Pos) + ": " + p.Msg}})
	}
	return out
}

// failureText returns the position of a failed expectation, the expected result and the reason, one
// line each.
func (f *FileReport) failureText(x *Failure) []string {
	return append([]string{f.position(x.Pos) + ": " + x.Text()}, x.Explanation...)
}

// writeTAP writes a report in the Test Anything Protocol, a point a case.
func writeTAP(w io.Writer, r *Report, s Style) error {
	var points []report.Point
	for _, f := range r.Files {
		if len(f.Errors) > 0 {
			points = append(points, report.Point{Name: f.File, Severity: "error", Details: []report.Detail{{Key: "message", Lines: f.places(f.Errors)}}})
		}
		for _, res := range f.Results {
			points = append(points, f.point(res, s))
		}
	}
	return report.TAP(w, points, r.Warnings()...)
}

func (f *FileReport) point(res *Result, s Style) report.Point {
	p := report.Point{OK: res.Status == Passed || res.Status == Skipped, Name: f.File + ": " + res.Name}
	var message []string
	switch res.Status {
	case Skipped:
		p.Skip = res.Reason
		return p
	case Failed:
		p.Severity = "fail"
		for i := range res.Failures {
			message = append(message, f.failureText(&res.Failures[i])...)
		}
	case Errored:
		p.Severity = "error"
		message = f.places(res.Errors)
	case Passed:
		if !s.Verbose {
			return p
		}
		p.Severity = "comment"
	}
	if len(message) > 0 {
		p.Details = append(p.Details, report.Detail{Key: "message", Lines: message})
	}
	if res.Packet != "" {
		p.Details = append(p.Details, report.Detail{Key: "packet", Text: res.Packet})
	}
	if res.Trace != nil && s.Verbose {
		p.Details = append(p.Details, report.Detail{Key: "minimal", Lines: res.minimal()})
	}
	return p
}

func (f *FileReport) places(list []Problem) (out []string) {
	for _, p := range list {
		out = append(out, f.position(p.Pos)+": "+p.Msg)
	}
	return out
}

// writeGitHub writes a report as workflow commands, and the count.
func writeGitHub(w io.Writer, r *Report, s Style) error {
	var b strings.Builder
	for _, f := range r.Files {
		annotate := func(level string, p Pos, title string, lines ...string) {
			a := report.Annotation{Level: level, File: f.File, Line: max(1, p.Line), Col: p.Col, Title: title, Lines: lines}
			b.WriteString(a.String() + "\n")
		}
		for _, p := range f.Errors {
			annotate("error", p.Pos, "suite", p.Msg)
		}
		for _, text := range f.Warnings {
			annotate("warning", f.databasePos(), "database", text)
		}
		for _, res := range f.Results {
			for _, p := range res.Errors {
				annotate("error", p.Pos, res.Name, p.Msg)
			}
			for i := range res.Failures {
				x := &res.Failures[i]
				lines := append([]string{x.Text()}, x.Explanation...)
				lines = append(lines, "packet: "+res.Packet)
				if s.Verbose {
					lines = append(lines, res.minimal()...)
				}
				annotate("error", x.Pos, res.Name, lines...)
			}
			for _, d := range res.Uncertainties {
				annotate("warning", res.Pos, res.Name, "uncertain: "+d)
			}
		}
	}
	b.WriteString(report.Count(len(r.Files), "file") + ": " + r.Counts().sentence() + "\n")
	_, err := io.WriteString(w, b.String())
	return err
}
