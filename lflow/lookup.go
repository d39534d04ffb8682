package lflow

import (
	"cmp"
	"errors"
	"math"
	"slices"

	"github.com/ovnwalk/ovnwalk/packet"
)

// Hit is what a look-up found.
type Hit struct {
	Flow *Flow // nil where no flow matched

	// Unparsed are flows that do not parse, of a priority over that of Flow, and
	// whose readable parts do not exclude the packet.
	Unparsed []*ParseError

	// Rivals are flows of the same priority that match too.
	Rivals []*Flow
}

// Lookup finds the flow that a packet takes in a table: of those that match,
// the first of the highest priority.
func (n *Network) Lookup(d *Datapath, p Pipeline, tableID int, pkt *packet.Packet) Hit {
	s := n.stage(d, p, tableID)
	if s == nil {
		return Hit{}
	}
	if s.sole != nil {
		return Hit{Flow: s.sole}
	}
	h := hunt{priority: math.MinInt}
	for _, f := range s.flows {
		if h.over(f.Priority) {
			break
		}
		h.try(f, pkt, d)
	}
	for _, t := range s.tables {
		if !h.over(int(t.rows[0].priority)) {
			t.try(pkt, d, &h)
		}
	}
	return h.hit()
}

// hunt is a look-up under way.  Flows may be tried in any order.
type hunt struct {
	priority int     // of the flows found, which is the highest so far
	found    *Flow   // the first of them
	others   []*Flow // the rest
	unparsed []*ParseError
}

// over reports whether flows of that priority need not be tried any more.
func (h *hunt) over(priority int) bool { return priority < h.priority }

// try tries a flow.
func (h *hunt) try(f *Flow, p *packet.Packet, d *Datapath) {
	matched := f.Match(p, d)
	if f.err != nil || matched && len(f.bound) > 0 {
		var bad *ParseError
		if errors.As(f.Err(d), &bad) {
			if f.mayMatch(p, d) {
				h.unparsed = append(h.unparsed, bad)
			}
			return
		}
	}
	switch {
	case !matched || h.found == f:
	case h.found == nil || f.Priority > h.priority:
		h.found, h.priority, h.others = f, f.Priority, h.others[:0]
	case f.Priority < h.priority:
	case before(f, h.found) < 0:
		h.others = append(h.others, h.found)
		h.found = f
	default:
		h.others = append(h.others, f)
	}
}

// hit settles what was found.
func (h *hunt) hit() Hit {
	if len(h.others) > 0 {
		slices.SortFunc(h.others, before)
		h.others = slices.Compact(h.others)
	}
	if len(h.unparsed) > 0 {
		h.unparsed = slices.DeleteFunc(h.unparsed, func(e *ParseError) bool { return e.Flow.Priority <= h.priority })
		slices.SortFunc(h.unparsed, func(a, b *ParseError) int {
			return cmp.Or(cmp.Compare(b.Flow.Priority, a.Flow.Priority), before(a.Flow, b.Flow))
		})
		h.unparsed = slices.CompactFunc(h.unparsed, func(a, b *ParseError) bool { return a.Flow == b.Flow })
	}
	return Hit{Flow: h.found, Unparsed: h.unparsed, Rivals: h.others}
}
