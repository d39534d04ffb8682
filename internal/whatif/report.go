package whatif

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/ovnwalk/ovnwalk/internal/controlplane"
	"github.com/ovnwalk/ovnwalk/internal/diff"
	"github.com/ovnwalk/ovnwalk/internal/escape"
	"github.com/ovnwalk/ovnwalk/internal/report"
	"github.com/ovnwalk/ovnwalk/internal/suite"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// Report is the difference that a change makes.
type Report struct {
	// Zones are the zones whose northbound database was changed.
	Zones []*ZoneReport

	// Suites is the report of the suites over the network after the change, nil for none.
	// Earlier is that over the network before it.
	Suites, Earlier *suite.Report
	// Questions are connections before the change and after it.
	Questions []Question
}

// ZoneReport is the difference in one zone.
type ZoneReport struct {
	*Result
	Zone string // its name, "" for the only one

	// Settling has the flows that settling alone changed, Flows those that the change changed,
	// or settling if there is no change.
	Settling, Flows []diff.StageFlows

	// Packets is the comparison of packets, nil if suites, connections or sets are compared.
	Packets *diff.Report
	// Sets are the sets of packets with different results, nil unless requested.
	Sets Sets
}

// Sets is a comparison of all packets.
type Sets interface {
	Changed() bool

	// Write writes the sets as text or as json.
	Write(w io.Writer, format string, paint report.Paint) error
}

// NewZoneReport compares the flows of the networks before and after the change.  original is nil if
// settling changed nothing, or if the report is about settling.
func NewZoneReport(r *Result, original *lflow.Network, change *diff.Pair) *ZoneReport {
	p := &ZoneReport{Result: r}
	if original != nil {
		p.Settling = diff.NewPair(original, change.Networks()[0], diff.Options{}).FlowChanges(nil)
	}
	seen := map[string]bool{}
	p.Flows = change.FlowChanges(func(d *lflow.Datapath, f *lflow.Flow) {
		uuid := f.UUID.String()
		if seen[uuid] {
			return
		}
		seen[uuid] = true
		if err := f.Err(d); err != nil {
			p.Warnings = append(p.Warnings, Warning{r.inserted[uuid], fmt.Sprintf("%s/%s: %v", d.DisplayName(true), f.Stage(), err)})
		}
	})
	return p
}

// Same reports whether the change makes no difference: to packets, as in diff, and to the requested
// connections.
func (p *Report) Same() bool {
	return !slices.ContainsFunc(p.Questions, func(q Question) bool { return !q.Same }) &&
		!slices.ContainsFunc(p.Zones, func(z *ZoneReport) bool {
			return z.Packets != nil && !z.Packets.Same() || z.Sets != nil && z.Sets.Changed()
		})
}

var formats = report.Formats[*Report, report.Style]{"text": writeText, "json": writeJSON}

// Formats returns the names of the formats, sorted.
func Formats() []string { return formats.Names() }

// Write writes a report in a format. If the style is verbose, every packet and test is shown;
// its colors are for fail, pass and note.
func (p *Report) Write(w io.Writer, format string, s report.Style) error {
	return formats.Write(w, format, p, s)
}

// The names of the two southbound databases.
const (
	nameBefore = "before the change"
	nameAfter  = "after the change"
)

// writeText writes a report for people: what is uncertain first, what became of packets
// last.
func writeText(w io.Writer, p *Report, s report.Style) error {
	var b strings.Builder
	for i, z := range p.Zones {
		if z.Zone != "" {
			b.WriteString(strings.Repeat("\n", min(i, 1)) + s.Paint.Text("note", "zone "+escape.Text(z.Zone)+":") + "\n")
		}
		if err := z.writeText(&b, s); err != nil {
			return err
		}
	}
	for i := range p.Questions {
		if err := p.Questions[i].writeText(&b, s); err != nil {
			return err
		}
	}
	if p.Suites != nil {
		p.compareSuites(func(text string) { b.WriteString(s.Paint.Text("note", text) + "\n") })
		if err := p.Suites.Write(&b, "text", s); err != nil {
			return err
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// writeText writes what became different in a zone.
func (p *ZoneReport) writeText(b *strings.Builder, s report.Style) error {
	line := func(kind, text string) { b.WriteString(s.Paint.Text(kind, text) + "\n") }
	switch {
	case len(p.Settling) > 0:
		line("fail", "settling alone changed flows: ovn-northd "+p.Release+" makes other flows of these databases than they have, because another release or an older northbound database made them; the change is compared with what it makes")
		stages(b, p.Settling)
	case p.Stale && p.Before != p.Original:
		line("note", "note: settling alone changed rows of the southbound database, and no logical flow")
	}
	for _, c := range p.Conversions {
		line("note", fmt.Sprintf("note: %s was converted from version %s of its schema to %s", c.Database, cmp.Or(c.From, "(none)"), c.To))
	}
	for _, x := range p.Warnings {
		what := "warning before the change: "
		if x.Command != "" {
			what = "warning of " + x.Command + ": "
		}
		line("fail", what+x.Text)
	}
	added, removed := total(p.Flows)
	line("note", fmt.Sprintf("flows: %d added, %d removed", added, removed))
	stages(b, p.Flows)
	took := fmt.Sprintf("northd: %s (%s) settled in %s", p.Release, p.Program, seconds(p.Settle))
	if p.Change > 0 {
		took += "; the change took " + seconds(p.Change)
	}
	line("note", took)
	if p.Sets != nil {
		return p.Sets.Write(b, "text", s.Paint)
	}
	if p.Packets == nil {
		return nil
	}
	return p.Packets.Write(b, "text", diff.Style{Before: nameBefore, After: nameAfter, Style: s})
}

// compareSuites writes, for each test that did not pass before the change, whether it passes after
// the change.
func (p *Report) compareSuites(note func(string)) {
	c := p.Earlier.Counts()
	note(fmt.Sprintf("suites before the change: %d passed, %d not", c.Passed, c.Failed+c.Errored))
	for i, f := range p.Earlier.Files {
		if i == len(p.Suites.Files) {
			return
		}
		now := p.Suites.Files[i].Results
		for j, was := range f.Results {
			if was.Status != suite.Failed && was.Status != suite.Errored || j >= len(now) || now[j].Name != was.Name {
				continue
			}
			what := "did not pass before the change either"
			if now[j].Status == suite.Passed {
				what = "passes only after the change"
			}
			note(fmt.Sprintf("    %s:%d: %s: %s", escape.Text(f.File), was.Line, escape.Text(was.Name), what))
		}
	}
}

// stages writes the flows of each stage.
func stages(b *strings.Builder, all []diff.StageFlows) {
	for _, x := range all {
		fmt.Fprintf(b, "    %s: %d added, %d removed\n", escape.Text(x.Stage), x.Added, x.Removed)
	}
}

func total(all []diff.StageFlows) (added, removed int) {
	for _, x := range all {
		added += x.Added
		removed += x.Removed
	}
	return added, removed
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.2f s", d.Seconds()) }

// FormatVersion is the version of the JSON report.
const FormatVersion = 1

type jsonReport struct {
	Version int `json:"version"`
	*jsonZone
	Zones        []jsonZone      `json:"zones,omitempty"`
	Suites       json.RawMessage `json:"suites,omitempty"`
	SuitesBefore json.RawMessage `json:"suites_before,omitempty"`
	Connections  []jsonQuestion  `json:"connections,omitempty"`
}

// jsonZone is the JSON form of a ZoneReport.  For the only zone it is part of the report.
type jsonZone struct {
	Zone          string                    `json:"zone,omitempty"`
	Release       string                    `json:"release"`
	Program       string                    `json:"program"`
	SettleSeconds float64                   `json:"settle_seconds"`
	ChangeSeconds float64                   `json:"change_seconds"`
	Conversions   []controlplane.Conversion `json:"conversions,omitempty"`
	Settling      []diff.StageFlows         `json:"settling,omitempty"`
	Warnings      []Warning                 `json:"warnings,omitempty"`
	Flows         []diff.StageFlows         `json:"flows"`
	Packets       json.RawMessage           `json:"packets,omitempty"`
	Sets          json.RawMessage           `json:"sets,omitempty"`
}

// writeJSON writes a report for programs.
func writeJSON(w io.Writer, p *Report, s report.Style) error {
	doc := jsonReport{Version: FormatVersion}
	for _, z := range p.Zones {
		d, err := z.doc(s)
		if err != nil {
			return err
		}
		if z.Zone == "" {
			doc.jsonZone = &d
		} else {
			doc.Zones = append(doc.Zones, d)
		}
	}
	var err error
	for _, x := range []struct {
		to *json.RawMessage
		r  *suite.Report
	}{{&doc.Suites, p.Suites}, {&doc.SuitesBefore, p.Earlier}} {
		if x.r != nil && err == nil {
			*x.to, err = document(func(b io.Writer) error { return x.r.Write(b, "json", s) })
		}
	}
	for _, q := range p.Questions {
		d := jsonQuestion{Arguments: q.Arguments, Same: q.Same}
		if err == nil {
			d.Before, err = document(func(b io.Writer) error { return q.Before.Write(b, "json") })
		}
		if err == nil {
			d.After, err = document(func(b io.Writer) error { return q.After.Write(b, "json") })
		}
		doc.Connections = append(doc.Connections, d)
	}
	if err != nil {
		return err
	}
	return report.JSON(w, doc)
}

// doc returns what became different in a zone as JSON has it.
func (p *ZoneReport) doc(s report.Style) (jsonZone, error) {
	doc := jsonZone{
		Zone: p.Zone, Release: p.Release, Program: p.Program,
		SettleSeconds: p.Settle.Seconds(), ChangeSeconds: p.Change.Seconds(),
		Conversions: p.Conversions, Settling: p.Settling, Warnings: p.Warnings, Flows: append([]diff.StageFlows{}, p.Flows...),
	}
	var err error
	if p.Packets != nil {
		doc.Packets, err = document(func(b io.Writer) error {
			return p.Packets.Write(b, "json", diff.Style{Before: nameBefore, After: nameAfter, Style: s})
		})
	}
	if p.Sets != nil && err == nil {
		doc.Sets, err = document(func(b io.Writer) error { return p.Sets.Write(b, "json", nil) })
	}
	return doc, err
}

// document returns the JSON that write writes.
func document(write func(io.Writer) error) (json.RawMessage, error) {
	var b bytes.Buffer
	err := write(&b)
	return b.Bytes(), err
}
