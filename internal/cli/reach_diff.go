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
	books := make([]*address.Resolver, 2)
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
			return fmt.Errorf("%s: reach walks sets of packets in one zone, and %d are given", db, len(networks))
		}
		books[i] = address.NewResolver(networks[0])
	}
	q, err := o.ask(books[0])
	if err != nil {
		return err
	}
	var c *reach.Changes
	err = sys.session().Working(ctx, walkingClasses, func(ctx context.Context) (err error) {
		c, err = reach.Compare(ctx, books[0], books[1], q)
		return err
	})
	if err != nil {
		return err
	}
	if o.format == "json" {
		err = writeReachDiffJSON(sys.Stdout, c)
	} else {
		_, err = io.WriteString(sys.Stdout, reachDiffText(c))
	}
	switch {
	case err != nil:
		return err
	case c.Changed():
		return &negativeError{}
	case c.Open != "":
		return &reportedError{}
	}
	return nil
}

// reachDiffText writes a line for each set, with what became of it and what becomes.
func reachDiffText(c *reach.Changes) string {
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
			fmt.Fprintf(&b, "  %s\n", abridged(ch.Text))
			for _, side := range []struct {
				word string
				r    *reach.Result
			}{{"was", ch.Before}, {"is", ch.After}} {
				if side.r == nil {
					fmt.Fprintf(&b, "    %-3s another one by no choice\n", side.word)
					continue
				}
				fmt.Fprintf(&b, "    %-3s %s", side.word, side.r)
				for _, at := range side.r.Deciding() {
					fmt.Fprintf(&b, "   flow %.8s (%s, priority %d)", at.Flow.UUID, placeText(&at), at.Flow.Priority)
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
		b.WriteString("no packet of the question has another end\n")
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
	Was      string   `json:"was,omitempty"`
	Is       string   `json:"is,omitempty"`
	WasFlows []string `json:"was_flows,omitempty"`
	IsFlows  []string `json:"is_flows,omitempty"`
	Example  string   `json:"example"`
}

func writeReachDiffJSON(out io.Writer, c *reach.Changes) error {
	doc := reachDiffDoc{Version: reachVersion, OnlyOld: c.Only[0], OnlyNew: c.Only[1], Open: c.Open, Changes: []reachDiffChangeDoc{}}
	side := func(r *reach.Result) (text string, flows []string) {
		if r == nil {
			return "", nil
		}
		for _, at := range r.Deciding() {
			flows = append(flows, at.Flow.UUID)
		}
		return r.String(), flows
	}
	for _, p := range c.Parts {
		for _, ch := range p.List {
			d := reachDiffChangeDoc{
				Datapath: p.Ports[0].Datapath.DisplayName(true), From: displayNames(p.Ports),
				Text: ch.Text, Match: ch.Match, Example: ch.Example,
			}
			d.Was, d.WasFlows = side(ch.Before)
			d.Is, d.IsFlows = side(ch.After)
			doc.Changes = append(doc.Changes, d)
		}
	}
	return json.MarshalWrite(out, &doc, jsontext.WithIndent("  "), json.Deterministic(true))
}
