package report

import (
	"encoding/xml"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/ovnwalk/ovnwalk/internal/escape"
)

// Suite is a group of cases in JUnit XML, in the form of Jenkins's schema.  It has no times, which
// would differ between runs.
type Suite struct {
	Name  string
	File  string // "" for none
	Cases []Case

	Warnings []string // about the suite as a whole
}

// Case is a check with its outcome.
type Case struct {
	Name, Class string
	Skipped     string // why it did not run, "" if it did
	Errors      []Fault
	Failures    []Fault
	Output      []string // lines
}

// Fault is a failure or an error of a case.
type Fault struct {
	Message, Type string
	Lines         []string
}

type xmlSuites struct {
	XMLName  xml.Name   `xml:"testsuites"`
	Tests    int        `xml:"tests,attr"`
	Failures int        `xml:"failures,attr"`
	Errors   int        `xml:"errors,attr"`
	Suites   []xmlSuite `xml:"testsuite"`
}

type xmlSuite struct {
	Name     string    `xml:"name,attr"`
	Tests    int       `xml:"tests,attr"`
	Failures int       `xml:"failures,attr"`
	Errors   int       `xml:"errors,attr"`
	Skipped  int       `xml:"skipped,attr"`
	File     string    `xml:"file,attr,omitempty"`
	Cases    []xmlCase `xml:"testcase"`
	Err      string    `xml:"system-err,omitempty"`
}

type xmlCase struct {
	Name    string     `xml:"name,attr"`
	Class   string     `xml:"classname,attr"`
	Skipped *xmlSkip   `xml:"skipped,omitempty"`
	Errors  []xmlFault `xml:"error,omitempty"`
	Faults  []xmlFault `xml:"failure,omitempty"`
	Out     string     `xml:"system-out,omitempty"`
}

type xmlSkip struct {
	Message string `xml:"message,attr"`
}

type xmlFault struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr"`
	Text    string `xml:",cdata"`
}

// JUnit writes suites with the counts of their cases.
func JUnit(w io.Writer, suites []Suite) error {
	doc := xmlSuites{}
	for _, s := range suites {
		xs := s.xml()
		doc.Tests += xs.Tests
		doc.Failures += xs.Failures
		doc.Errors += xs.Errors
		doc.Suites = append(doc.Suites, xs)
	}
	text, err := xml.MarshalIndent(doc, "", "  ")
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, xml.Header+string(text)+"\n")
	return err
}

func (s *Suite) xml() xmlSuite {
	xs := xmlSuite{Name: escape.Text(s.Name), File: escape.Text(s.File), Tests: len(s.Cases), Err: xmlLines(s.Warnings)}
	for _, c := range s.Cases {
		xc := xmlCase{
			Name: escape.Text(c.Name), Class: escape.Text(c.Class), Out: xmlLines(c.Output),
			Errors: xmlFaults(c.Errors), Faults: xmlFaults(c.Failures),
		}
		switch {
		case c.Skipped != "":
			xc.Skipped = &xmlSkip{escape.Text(c.Skipped)}
			xs.Skipped++
		case len(c.Errors) > 0:
			xs.Errors++
		case len(c.Failures) > 0:
			xs.Failures++
		}
		xs.Cases = append(xs.Cases, xc)
	}
	return xs
}

func xmlFaults(list []Fault) (out []xmlFault) {
	for _, f := range list {
		out = append(out, xmlFault{escape.Text(f.Message), escape.Text(f.Type), xmlLines(f.Lines)})
	}
	return out
}

// xmlLines returns lines as a text.
func xmlLines(lines []string) string {
	return strings.Map(xmlChar, string(escape.Join(lines, "\n")))
}

// xmlChar returns a character, or the replacement character if XML cannot contain it. Package xml
// does this except in CDATA.
func xmlChar(r rune) rune {
	if r == 0xfffe || r == 0xffff {
		return utf8.RuneError
	}
	return r
}
