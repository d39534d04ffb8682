package diff

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/mmapfault"
	"github.com/ovnwalk/ovnwalk/internal/progress"
	"github.com/ovnwalk/ovnwalk/internal/report"
	"github.com/ovnwalk/ovnwalk/internal/witness"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/sim"
)

// Bounds of the packets that are generated for one change.
const (
	maxGenerated    = 40 // packets in all
	maxTaking       = 6  // packets that take the flow and show no difference
	batch           = 16 // changes that packets are generated for at once
	maxOpposing     = 16 // flows of the other side that decide otherwise
	opposingPackets = 4  // packets for each of these
)

// settledPairs is how many packets between ports are sent at most where packets cover
// every difference in content, or there is none: they only add examples.
const settledPairs = 500

// Everything compares the networks whole.  It compares their contents, generates
// packets that take what differs, and then sends those between all ports, at
// most limit in all.  It may be called once.  The error is the context's.
func (p *Pair) Everything(ctx context.Context, limit int) (*Report, error) {
	s := newSession(p)
	differs := p.contents()
	s.alike = p.alike()
	changes := differs.all()
	for _, c := range changes {
		id := c.f.UUID.String()
		s.watched[id] = append(s.watched[id], c)
	}
	groups := grouped(changes)
	cut, err := s.cover(ctx, groups, differs.rows, limit)
	if err != nil {
		return nil, err
	}
	left := max(0, limit-len(s.results))
	pairs := left
	settled := "others cover the differences in content"
	if len(groups) == 0 {
		settled = "nothing in content differs"
	}
	if (len(groups) > 0 || s.alike.rows) && cut == 0 && !slices.ContainsFunc(groups, func(g *group) bool { return g.outcome() == uncovered }) {
		pairs = min(pairs, settledPairs)
	}
	plan, err := p.allPairs(ctx, pairs, 0)
	if err != nil {
		return nil, err
	}
	if pairs < left && plan.left > 0 {
		plan.left, plan.Notes = 0, slices.DeleteFunc(plan.Notes, func(n string) bool { return strings.Contains(n, "past the limit") })
		plan.Notes = append(plan.Notes, fmt.Sprintf("packets between ports are the first %d: %s", pairs, settled))
	}
	if err := s.sendAll(ctx, plan.Packets); err != nil {
		return nil, err
	}
	r := s.report()
	r.Notes = append(plan.Notes, r.Notes...)
	if cut > 0 {
		r.Notes = append(r.Notes, fmt.Sprintf("no packets were generated for %s, past the limit of %d", report.Count(cut, "difference"), limit))
	}
	r.cutShort = cut > 0 || plan.left > 0
	r.countContents(differs)
	return r, nil
}

// all returns the flows that packets are generated for.
func (c *contentDiff) all() []*change {
	out := slices.Clone(c.flows)
	for _, r := range c.rows {
		out = append(out, r.depends...)
	}
	return out
}

// group is the changes of one row: of a flow, each datapath that has it.
type group struct {
	list []*change

	differing int // changes with packets that show a difference
	tried     int // those that no packet took
}

// Of a flow that many datapaths share, packets are generated for each, until this
// many of them show a difference, or no packet takes it on so many.
const (
	enoughDiffering = 2
	enoughTried     = 3
)

func (g *group) done() bool { return g.differing >= enoughDiffering || g.tried >= enoughTried }

// grouped puts changes of one row together.
func grouped(changes []*change) (out []*group) {
	type row struct {
		side int
		uuid lflow.UUID
		of   *rowChange
	}
	known := map[row]*group{}
	for _, c := range changes {
		k := row{c.side, c.f.UUID, c.row}
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

// cover generates packets for changes, and returns for how many the limit left none.
// Each row has its turn before a second datapath of any.
func (s *session) cover(ctx context.Context, groups []*group, rows []*rowChange, limit int) (cut int, err error) {
	x := newGenerator(s, rows)
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
		progress.Add(ctx, 0, len(open))
		for len(open) > 0 {
			left := limit - len(s.results)
			if left <= 0 {
				return cut + len(open), nil
			}
			n := min(batch, len(open))
			if left < batch*maxGenerated*2 {
				n = 1
			}
			results := make([][]*result, n)
			mmapfault.Each(s.o.Jobs, n, func(i int) {
				if ctx.Err() == nil {
					results[i] = x.generate(open[i].list[round], left, round == 0)
					progress.Add(ctx, 1, 0)
				}
			})
			if err := context.Cause(ctx); err != nil {
				return 0, err
			}
			for i, list := range results {
				open[i].file(open[i].list[round], list)
				for _, r := range list {
					if k := r.packet.key(); !s.known[k] {
						s.known[k] = true
						s.add(r)
					} else {
						r.markCovered()
					}
				}
			}
			open = open[n:]
		}
	}
}

// file records the results of the packets that were generated for a change.
func (g *group) file(c *change, results []*result) {
	hit := false
	for _, r := range results {
		if slices.Contains(r.took, c) {
			hit = true
			if r.difference != nil {
				g.differing++
				return
			}
		}
	}
	if !hit && c.state == uncovered {
		g.tried++
	}
}

// generator generates packets that take the flows of changes.
type generator struct {
	*session
	finders    [2]*witness.Finder
	references *references // to rows that differ
	identities [2]map[*lflow.Datapath]string
	datapaths  [2]map[string]*lflow.Datapath // by identity
	readAlike  bool
}

func newGenerator(s *session, rows []*rowChange) *generator {
	x := &generator{session: s, references: newReferences(rows), identities: identities(s.sides), readAlike: readAlike(s.nets)}
	for i, n := range s.nets {
		x.finders[i] = witness.NewFinder(n)
		x.datapaths[i] = map[string]*lflow.Datapath{}
		for d, name := range x.identities[i] {
			x.datapaths[i][name] = d
		}
	}
	return x
}

// generate sends packets that should take a change's flow, at most limit, until one
// shows a difference or enough of them show none: of a datapath that is not the first
// of its row fewer do.
func (s *generator) generate(c *change, limit int, first bool) (out []*result) {
	most := min(limit, maxGenerated+8*len(c.within))
	enough := maxTaking + 2*len(c.within)
	if !first {
		enough = max(1, enough/3)
	}
	without := s.sameElsewhere(c)
	if len(without) > 0 && s.finders[c.side].Covered(c.d, c.f, without) {
		c.state = equivalent
		return nil
	}
	var rivals map[*lflow.Flow]bool
	if c.row == nil {
		answer, found := s.inTable(c, func(p witness.Packet) bool {
			if r := s.one(s.packet(c, p, !s.opens(p))); r.difference != nil && slices.Contains(r.took, c) {
				out = append(out, r)
			}
			return len(out) > 0
		})
		if answer != uncovered {
			c.state = answer
		}
		if answer != uncovered || len(out) > 0 {
			return out
		}
		rivals = found
	}
	sizes := s.sizes(c)
	hits := 0
	shown := false
	try := func(p witness.Packet) witness.Reachability {
		took, differs := false, false
		opens := s.opens(p)
		for _, own := range []bool{false, true} {
			if own && (len(p.CT) == 0 || took) || !own && len(p.CT) > 0 && !opens {
				continue
			}
			for _, size := range append([]int{p.Length}, sizes...) {
				if len(out) >= most {
					break
				}
				p.Length = size
				r := s.one(s.packet(c, p, own))
				if c.row != nil && s.takes(c, r.packet) {
					r.took = append(r.took, c)
				}
				took = took || slices.Contains(r.took, c)
				differs = differs || slices.Contains(r.took, c) && r.difference != nil
				out = append(out, r)
			}
		}
		shown = shown || differs
		switch {
		case len(out) >= most, differs:
			return witness.Enough
		case !took:
			return witness.NotReached
		}
		if hits++; hits == enough {
			return witness.Enough
		}
		return witness.Reached
	}
	if c.row == nil {
		own := most
		for _, target := range s.opposing(c, rivals) {
			hits, most = 0, min(limit, len(out)+opposingPackets)
			if s.finders[c.side].Find(target, try); shown || most == limit {
				return out
			}
		}
		hits, most = 0, min(limit, len(out)+own)
	}
	target := witness.Target{Datapath: c.d, Flow: c.f, Within: c.within, Without: without}
	answer := s.finders[c.side].Find(target, try)
	if answer == witness.Unreachable && hits == 0 && c.state == uncovered {
		c.state = unreachable
	}
	return out
}

// opens reports whether a packet opens connections only, as packets do without conntrack states.
func (s *session) opens(p witness.Packet) bool {
	return s.o.CTNew && len(s.o.CT) == 0 && !slices.ContainsFunc(p.CT, func(state uint64) bool { return state != packet.CTTracked|packet.CTNew })
}

// opposing returns the packets of a change's flow of which flows of the other side do
// something else there, by these flows: those that each takes.  Rivals are as inTable has them.
func (s *generator) opposing(c *change, rivals map[*lflow.Flow]bool) (out []witness.Target) {
	d := s.datapaths[1-c.side][s.identities[c.side][c.d]]
	if d == nil {
		return nil
	}
	var above []*witness.Region
	for _, f := range s.finders[1-c.side].Flows(d, witness.Stage{Pipeline: c.f.Pipeline, Table: c.f.Table}) {
		if f.Stage() != c.f.Stage() { // another release has the stage elsewhere
			return nil
		}
		if len(out) == maxOpposing {
			break
		}
		match := f.MatchText()
		if f.Priority > c.f.Priority || len(s.references.in(match, "")) > 0 {
			continue
		}
		decides, takes := rivals[f]
		if rivals != nil && !takes {
			continue
		}
		both := s.finders[c.side].Matches(c.d, "("+c.f.MatchText()+") && ("+match+")")
		if len(both) > 0 && f.ActionsText() != c.f.ActionsText() && (rivals == nil || decides) {
			out = append(out, witness.Target{Datapath: c.d, Flow: c.f, Within: both, Without: slices.Clone(above)})
		}
		above = append(above, both...)
	}
	return out
}

// sameElsewhere returns the packets that flows which only the other side has, with the
// same stage, priority and actions, take there: for these the change makes no difference.
func (s *generator) sameElsewhere(c *change) (out []*witness.Region) {
	for _, o := range c.same {
		match := o.f.MatchText()
		if len(s.references.in(match, "")) > 0 {
			continue // its sets are others there
		}
		out = append(out, s.finders[c.side].Matches(c.d, match)...)
	}
	return out
}

// sizes returns sizes of packets that the actions of a flow may distinguish, on either
// side.
func (s *generator) sizes(c *change) []int {
	if !strings.Contains(c.f.ActionsText(), "check_pkt_larger") {
		return nil
	}
	sizes := slices.Concat(witness.Lengths(s.nets[0]), witness.Lengths(s.nets[1]))
	slices.Sort(sizes)
	return slices.DeleteFunc(slices.Compact(sizes), func(n int) bool { return n == 0 })
}

// takes reports whether a packet takes the flow of a change.
func (s *session) takes(c *change, p Packet) bool {
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
	out := Packet{Name: s.nets[c.side].Text(p.Microflow).Friendly, From: p.From.Name, Microflow: p.Microflow, Size: p.Length}
	if p.Length > 0 {
		out.Name += fmt.Sprintf(", %d bytes", p.Length)
	}
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
