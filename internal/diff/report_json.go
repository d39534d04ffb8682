package diff

import (
	"io"

	"github.com/ovnwalk/ovnwalk/internal/report"
)

// FormatVersion is the version of the JSON report.  It changes when a reader of
// the old one would read the new one wrongly.
const FormatVersion = 2

type jsonReport struct {
	Version int    `json:"version"`
	Before  string `json:"before"`
	After   string `json:"after"`
	jsonComparison
}

// jsonComparison is what comparing two databases found.
type jsonComparison struct {
	Same      bool        `json:"same"`
	Packets   int         `json:"packets"`
	Differing int         `json:"differing"`
	Ports     []string    `json:"ports,omitempty"`
	Causes    []jsonCause `json:"causes"`
	Notes     []string    `json:"notes,omitempty"`
	Warnings  []string    `json:"warnings,omitempty"`

	// What differs in content, and what of it no packet takes.
	ContentDifferences int      `json:"content_differences,omitempty"`
	Covered            int      `json:"covered,omitempty"`
	Unreachable        int      `json:"unreachable,omitempty"`
	Equivalent         int      `json:"equivalent,omitempty"`
	Uncovered          []string `json:"uncovered,omitempty"`
}

type jsonCause struct {
	Kind    string       `json:"kind"`
	Summary string       `json:"summary"`
	Before  *jsonFlow    `json:"before,omitempty"`
	After   *jsonFlow    `json:"after,omitempty"`
	Packets []jsonPacket `json:"packets"`
}

// jsonFlow is where something was decided; without uuid no flow matched.
type jsonFlow struct {
	Datapath string `json:"datapath"`
	Stage    string `json:"stage"`
	UUID     string `json:"uuid,omitempty"`
	Priority int    `json:"priority"`
	Match    string `json:"match,omitempty"`
	Actions  string `json:"actions,omitempty"`
	Hint     string `json:"-"`

	Cause    string   `json:"cause,omitempty"`
	MadeFrom []string `json:"made_from,omitempty"`
}

type jsonPacket struct {
	Name   string   `json:"name"`
	From   string   `json:"from,omitempty"`
	To     string   `json:"to,omitempty"`
	Packet string   `json:"packet"`
	Size   int      `json:"size,omitempty"`
	Kind   string   `json:"kind"`
	Was    []string `json:"before"`
	Now    []string `json:"after"`
}

// writeJSON writes a report as one JSON document.
func writeJSON(w io.Writer, r *Report, s Style) error {
	return report.JSON(w, jsonReport{FormatVersion, s.Before, s.After, r.doc()})
}

// doc returns what the comparison found as JSON has it.
func (r *Report) doc() jsonComparison {
	doc := jsonComparison{
		Same: r.Same(), Packets: r.Packets, Differing: r.Differing(),
		Ports: r.Ports, Causes: []jsonCause{}, Notes: r.Notes, Warnings: r.Warnings,
		ContentDifferences: r.ContentDifferences, Covered: r.Covered, Unreachable: r.Unreachable, Equivalent: r.Equivalent, Uncovered: r.Uncovered,
	}
	for _, c := range r.Causes {
		jc := jsonCause{Kind: c.Kind.String(), Summary: c.Summary, Before: (*jsonFlow)(c.Before), After: (*jsonFlow)(c.After)}
		for _, d := range c.Packets {
			jc.Packets = append(jc.Packets, jsonPacket{d.Name, d.From, d.To, d.Microflow, d.Size, d.Kind.String(), d.Was, d.Now})
		}
		doc.Causes = append(doc.Causes, jc)
	}
	return doc
}
