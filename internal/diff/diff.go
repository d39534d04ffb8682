// Package diff sends the same packets through two networks and reports those that change: their
// receivers, their headers, their path, or other effects of flows. Differences are grouped by their
// cause, which is the first decision that differs, with the flows that decided in both networks.
//
// It compares behavior. Numbers of tables, names of stages, UUIDs, and the contents of registers may
// differ, so that networks of different releases can be compared.
package diff

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/ovnwalk/ovnwalk/internal/mmapfault"
	"github.com/ovnwalk/ovnwalk/internal/progress"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/sim"
)

// Packet is a packet that is sent through both networks.
type Packet struct {
	Name      string `json:"name"`           // for people, such as "web1 to db1, tcp:5432"
	From      string `json:"from,omitempty"` // the name of a port, "" if unknown
	To        string `json:"to,omitempty"`   // the name of a port or an address, "" if unknown
	Microflow string `json:"packet"`

	// Size is the packet's size in bytes, 0 for one that no check of sizes calls too
	// large.
	Size int `json:"size,omitempty"`

	// Datapath is where the packet starts, "" for that of its inport.
	Datapath string `json:"-"`

	// Choices, if not nil, takes the place of the options' conntrack states: the
	// states, the backend and the member that the packet meets.
	Choices *sim.Choices `json:"-"`
}

// Options are options of sending packets.
type Options struct {
	// CT and CTNew are the conntrack states that packets meet, as sim.Choices has
	// them.
	CT    []uint64
	CTNew bool

	// Across returns, for the first and the second network, where packets to a port of another
	// zone continue; if nil, they end there.
	Across [2]func(*lflow.Port) sim.Entry

	// Jobs is how many packets are under way at once, 0 for one a processor.
	Jobs int
}

// Kind is what changed, from what matters most.  String returns its word.
type Kind uint8

//go:generate go run golang.org/x/tools/cmd/stringer@v0.52.0 -linecomment -type Kind

// The kinds.
const (
	// Port: a port is gone, new, or elsewhere.
	Port Kind = iota // port
	// Verdict: who receives the packet, or why it is dropped.
	Verdict // verdict
	// Rewrite: the packet on delivery.
	Rewrite // rewrite
	// Path: the datapaths that it passed.
	Path // path
	// Effect: other effects of flows, such as DHCP options, logging or connections committed to
	// conntrack.
	Effect // effect
)

// Difference is a packet with another outcome.
type Difference struct {
	Packet
	Kind  Kind     `json:"kind"`
	Was   []string `json:"before"` // the outcome of it: one for each backend or member that chance may pick
	Now   []string `json:"after"`
	cause causeKey
	flows [2]*Where
	minor bool // whether only packets that were made from this one differ
}

// Compare sends packets through two networks.  The error is the context's.
func Compare(ctx context.Context, before, after *lflow.Network, packets []Packet, o Options) (*Report, error) {
	s := newSession(NewPair(before, after, o))
	if err := s.sendAll(ctx, packets); err != nil {
		return nil, err
	}
	return s.report(), nil
}

// session is one comparison under way.
type session struct {
	sides   [2]*side
	nets    [2]*lflow.Network
	o       Options
	alike   *alike // nil if unknown
	results []*result
	known   map[string]bool // the packets that were sent
	watched map[string][]*change
}

// result is the outcome of one packet.
type result struct {
	packet     Packet
	difference *Difference // nil if the outcome is the same
	several    bool        // whether there were more choices than were gone through
	err        error       // why neither network takes it
	took       []*change   // the changes whose flows it took
}

func newSession(p *Pair) *session {
	return &session{sides: p.sides, nets: p.Networks(), o: p.sides[0].o, known: map[string]bool{}, watched: map[string][]*change{}}
}

// one sends a packet through both networks.
func (s *session) one(p Packet) *result {
	a := s.sides[0].send(p)
	if s.alike != nil && s.alike.carries(a) {
		return &result{packet: p, several: a.more, err: a.err}
	}
	b := s.sides[1].send(p)
	r := &result{packet: p, several: a.more || b.more}
	if a.err != nil && b.err != nil {
		r.err = a.err
		return r
	}
	r.difference = compare(p, a, b)
	if len(s.watched) == 0 {
		return r
	}
	for i, sent := range []*packetResult{a, b} {
		for _, w := range sent.walks {
			for _, t := range w.passed {
				for _, c := range s.watched[t.f.UUID.String()] {
					if c.side == i && c.d == t.d && c.row == nil && !slices.Contains(r.took, c) {
						r.took = append(r.took, c)
					}
				}
			}
		}
	}
	if r.difference != nil && len(r.took) > 0 {
		r.difference.attribute(r.took[0], [2]*packetResult{a, b})
	}
	// Other releases commit and learn in other words.
	if r.difference == nil && len(r.took) > 0 && s.nets[0].Dialect.Release() == s.nets[1].Dialect.Release() {
		r.difference = compareEffects(p, a, b)
	}
	return r
}

// add files the outcome of a packet.
func (s *session) add(r *result) {
	s.results = append(s.results, r)
	r.markCovered()
}

// markCovered notes the changes that a packet covers.
func (r *result) markCovered() {
	for _, c := range r.took {
		c.state = covered
		c.differs = c.differs || r.difference != nil
	}
}

// sendAll sends packets that were not sent before.
func (s *session) sendAll(ctx context.Context, packets []Packet) error {
	packets = slices.DeleteFunc(slices.Clone(packets), func(p Packet) bool { return s.known[p.key()] })
	results := make([]*result, len(packets))
	progress.Add(ctx, 0, len(packets))
	mmapfault.Each(s.o.Jobs, len(packets), func(i int) {
		if ctx.Err() == nil {
			results[i] = s.one(packets[i])
			progress.Add(ctx, 1, 0)
		}
	})
	if err := context.Cause(ctx); err != nil {
		return err
	}
	for i, r := range results {
		s.known[packets[i].key()] = true
		s.add(r)
	}
	return nil
}

// key distinguishes a packet from others; one of a suite is itself alone.
func (p *Packet) key() string {
	if p.Choices == nil {
		return fmt.Sprintf("%s\x00%s\x00%d", p.Datapath, p.Microflow, p.Size)
	}
	return fmt.Sprintf("%s\x00%s\x00%s\x00%d\x00%v", p.Name, p.Datapath, p.Microflow, p.Size, p.Choices.CT)
}

// report returns the results of the packets that were sent.
func (s *session) report() *Report {
	r := &Report{Packets: len(s.results)}
	for _, n := range s.nets {
		for _, w := range n.Warnings {
			r.Warnings = append(r.Warnings, w.Text)
		}
	}
	for _, x := range s.results {
		if x.err != nil {
			r.unsent++
			r.errors = cmp.Or(r.errors, x.err)
		}
		if x.difference != nil {
			r.add(x.difference)
		}
		if x.several {
			r.cut++
		}
	}
	r.groupMissing(s.nets[0], s.nets[1])
	r.groupMoved(s.nets[0], s.nets[1])
	r.finish()
	return r
}

// send walks a packet through a network, once for each choice that chance has.
func send(n *lflow.Network, p Packet, o Options) *packetResult {
	s := &packetResult{}
	given := sim.Choices{CT: o.CT, CTNew: o.CTNew}
	if p.Choices != nil {
		given = *p.Choices
	}
	given.Size, given.Across = p.Size, o.Across[0]
	var picks decisions
	for {
		var passed []takenFlow
		picks.rewind()
		given.Uniform, given.Choose = true, picks.pick
		given.Matched = func(d *lflow.Datapath, f *lflow.Flow) { passed = append(passed, takenFlow{d, f}) }
		t, err := sim.Trace(n, sim.Request{Datapath: p.Datapath, Microflow: p.Microflow, Choices: given})
		if err != nil {
			s.err = err
			return s
		}
		s.walks = append(s.walks, newWalk(n, t, passed))
		if !picks.next() {
			return s
		}
		if len(s.walks) == maxWalks {
			s.more = true
			return s
		}
	}
}

// maxWalks bounds one packet's walks: choices of backends and members that are gone through.
const maxWalks = 64

// decisions goes through all that chance may pick, the last decision first.
type decisions struct {
	picked, options []int
	at              int
}

func (c *decisions) rewind() { c.at = 0 }

// pick returns which option is taken this time.
func (c *decisions) pick(_ *packet.Packet, options int) int {
	if c.at == len(c.picked) {
		c.picked, c.options = append(c.picked, 0), append(c.options, options)
	}
	c.at++
	return c.picked[c.at-1]
}

// next moves to the next choices. It returns false if there are none.
func (c *decisions) next() bool {
	c.picked, c.options = c.picked[:c.at], c.options[:c.at]
	for i := len(c.picked) - 1; i >= 0; i-- {
		if c.picked[i]+1 < c.options[i] {
			c.picked[i]++
			c.picked, c.options = c.picked[:i+1], c.options[:i+1]
			return true
		}
	}
	return false
}
