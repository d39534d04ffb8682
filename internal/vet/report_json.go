package vet

import (
	"io"

	"github.com/ovnwalk/ovnwalk/internal/report"
)

// FormatVersion is the version of the JSON report.  It changes when a reader of
// the old one would read the new one wrongly.
const FormatVersion = 1

type jsonReport struct {
	Version  int           `json:"version"`
	DB       string        `json:"db"`
	Summary  jsonCounts    `json:"summary"`
	Findings []jsonFinding `json:"findings"`
}

type jsonCounts struct {
	Errors    int `json:"errors"`
	Warnings  int `json:"warnings"`
	Notes     int `json:"notes"`
	Ignored   int `json:"ignored"`
	Flows     int `json:"flows"`
	Datapaths int `json:"datapaths"`
}

type jsonFinding struct {
	Code      Code     `json:"code"`
	Severity  string   `json:"severity"`
	Message   string   `json:"message"`
	Known     string   `json:"known,omitempty"`
	Count     int      `json:"count"`
	Datapaths []string `json:"datapaths,omitempty"`

	Flows []Where `json:"flows,omitempty"`

	Text   string    `json:"text,omitempty"`
	Span   *jsonSpan `json:"span,omitempty"`
	Packet string    `json:"packet,omitempty"`
}

// jsonSpan is the span of the text that is wrong.
type jsonSpan struct {
	Start int `json:"start"`
	End   int `json:"end"`
}

// writeJSON writes a report as one JSON document.
func writeJSON(w io.Writer, r *Report, s Style) error {
	c := r.Counts()
	doc := jsonReport{
		Version: FormatVersion, DB: s.Source, Findings: []jsonFinding{},
		Summary: jsonCounts{c[Error], c[Warning], c[Note], r.Ignored, r.Flows, r.Datapaths},
	}
	for _, f := range r.shown(s) {
		jf := jsonFinding{
			Code: f.Code, Severity: f.Severity.String(), Message: f.Message, Known: f.KnownReason, Count: f.Count,
			Datapaths: f.Datapaths, Flows: f.Flows, Text: f.Text, Packet: f.Packet,
		}
		if f.Text != "" {
			jf.Span = &jsonSpan{f.Start, f.End}
		}
		doc.Findings = append(doc.Findings, jf)
	}
	return report.JSON(w, doc)
}
