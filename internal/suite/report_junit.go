package suite

import (
	"encoding/xml"
	"io"
	"strings"
)

// The elements of a JUnit report, as Jenkins's schema has them: a suite a file,
// a case a case.  There are no times, which would differ from run to run.
type junitSuites struct {
	XMLName  xml.Name     `xml:"testsuites"`
	Tests    int          `xml:"tests,attr"`
	Failures int          `xml:"failures,attr"`
	Errors   int          `xml:"errors,attr"`
	Suites   []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Errors   int         `xml:"errors,attr"`
	Skipped  int         `xml:"skipped,attr"`
	File     string      `xml:"file,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Name    string       `xml:"name,attr"`
	Class   string       `xml:"classname,attr"`
	Skipped *junitSkip   `xml:"skipped,omitempty"`
	Errors  []junitFault `xml:"error,omitempty"`
	Faults  []junitFault `xml:"failure,omitempty"`
	Out     string       `xml:"system-out,omitempty"`
}

type junitSkip struct {
	Message string `xml:"message,attr"`
}

type junitFault struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr"`
	Text    string `xml:",cdata"`
}

// writeJUnit writes a report in the XML that JUnit's readers take.
func writeJUnit(w io.Writer, r *Report, s Style) error {
	doc := junitSuites{}
	for _, f := range r.Files {
		one := &Report{Files: []*FileReport{f}}
		c := one.Counts()
		js := junitSuite{Name: f.File, Tests: c.Total(), Failures: c.Failed, Errors: c.Troubled, Skipped: c.Skipped, File: f.File}
		if len(f.Bad) > 0 {
			js.Cases = append(js.Cases, junitCase{Name: "the file", Class: f.File, Errors: f.junitErrors(f.Bad)})
		}
		for _, res := range f.Results {
			jc := junitCase{Name: res.Name, Class: f.File, Errors: f.junitErrors(res.Trouble)}
			if res.Status == Skipped {
				jc.Skipped = &junitSkip{res.Reason}
			}
			for i := range res.Failures {
				x := &res.Failures[i]
				lines := append([]string{f.at(x.Pos) + ": " + x.Text()}, x.Why...)
				lines = append(lines, "packet: "+res.Packet)
				jc.Faults = append(jc.Faults, junitFault{x.Text(), x.What, strings.Join(lines, "\n")})
			}
			if s.Verbose {
				jc.Out = strings.Join(res.minimal(), "\n")
			}
			js.Cases = append(js.Cases, jc)
		}
		doc.Tests += js.Tests
		doc.Failures += js.Failures
		doc.Errors += js.Errors
		doc.Suites = append(doc.Suites, js)
	}
	text, err := xml.MarshalIndent(doc, "", "  ")
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, xml.Header+string(text)+"\n")
	return err
}

func (f *FileReport) junitErrors(list []Problem) (out []junitFault) {
	for _, p := range list {
		out = append(out, junitFault{p.Msg, "error", f.at(p.Pos) + ": " + p.Msg})
	}
	return out
}
