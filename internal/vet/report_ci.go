package vet

import (
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strings"
)

// check is what was found of one code, for formats that tell of checks that
// pass as well.
type check struct {
	Meaning
	skipped  bool
	errors   []*Finding
	findings []*Finding // the others that are shown
}

// checks returns a check for each code, in the order of the table.
func (r *Report) checks(s Style) (out []*check) {
	for _, m := range Codes() {
		c := &check{Meaning: m, skipped: slices.Contains(r.Skipped, m.Code)}
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

type junitSuites struct {
	XMLName  xml.Name   `xml:"testsuites"`
	Tests    int        `xml:"tests,attr"`
	Failures int        `xml:"failures,attr"`
	Suite    junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Skipped  int         `xml:"skipped,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Name    string       `xml:"name,attr"`
	Class   string       `xml:"classname,attr"`
	Skipped *junitSkip   `xml:"skipped,omitempty"`
	Faults  []junitFault `xml:"failure,omitempty"`
	Out     string       `xml:"system-out,omitempty"`
}

type junitSkip struct {
	Message string `xml:"message,attr"`
}

type junitFault struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr"`
	Text    string `xml:",chardata"`
}

// writeJUnit writes a report in the XML that JUnit's readers take: a case a
// code, a failure an error.
func writeJUnit(w io.Writer, r *Report, s Style) error {
	doc := junitSuites{Suite: junitSuite{Name: "vet " + s.Source}}
	for _, c := range r.checks(s) {
		jc := junitCase{Name: string(c.Code), Class: "ovnwalk.vet", Out: strings.Join(lines(c.findings), "\n")}
		doc.Tests++
		switch {
		case c.skipped:
			jc.Skipped = &junitSkip{"ignored"}
			doc.Suite.Skipped++
		case len(c.errors) > 0:
			doc.Failures++
		}
		for _, f := range c.errors {
			jc.Faults = append(jc.Faults, junitFault{f.Message, string(f.Code), strings.Join(f.details(), "\n")})
		}
		doc.Suite.Cases = append(doc.Suite.Cases, jc)
	}
	doc.Suite.Tests, doc.Suite.Failures = doc.Tests, doc.Failures
	text, err := xml.MarshalIndent(doc, "", "  ")
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, xml.Header+string(text)+"\n")
	return err
}

// writeTAP writes a report in version 14 of the Test Anything Protocol, a point
// a code.
func writeTAP(w io.Writer, r *Report, s Style) error {
	var b strings.Builder
	checks := r.checks(s)
	fmt.Fprintf(&b, "TAP version 14\n1..%d\n", len(checks))
	for i, c := range checks {
		word, directive := "ok", ""
		if len(c.errors) > 0 {
			word = "not ok"
		}
		if c.skipped {
			directive = " # SKIP ignored"
		}
		fmt.Fprintf(&b, "%s %d - %s%s\n", word, i+1, c.Code, directive)
		if all := slices.Concat(c.errors, c.findings); len(all) > 0 {
			b.WriteString("  ---\n  severity: " + all[0].Severity.String() + "\n  message: |\n")
			for _, l := range lines(all) {
				b.WriteString("    " + l + "\n")
			}
			b.WriteString("  ...\n")
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// writeGitHub writes a report as workflow commands, and the count.
func writeGitHub(w io.Writer, r *Report, s Style) error {
	property := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
	data := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	level := map[Severity]string{Error: "error", Warning: "warning", Note: "notice"}
	var b strings.Builder
	for _, f := range r.shown(s) {
		message := strings.Join(append([]string{f.Message}, f.details()...), "\n")
		fmt.Fprintf(&b, "::%s file=%s,title=%s::%s\n", level[f.Severity], property.Replace(s.Source), property.Replace("vet "+string(f.Code)), data.Replace(message))
	}
	b.WriteString(r.summary() + "\n")
	_, err := io.WriteString(w, b.String())
	return err
}
