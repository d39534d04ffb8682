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
	Same      bool     `json:"same"`
	Packets   int      `json:"packets"`
	Differing int      `json:"differing"`
	Ports     []string `json:"ports,omitempty"`
	Causes    []*Cause `json:"causes"`
	Notes     []string `json:"notes,omitempty"`
	Warnings  []string `json:"warnings,omitempty"`

	// Differences in content, and those that no packet takes.
	ContentDifferences int      `json:"content_differences,omitempty"`
	Covered            int      `json:"covered,omitempty"`
	Unreachable        int      `json:"unreachable,omitempty"`
	Equivalent         int      `json:"equivalent,omitempty"`
	Uncovered          []string `json:"uncovered,omitempty"`
}

// MarshalText returns the word.
func (k Kind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// writeJSON writes a report as one JSON document.
func writeJSON(w io.Writer, r *Report, s Style) error {
	return report.JSON(w, jsonReport{FormatVersion, s.Before, s.After, r.doc()})
}

// doc returns the result of the comparison in JSON form.
func (r *Report) doc() jsonComparison {
	return jsonComparison{
		Same: r.Same(), Packets: r.Packets, Differing: r.Differing(),
		Ports: r.Ports, Causes: append([]*Cause{}, r.Causes...), Notes: r.Notes, Warnings: r.Warnings,
		ContentDifferences: r.ContentDifferences, Covered: r.Covered, Unreachable: r.Unreachable, Equivalent: r.Equivalent, Uncovered: r.Uncovered,
	}
}
