package suite

import (
	"io"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/report"
)

// FormatVersion is the version of the JSON report.  It changes when a reader of
// the old one would read the new one wrongly.
const FormatVersion = 2

type jsonReport struct {
	Version int        `json:"version"`
	Summary jsonCounts `json:"summary"`
	Files   []jsonFile `json:"files"`
}

type jsonCounts struct {
	Passed  int `json:"passed"`
	Failed  int `json:"failed"`
	Skipped int `json:"skipped"`
	Errors  int `json:"errors"`

	Uncertain int `json:"uncertain,omitempty"` // of those that passed
	Unparsed  int `json:"unparsed,omitempty"`  // flows, in the tables that packets came to
}

type jsonFile struct {
	File   string    `json:"file"`
	DB     string    `json:"db,omitempty"`
	Errors []Problem `json:"errors,omitempty"`
	Notes  []string  `json:"notes,omitempty"`

	Warnings []string     `json:"warnings,omitempty"` // problems of the database
	Tests    []jsonResult `json:"tests"`
}

type jsonResult struct {
	*Result
	Minimal string `json:"minimal,omitempty"`
}

// writeJSON writes a report as one JSON document.
func writeJSON(w io.Writer, r *Report, s Style) error {
	c := r.Counts()
	doc := jsonReport{Version: FormatVersion, Summary: jsonCounts{c.Passed, c.Failed, c.Skipped, c.Errored, c.Uncertain, c.Unparsed}, Files: []jsonFile{}}
	for _, f := range r.Files {
		jf := jsonFile{File: f.File, DB: f.DB, Errors: f.Errors, Notes: f.Notes, Warnings: f.Warnings, Tests: []jsonResult{}}
		for _, res := range f.Results {
			jr := jsonResult{Result: res}
			if s.Verbose {
				jr.Minimal = strings.Join(res.minimal(), "\n")
			}
			jf.Tests = append(jf.Tests, jr)
		}
		doc.Files = append(doc.Files, jf)
	}
	return report.JSON(w, doc)
}
