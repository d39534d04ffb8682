// Package diff sends the same packets through two networks and tells what
// became of them otherwise: who gets them, what they look like then, which way
// they went.  Differences are grouped by their cause, which is the first
// decision that was another, with the flows that decided in both networks.
//
// What is compared is behaviour.  Numbers of tables, names of stages, UUIDs,
// and what the pipelines keep in registers may be as they like, so that
// networks of different releases can be compared.
package diff

import (
	"cmp"
	"context"

	"github.com/ovnwalk/ovnwalk/internal/guard"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/sim"
)

// Packet is a packet that is sent through both networks.
type Packet struct {
	Name      string // for people, such as "web1 to db1, tcp:5432"
	From, To  string // names of ports, or an address that it goes to; "" where nobody told
	Microflow string

	// Datapath is where the packet starts, "" for that of its inport.
	Datapath string

	// Choices, if not nil, takes the place of the options' conntrack states: the
	// states, the back end and the member that the packet meets.
	Choices *sim.Choices
}

// Options says how packets are sent.
type Options struct {
	// CT and CTNew are the conntrack states that packets meet, as sim.Choices has
	// them.
	CT    []uint64
	CTNew bool

	// Jobs is how many packets are under way at once, 0 for one a processor.
	Jobs int
}

// Kind is what changed, from what matters most.
type Kind uint8

// The kinds.
const (
	Port    Kind = iota // a port is gone, new, or elsewhere
	Verdict             // who gets the packet, or why nobody does
	Rewrite             // what it looks like then
	Path                // the datapaths that it passed
)

var kindText = [...]string{Port: "port", Verdict: "verdict", Rewrite: "rewrite", Path: "path"}

// String returns the kind's word.
func (k Kind) String() string { return kindText[k] }

// Difference is a packet of which something else became.
type Difference struct {
	Packet
	Kind     Kind
	Was, Now []string // what became of it: one for each back end or member that chance may pick
	cause    causeKey
	flows    [2]*Where
}

// Compare sends packets through two networks.  The error is the context's.
func Compare(ctx context.Context, before, after *lflow.Network, packets []Packet, o Options) (*Report, error) {
	found := make([]*Difference, len(packets))
	several := make([]bool, len(packets))
	trouble := make([]error, len(packets))
	guard.Each(o.Jobs, len(packets), func(i int) {
		if ctx.Err() != nil {
			return
		}
		a, b := send(before, packets[i], o), send(after, packets[i], o)
		if a.err != nil && b.err != nil {
			trouble[i] = a.err
			return
		}
		found[i] = compare(packets[i], a, b)
		several[i] = a.more || b.more
	})
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	r := &Report{Packets: len(packets), trouble: cmp.Or(trouble...)}
	for _, n := range []*lflow.Network{before, after} {
		for _, w := range n.Warnings {
			r.Warnings = append(r.Warnings, w.Text)
		}
	}
	for i, d := range found {
		if trouble[i] != nil {
			r.unsent++
		}
		if d != nil {
			r.add(d)
		}
		if several[i] {
			r.cut++
		}
	}
	r.present(before, after)
	r.moved(before, after)
	r.finish()
	return r, nil
}

// send walks a packet through a network, once for each choice that chance has.
func send(n *lflow.Network, p Packet, o Options) *sent {
	s := &sent{n: n}
	given := sim.Choices{CT: o.CT, CTNew: o.CTNew}
	if p.Choices != nil {
		given = *p.Choices
	}
	var picks choices
	for {
		var passed []taken
		picks.rewind()
		given.Uniform, given.Pick = true, picks.pick
		given.Matched = func(d *lflow.Datapath, f *lflow.Flow) { passed = append(passed, taken{d, f}) }
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

// maxWalks bounds one packet's walks: choices of back ends and members that are gone through.
const maxWalks = 64

// choices goes through all that chance may pick, the last decision first.
type choices struct {
	picked, options []int
	at              int
}

func (c *choices) rewind() { c.at = 0 }

// pick returns which option is taken this time.
func (c *choices) pick(options int) int {
	if c.at == len(c.picked) {
		c.picked, c.options = append(c.picked, 0), append(c.options, options)
	}
	c.at++
	return c.picked[c.at-1]
}

// next turns to the next choices; it is false where there are none.
func (c *choices) next() bool {
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
