package diff

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/ovnwalk/ovnwalk/internal/mmapfault"
	"github.com/ovnwalk/ovnwalk/internal/report"
	"github.com/ovnwalk/ovnwalk/internal/witness"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/sim"
)

// Bounds of the packets that are drawn for one change.
const (
	maxDrawn = 40 // packets in all
	maxHits  = 6  // packets that meet the change and show no difference
	batch    = 16 // changes that packets are drawn for at once
)

// Everything compares two networks whole.  It compares their contents, draws
// packets that meet what differs, and then sends those between all ports, at
// most limit in all.  The error is the context's.
func Everything(ctx context.Context, before, after *lflow.Network, limit int, o Options) (*Report, error) {
	s := newSession(before, after, o)
	differs := contentsOf(s.nets)
	changes := differs.all()
	for _, c := range changes {
		id := c.f.UUID.String()
		s.watched[id] = append(s.watched[id], c)
	}
	groups := grouped(changes)
	cut, err := s.lead(ctx, groups, limit)
	if err != nil {
		return nil, err
	}
	plan, err := AllPairs(ctx, before, after, max(0, limit-len(s.results)))
	if err != nil {
		return nil, err
	}
	if err := s.sendAll(ctx, plan.Packets); err != nil {
		return nil, err
	}
	r := s.report()
	r.Notes = append(plan.Notes, r.Notes...)
	if cut > 0 {
		r.Notes = append(r.Notes, fmt.Sprintf("no packets were drawn for %s, past the limit of %d", report.Count(cut, "difference"), limit))
	}
	r.cutShort = cut > 0 || plan.left > 0
	r.judge(differs)
	return r, nil
}

// all returns the flows to which packets are led.
func (c *contents) all() []*change {
	out := slices.Clone(c.flows)
	for _, r := range c.rows {
		out = append(out, r.depends...)
	}
	return out
}

// group is the changes of one row: of a flow, each datapath that has it.
type group struct {
	list              []*change
	differing, missed int
}

// Of a flow that many datapaths share, packets are drawn for each, until this
// many of them show a difference, or cannot be met.
const (
	enoughDiffering = 2
	enoughMissed    = 3
)

func (g *group) done() bool { return g.differing >= enoughDiffering || g.missed >= enoughMissed }

// grouped puts changes of one row together.
func grouped(changes []*change) (out []*group) {
	type row struct {
		side int
		uuid string
		of   *rowChange
	}
	known := map[row]*group{}
	for _, c := range changes {
		k := row{c.side, c.f.UUID.String(), c.row}
		g := known[k]
		if g == nil {
			g = &group{}
			known[k] = g
			out = append(out, g)
		}
		g.list = append(g.list, c)
	}
	return out
}

// lead draws packets for changes, and returns for how many the limit left none.
// Each row has its turn before a second datapath of any.
func (s *session) lead(ctx context.Context, groups []*group, limit int) (cut int, err error) {
	finders := [2]*witness.Finder{witness.NewFinder(s.nets[0]), witness.NewFinder(s.nets[1])}
	if err := s.sendAll(ctx, s.usual(finders, groups, limit/4)); err != nil {
		return 0, err
	}
	for round := 0; ; round++ {
		var open []*group
		for _, g := range groups {
			if round < len(g.list) && !g.done() {
				open = append(open, g)
			}
		}
		if len(open) == 0 {
			return cut, nil
		}
		for len(open) > 0 {
			left := limit - len(s.results)
			if left <= 0 {
				return cut + len(open), nil
			}
			n := min(batch, len(open))
			if left < batch*maxDrawn {
				n = 1
			}
			drawn := make([][]*result, n)
			mmapfault.Each(s.o.Jobs, n, func(i int) {
				if ctx.Err() == nil {
					drawn[i] = s.draw(finders, open[i].list[round], min(maxDrawn, left))
				}
			})
			if err := context.Cause(ctx); err != nil {
				return 0, err
			}
			for i, list := range drawn {
				open[i].file(open[i].list[round], list)
				for _, r := range list {
					if k := r.packet.key(); !s.known[k] {
						s.known[k] = true
						s.add(r)
					} else {
						for _, c := range r.met {
							c.state = met
						}
					}
				}
			}
			open = open[n:]
		}
	}
}

// maxUsual is how many ports of a datapath send packets of every kind.
const maxUsual = 8

// usual returns packets of every kind from ports of the first datapath of each
// group, at most limit.
func (s *session) usual(finders [2]*witness.Finder, groups []*group, limit int) (out []Packet) {
	known, sent := map[*lflow.Datapath]bool{}, map[string]bool{}
	for _, g := range groups {
		c := g.list[0]
		if known[c.d] {
			continue
		}
		known[c.d] = true
		ports := c.d.Ports()
		for _, port := range ports[:min(len(ports), maxUsual)] {
			if port.Type == "chassisredirect" {
				continue
			}
			for _, p := range finders[c.side].Usual(port) {
				if k := s.packet(c, p, false); len(out) < limit && !sent[k.key()] {
					sent[k.key()] = true
					out = append(out, k)
				}
			}
		}
	}
	return out
}

// file counts what the packets that were drawn for a change showed.
func (g *group) file(c *change, drawn []*result) {
	hit := false
	for _, r := range drawn {
		if slices.Contains(r.met, c) {
			hit = true
			if r.difference != nil {
				g.differing++
				return
			}
		}
	}
	if !hit && c.state == unmet {
		g.missed++
	}
}

// draw sends packets that should take a change's flow, until one shows a
// difference or enough of them show none.
func (s *session) draw(finders [2]*witness.Finder, c *change, most int) (out []*result) {
	hits := 0
	onlyNew := s.o.CTNew && len(s.o.CT) == 0
	answer := finders[c.side].Find(c.d, c.f, c.within, func(p witness.Packet) witness.Reachability {
		var r *result
		took := false
		for _, own := range []bool{false, true} {
			opens := onlyNew && !slices.ContainsFunc(p.CT, func(state uint64) bool { return state != packet.CTTracked|packet.CTNew })
			if own && (len(p.CT) == 0 || took) || !own && len(p.CT) > 0 && !opens || len(out) >= most {
				continue
			}
			r = s.one(s.packet(c, p, own))
			took = slices.Contains(r.met, c)
			if c.within != nil && s.took(c, r.packet) {
				r.met = append(r.met, c)
				took = true
			}
			out = append(out, r)
		}
		switch {
		case len(out) >= most, took && r.difference != nil:
			return witness.Enough
		case !took:
			return witness.NotReached
		}
		if hits++; hits == maxHits {
			return witness.Enough
		}
		return witness.Reached
	})
	if answer == witness.Unreachable && hits == 0 && c.state == unmet {
		c.state = unreachable
	}
	return out
}

// took reports whether a packet takes the flow of a change.
func (s *session) took(c *change, p Packet) bool {
	for _, w := range send(s.nets[c.side], p, s.o).walks {
		if slices.ContainsFunc(w.passed, func(t takenFlow) bool { return t.d == c.d && t.f.UUID == c.f.UUID }) {
			return true
		}
	}
	return false
}

// packet makes a packet that was found into one that is sent: with the conntrack
// states that it needs, unless it does with the options' ones.
func (s *session) packet(c *change, p witness.Packet, own bool) Packet {
	out := Packet{Name: s.nets[c.side].Friendly(p.Microflow, true), From: p.From.Name, Microflow: p.Microflow}
	if !own {
		return out
	}
	states := slices.Clone(p.CT)
	for _, state := range states {
		out.Name += ", --ct " + packet.FormatCTState(state)
	}
	states = append(states, slices.Repeat(states[len(states)-1:], maxStates)...)
	out.Choices = &sim.Choices{CT: states}
	return out
}

// maxStates is how many conntrack lookups find the last state that a packet
// needs.
const maxStates = 64

// judge says of the changes which were met, and of those that were not which can
// be.
func (r *Report) judge(c *contents) {
	for _, g := range grouped(c.flows) {
		// A row is met where packets met it on some datapath and no other was left
		// without an answer, or where they showed a difference.
		state := unreachable
		var without []*change
		for _, f := range g.list {
			switch f.state {
			case met:
				state = met
			case unmet:
				without = append(without, f)
			default:
			}
		}
		if len(without) > 0 && !(state == met && r.shows(g)) {
			state = unmet
			text := without[0].String()
			if n := len(without) - 1; n > 0 {
				text += fmt.Sprintf(" (and on %s)", report.Count(n, "other datapath"))
			}
			r.Unmet = append(r.Unmet, text)
		}
		r.count(state)
	}
	for _, row := range c.rows {
		r.carried(row)
		state := unreachable
		if row.depends == nil {
			state = unmet
		}
		for _, d := range row.depends {
			if d.state == met {
				state = met
			} else if d.state == unmet && state != met {
				state = unmet
			}
		}
		if row.shown {
			state = met
		}
		r.count(state)
		if state == unmet {
			r.Unmet = append(r.Unmet, row.String())
		}
	}
}

// shows reports whether a flow decided a packet that changed.
func (r *Report) shows(g *group) bool {
	c := g.list[0]
	id := c.f.UUID.String()
	return slices.ContainsFunc(r.found, func(d *Difference) bool {
		w := d.flows[c.side]
		return w != nil && w.UUID == id
	})
}

// count counts a difference in content.
func (r *Report) count(s state) {
	r.Contents++
	switch s {
	case met:
		r.Met++
	case unreachable:
		r.Unreachable++
	default:
	}
}

// carried reports a port that another chassis carries.
func (r *Report) carried(row *rowChange) {
	if row.rows[0] == nil || row.rows[1] == nil {
		return
	}
	others := len(row.columns)
	for i, col := range row.rows[0].Columns {
		if col.Name != "chassis" && col.Name != "gateways" || !slices.Contains(row.columns, col.Name) {
			continue
		}
		others--
		value := func(text string) string { return cmp.Or(text, "none") }
		r.Ports = append(r.Ports, fmt.Sprintf("port %s: %s %s, now %s", row.key, col.Name, value(col.Text), value(row.rows[1].Columns[i].Text)))
	}
	row.shown = others == 0
}
