package cli

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/ovnwalk/ovnwalk/internal/escape"
	"github.com/ovnwalk/ovnwalk/internal/input"
	"github.com/ovnwalk/ovnwalk/internal/report"
)

// zoneDoc is an interconnect zone.
type zoneDoc struct {
	Name       string   `json:"name,omitzero"`
	Database   string   `json:"database"`
	Northbound string   `json:"northbound,omitzero"`
	Release    string   `json:"release,omitzero"`
	Nodes      []string `json:"nodes"`
	Time       string   `json:"time,omitzero"` // of the last transaction
	Error      string   `json:"error,omitzero"`
}

// addZones describes zones.
func (doc *showDoc) addZones(zones ...*input.Zone) {
	for _, z := range zones {
		d := zoneDoc{Name: z.Name, Database: z.Path, Northbound: z.Northbound, Nodes: []string{}}
		for _, c := range z.Own() {
			d.Nodes = append(d.Nodes, c.Node())
		}
		if z.Err != nil {
			d.Error = z.Err.Error()
		} else {
			d.Release = z.Release()
		}
		if !z.Date.IsZero() {
			d.Time = z.Date.UTC().Format(time.RFC3339)
		}
		doc.Zones = append(doc.Zones, d)
	}
}

// writeZones writes the text.
func (doc *showDoc) writeZones(w io.Writer, paint report.Paint) {
	for _, z := range doc.Zones {
		name := z.Name
		if name == "" {
			name = "of unknown name"
		}
		fmt.Fprint(w, escape.Sprintf("%s\n", heading(paint, "zone", name)))
		for _, line := range [][2]string{
			{"database", z.Database}, {"northbound", z.Northbound}, {"release", z.Release}, {"node", strings.Join(z.Nodes, ", ")}, {"time", z.Time}, {"cannot be read", strings.TrimPrefix(z.Error, z.Database+": ")},
		} {
			if line[1] != "" {
				fmt.Fprint(w, escape.Sprintf("    %s: %s\n", line[0], line[1]))
			}
		}
	}
	if len(doc.Missing) > 0 {
		fmt.Fprint(w, escape.Sprintf("no database of: %s\n", strings.Join(doc.Missing, ", ")))
	}
}

// inZone returns "zone NAME, ", or "" for no name.
func inZone(name string) string {
	if name == "" {
		return ""
	}
	return "zone " + name + ", "
}
