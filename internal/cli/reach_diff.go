package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/explain"
	"github.com/ovnwalk/ovnwalk/internal/input"
	"github.com/ovnwalk/ovnwalk/internal/reach"
	"github.com/ovnwalk/ovnwalk/internal/report"
	"github.com/ovnwalk/ovnwalk/trace"
)

// runReachDiff prints the sets of packets with different results in two databases.
func runReachDiff(ctx context.Context, sys *System, o *reachOptions) error {
	if o.asserts() {
		return errors.New("--diff compares two databases; an assertion concerns one")
	}
	w, zones, err := o.openDiff(ctx, sys)
	if err != nil {
		return err
	}
	q, err := o.ask(zones[0])
	if err != nil {
		return err
	}
	w.Changes, err = working(ctx, sys, walkingClasses, func(ctx context.Context) (*reach.Changes, error) {
		return reach.Compare(ctx, zones[0], zones[1], q)
	})
	if err != nil {
		return err
	}
	switch err := w.Write(sys.Stdout, o.format, reportPaint(o.format, o.color, sys)); {
	case err != nil:
		return err
	case w.Changed():
		return &negativeError{}
	case w.Open != "":
		return &reportedError{}
	}
	return nil
}

// openDiff opens the zones of both sides, and their northbound databases.
func (o *reachOptions) openDiff(ctx context.Context, sys *System) (w *changedSets, zones [2]*reach.Zones, err error) {
	var sides [2]*input.Network
	o.AsChassis = true // flows of chassis, not of ovn-trace
	for i, db := range o.diff {
		s := o.sources
		s.DB = []string{db}
		if sides[i], err = s.open(ctx, sys); err != nil {
			return nil, zones, err
		}
	}
	sides[0].Beside(sides[1])
	sides[1].Beside(sides[0])
	named := [2]map[string]*input.Zone{{"": sides[0].Zones[0]}, {"": sides[1].Zones[0]}}
	if sides[0].Several() || sides[1].Several() {
		if named, err = zonesByName(sides, [2]string(o.diff), o.Damage); err != nil {
			return nil, zones, err
		}
	}
	w = &changedSets{}
	for i, side := range sides {
		networks, err := side.Networks(ctx)
		if err != nil {
			return nil, zones, err
		}
		zones[i] = reachZones(ctx, sys, side, networks)
	}
	var norths [2][]*explain.Northbound
	for _, name := range slices.Sorted(maps.Keys(named[0])) {
		p := zonePair{named[0][name], named[1][name]}
		if p[1] == nil {
			continue
		}
		found, err := p.norths(ctx, o.North)
		if err != nil {
			return nil, zones, err
		}
		for i, n := range found {
			norths[i] = append(norths[i], n)
		}
	}
	for i, list := range norths {
		w.rows[i] = func(f *trace.Flow) (rows []string) {
			for _, n := range list {
				rows = append(rows, n.Origins(f)...)
			}
			return rows
		}
	}
	return w, zones, nil
}

// changedSets is the comparison of two networks for all packets of a question, with the
// northbound rows of their flows.
type changedSets struct {
	*reach.Changes
	rows [2]origins // of the northbound databases of both
}

// Write writes the sets in a format, text or json.
func (c *changedSets) Write(out io.Writer, format string, paint report.Paint) error {
	if format == "json" {
		return c.json(out)
	}
	_, err := io.WriteString(out, c.text(paint))
	return err
}

// text writes the packets of each cause, with their results in both networks.
func (c *changedSets) text(paint report.Paint) string {
	var b strings.Builder
	for i, text := range []string{"gone", "new"} {
		for _, zone := range c.Zones[i] {
			fmt.Fprintf(&b, "zone: %s is %s\n", zone, text)
		}
	}
	for i, text := range []string{"only in the old network", "only in the new network"} {
		if len(c.Only[i]) > 0 {
			fmt.Fprintf(&b, "%s: %s\n", text, strings.Join(c.Only[i], ", "))
		}
	}
	for _, p := range c.Parts {
		if len(p.List) == 0 {
			continue
		}
		counts := map[reach.SectionKind]int{}
		for _, ch := range p.List {
			counts[ch.Kind]++
		}
		title := fmt.Sprintf("%s, packets of %s", ofZone(p.Zone, p.Ports[0].Datapath.DisplayName(true)), strings.Join(displayNames(p.Ports), ", "))
		if kind := p.List[0].Kind; kind.IsApart() && len(counts) == 1 {
			title += " " + kind.Title()
		}
		fmt.Fprintf(&b, "%s\n", paint.Text("title", title+":"))
		for _, ch := range p.List {
			if ch.Kind.IsApart() && len(counts) > 1 {
				continue
			}
			fmt.Fprintf(&b, "  %s\n", abridged(ch.Lines, "  "))
			for i, side := range []struct {
				word string
				r    *reach.Result
			}{{"was", ch.Before}, {"is", ch.After}} {
				if side.r == nil {
					fmt.Fprintf(&b, "    %-3s no such result for any choice\n", side.word)
					continue
				}
				fmt.Fprintf(&b, "    %-3s ", side.word)
				writeResult(&b, side.r, side.r.String(), c.rows[i], paint)
			}
			fmt.Fprintf(&b, "    for example %s\n", ch.Example)
		}
		for _, kind := range []reach.SectionKind{reach.MixedDestinations, reach.Later} {
			if counts[kind] > 0 && len(counts) > 1 {
				fmt.Fprintf(&b, "  %s (sets: %d changed; --format=json has them)\n", kind.Title(), counts[kind])
			}
		}
	}
	switch {
	case c.Open != "":
		fmt.Fprintf(&b, "%s: %s\n", paint.Text("skip", "not all is compared"), c.Open)
	case !c.Changed():
		b.WriteString(paint.Text("pass", "no packet has a different result") + "\n")
	case len(c.Parts) == 0:
		b.WriteString("nothing is compared: no port that sends is in both networks\n")
	case !slices.ContainsFunc(c.Parts, func(p *reach.ChangedPart) bool { return len(p.List) > 0 }):
		b.WriteString("no packet of a port in both networks has a different result\n")
	}
	return b.String()
}

type reachDiffDoc struct {
	Version int                  `json:"version"`
	Gone    []string             `json:"zones_gone,omitempty"`
	New     []string             `json:"zones_new,omitempty"`
	OnlyOld []string             `json:"only_old,omitempty"`
	OnlyNew []string             `json:"only_new,omitempty"`
	Ports   int                  `json:"compared_ports"`
	Open    string               `json:"open,omitempty"`
	Changes []reachDiffChangeDoc `json:"changes"`
}

type reachDiffChangeDoc struct {
	Zone     string   `json:"zone,omitempty"`
	Datapath string   `json:"datapath"`
	From     []string `json:"from"`
	Text     string   `json:"text"`
	Match    string   `json:"match,omitempty"`
	Cut      bool     `json:"cut,omitempty"`                // Text is not the whole set
	Mixed    bool     `json:"mixed_destinations,omitempty"` // the Ethernet and IP destinations do not belong together
	Later    bool     `json:"opens_no_connection,omitempty"`
	Was      string   `json:"was,omitempty"`
	Is       string   `json:"is,omitempty"`
	WasFlows []string `json:"was_flows,omitempty"`
	IsFlows  []string `json:"is_flows,omitempty"`
	WasRows  []string `json:"was_made_from,omitempty"`
	IsRows   []string `json:"is_made_from,omitempty"`
	Example  string   `json:"example"`
}

func (c *changedSets) json(out io.Writer) error {
	doc := reachDiffDoc{Version: reachVersion, Gone: c.Zones[0], New: c.Zones[1], OnlyOld: c.Only[0], OnlyNew: c.Only[1], Open: c.Open, Changes: []reachDiffChangeDoc{}}
	side := func(r *reach.Result, rowsOf origins) (text string, flows, rows []string) {
		if r == nil {
			return "", nil, nil
		}
		for _, at := range r.Deciding() {
			flows, rows = append(flows, at.Flow.UUID), append(rows, rowsOf(at.Flow)...)
		}
		return r.String(), flows, rows
	}
	for _, p := range c.Parts {
		doc.Ports += len(p.Ports)
		for _, ch := range p.List {
			d := reachDiffChangeDoc{
				Zone: p.Zone, Datapath: p.Ports[0].Datapath.DisplayName(true), From: displayNames(p.Ports),
				Text: ch.Text, Match: ch.Match, Cut: ch.Cut, Mixed: ch.Kind == reach.MixedDestinations, Later: ch.Kind == reach.Later, Example: ch.Example,
			}
			d.Was, d.WasFlows, d.WasRows = side(ch.Before, c.rows[0])
			d.Is, d.IsFlows, d.IsRows = side(ch.After, c.rows[1])
			doc.Changes = append(doc.Changes, d)
		}
	}
	return writeDoc(out, &doc)
}
