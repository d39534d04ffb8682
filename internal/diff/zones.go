package diff

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/escape"
	"github.com/ovnwalk/ovnwalk/internal/report"
)

// Zones is what comparing two networks of several zones found, zone by zone.
type Zones struct {
	Reports []ZoneReport // zones of both networks

	// Gone are the zones that only the first network has a database for, New those that only
	// the second has.
	Gone, New []string
}

// ZoneReport is the comparison of the two databases of a zone.
type ZoneReport struct {
	Zone string
	*Report
}

// Same reports whether both networks have the same zones and none differs.
func (z *Zones) Same() bool {
	return z.changed() == 0 && len(z.Gone)+len(z.New) == 0
}

// changed returns how many zones of both networks differ.
func (z *Zones) changed() (n int) {
	for _, r := range z.Reports {
		if !r.Same() {
			n++
		}
	}
	return n
}

// Warnings returns the warnings about the databases, without duplicates.
func (z *Zones) Warnings() (all []string) {
	for _, r := range z.Reports {
		for _, w := range r.Report.Warnings {
			if !slices.Contains(all, w) {
				all = append(all, w)
			}
		}
	}
	return all
}

var zonesFormats = report.Formats[*Zones, Style]{"text": writeZonesText, "json": writeZonesJSON}

// Write writes a report of several zones in one of the formats of a Report.
func (z *Zones) Write(w io.Writer, format string, s Style) error {
	return zonesFormats.Write(w, format, z, s)
}

// writeZonesText writes the text of each zone below its name, and a summary.
func writeZonesText(w io.Writer, z *Zones, s Style) error {
	var b strings.Builder
	for _, r := range z.Reports {
		b.WriteString(s.Paint.Text("note", "zone "+escape.Text(r.Zone)+":") + "\n")
		if err := writeText(&b, r.Report, s); err != nil {
			return err
		}
		b.WriteString("\n")
	}
	for _, only := range []struct {
		zones []string
		what  string
	}{{z.Gone, "is gone"}, {z.New, "is new"}} {
		for _, name := range only.zones {
			fmt.Fprintf(&b, "%s: %s %s\n", s.Paint.Text("fail", "zone"), escape.Text(name), only.what)
		}
	}
	status := "fail"
	if z.Same() {
		status = "pass"
	}
	b.WriteString(s.Paint.Text(status, z.summary()) + "\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// summary returns the report in one line.
func (z *Zones) summary() string {
	zones := report.Count(len(z.Reports), "zone")
	if z.Same() {
		return "no differences (" + zones + ")"
	}
	parts := []string{fmt.Sprintf("%d of %s changed", z.changed(), zones)}
	if n := len(z.Gone); n > 0 {
		parts = append(parts, report.Count(n, "zone")+" gone")
	}
	if n := len(z.New); n > 0 {
		parts = append(parts, report.Count(n, "zone")+" new")
	}
	return strings.Join(parts, ", ")
}

type jsonZonesReport struct {
	Version int        `json:"version"`
	Before  string     `json:"before"`
	After   string     `json:"after"`
	Same    bool       `json:"same"`
	Gone    []string   `json:"zones_gone,omitempty"`
	New     []string   `json:"zones_new,omitempty"`
	Zones   []jsonZone `json:"zones"`
}

type jsonZone struct {
	Zone string `json:"zone"`
	jsonComparison
}

// writeZonesJSON writes the reports of all zones as one JSON document.
func writeZonesJSON(w io.Writer, z *Zones, s Style) error {
	doc := jsonZonesReport{Version: FormatVersion, Before: s.Before, After: s.After, Same: z.Same(), Gone: z.Gone, New: z.New, Zones: []jsonZone{}}
	for _, r := range z.Reports {
		doc.Zones = append(doc.Zones, jsonZone{r.Zone, r.doc()})
	}
	return report.JSON(w, doc)
}
