package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/ovnwalk/ovnwalk/internal/address"
	"github.com/ovnwalk/ovnwalk/internal/reach"
)

// runReachDiff prints the sets of which something else becomes in another database.
func runReachDiff(ctx context.Context, sys *System, o *reachOptions) error {
	if o.asserts() {
		return errors.New("--diff compares two databases; an assertion is about one")
	}
	resolvers := make([]*address.Resolver, 2)
	var pair zonePair
	for i, db := range o.diff {
		s := o.sources
		s.DB = []string{db}
		zones, err := s.open(ctx, sys)
		if err != nil {
			return err
		}
		networks, err := zones.Networks(ctx)
		if err != nil {
			return err
		}
		if len(networks) != 1 {
			return fmt.Errorf("%s: --diff compares sets of packets in one zone, and %d are given: name one of them as %s//MEMBER", db, len(networks), db)
		}
		pair[i], resolvers[i] = zones.Zones[0], address.NewResolver(networks[0])
	}
	norths, err := pair.norths(ctx, o.North)
	if err != nil {
		return err
	}
	w := changedSets{}
	for i, n := range norths {
		w.rows[i] = n.Origins
	}
	q, err := o.ask(reach.OneZone(resolvers[0]))
	if err != nil {
		return err
	}
	err = sys.session().Working(ctx, walkingClasses, func(ctx context.Context) (err error) {
		w.Changes, err = reach.Compare(ctx, resolvers[0], resolvers[1], q)
		return err
	})
	if err != nil {
		return err
	}
	switch err := w.Write(sys.Stdout, o.format); {
	case err != nil:
		return err
	case w.Changed():
		return &negativeError{}
	case w.Open != "":
		return &reportedError{}
	}
	return nil
}

// changedSets is what two networks do differently with all packets of a question, and
// the rows that their flows come from.
type changedSets struct {
	*reach.Changes
	rows [2]origins // of the northbound databases of both
}

// Write writes the sets as text or as json.
func (c *changedSets) Write(out io.Writer, format string) error {
	if format == "json" {
		return c.json(out)
	}
	_, err := io.WriteString(out, c.text())
	return err
}

// text writes the packets of each cause, with what became of them and what becomes.
func (c *changedSets) text() string {
	var b strings.Builder
	for i, text := range []string{"only in the old network", "only in the new network"} {
		if len(c.Only[i]) > 0 {
			fmt.Fprintf(&b, "%s: %s\n", text, strings.Join(c.Only[i], ", "))
		}
	}
	for _, p := range c.Parts {
		if len(p.List) == 0 {
			continue
		}
		fmt.Fprintf(&b, "%s, packets of %s:\n", p.Ports[0].Datapath.DisplayName(true), strings.Join(displayNames(p.Ports), ", "))
		for _, ch := range p.List {
			fmt.Fprintf(&b, "  %s\n", abridged(ch.Lines, "  "))
			for i, side := range []struct {
				word string
				r    *reach.Result
			}{{"was", ch.Before}, {"is", ch.After}} {
				if side.r == nil {
					fmt.Fprintf(&b, "    %-3s another one by no choice\n", side.word)
					continue
				}
				fmt.Fprintf(&b, "    %-3s %s", side.word, side.r)
				for _, rule := range rulesOf(side.r, c.rows[i]) {
					fmt.Fprintf(&b, "   %s", rule)
				}
				b.WriteString("\n")
			}
			fmt.Fprintf(&b, "    for example %s\n", ch.Example)
		}
	}
	switch {
	case c.Open != "":
		fmt.Fprintf(&b, "not all is compared: %s\n", c.Open)
	case !c.Changed():
		b.WriteString("no packet has a different result\n")
	}
	return b.String()
}

type reachDiffDoc struct {
	Version int                  `json:"version"`
	OnlyOld []string             `json:"only_old,omitempty"`
	OnlyNew []string             `json:"only_new,omitempty"`
	Open    string               `json:"open,omitempty"`
	Changes []reachDiffChangeDoc `json:"changes"`
}

type reachDiffChangeDoc struct {
	Datapath string   `json:"datapath"`
	From     []string `json:"from"`
	Text     string   `json:"text"`
	Match    string   `json:"match,omitempty"`
	Cut      bool     `json:"cut,omitempty"` // Text has not all of the set
	Was      string   `json:"was,omitempty"`
	Is       string   `json:"is,omitempty"`
	WasFlows []string `json:"was_flows,omitempty"`
	IsFlows  []string `json:"is_flows,omitempty"`
	WasRows  []string `json:"was_made_from,omitempty"`
	IsRows   []string `json:"is_made_from,omitempty"`
	Example  string   `json:"example"`
}

func (c *changedSets) json(out io.Writer) error {
	doc := reachDiffDoc{Version: reachVersion, OnlyOld: c.Only[0], OnlyNew: c.Only[1], Open: c.Open, Changes: []reachDiffChangeDoc{}}
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
		for _, ch := range p.List {
			d := reachDiffChangeDoc{
				Datapath: p.Ports[0].Datapath.DisplayName(true), From: displayNames(p.Ports),
				Text: ch.Text, Match: ch.Match, Cut: ch.Cut, Example: ch.Example,
			}
			d.Was, d.WasFlows, d.WasRows = side(ch.Before, c.rows[0])
			d.Is, d.IsFlows, d.IsRows = side(ch.After, c.rows[1])
			doc.Changes = append(doc.Changes, d)
		}
	}
	return json.MarshalWrite(out, &doc, jsontext.WithIndent("  "), json.Deterministic(true))
}
