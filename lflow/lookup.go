package lflow

import (
	"cmp"
	"errors"
	"math"
	"slices"

	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/packet"
)

// LookupResult is the result of a lookup.
type LookupResult struct {
	Flow *Flow // nil if no flow matched

	// Unparsed are flows that do not parse, have a higher priority than Flow, and whose
	// readable part does not exclude the packet.
	Unparsed []*ParseError

	// Ties are other flows of the same priority that match.
	Ties []*Flow

	// Excluded are matching flows whose priority is not below that of Flow, and that the
	// lookup excludes.
	Excluded []*Flow

	// Absent are Flow, or flows before it, whose match compares a field that no packet has.
	// The comparison is false.
	Absent []AbsentField
}

// Certain reports whether the result has nothing but Flow.
func (r *LookupResult) Certain() bool {
	return len(r.Unparsed)+len(r.Ties)+len(r.Excluded)+len(r.Absent) == 0
}

// AbsentField is a field that no packet has, in the match of a flow.
type AbsentField struct {
	Flow  *Flow
	Field string
}

// Lookup returns the flow for a packet in a table: the first of the matching flows with the
// highest priority.
func (n *Network) Lookup(d *Datapath, p Pipeline, tableID int, pkt *packet.Packet) LookupResult {
	return n.LookupExcept(d, p, tableID, pkt, nil)
}

// LookupExcept is like Lookup, but excludes flows for which except returns true, unless it is
// nil. except is called for matching flows only.
func (n *Network) LookupExcept(d *Datapath, p Pipeline, tableID int, pkt *packet.Packet, except func(*Flow) bool) LookupResult {
	s := n.stage(d, p, tableID)
	if s == nil {
		return LookupResult{}
	}
	if s.passThrough != nil {
		return LookupResult{Flow: s.passThrough}
	}
	list := s.screened.Load()
	if list != nil && except == nil {
		if f, ok := lookUpScreened(*list, pkt, d); ok {
			return LookupResult{Flow: f}
		}
	}
	h := lookup{priority: math.MinInt, except: except}
	if list != nil {
		h.tryScreened(*list, pkt, d)
		return h.result()
	}
	h.tryRanked(s, pkt, d)
	s.countSteps(h.steps, d)
	return h.result()
}

// lookup is a lookup in progress. Flows may be tried in any order.
type lookup struct {
	priority int     // the highest priority of the flows found so far
	best     *Flow   // the first flow with it
	ties     []*Flow // the other flows with it
	unparsed []*ParseError
	except   func(*Flow) bool // may be nil
	excluded []*Flow
	absent   []AbsentField
	steps    int // number of flows that were read and of hash tables
}

// tryRanked tries the flows and tables of a stage.
func (h *lookup) tryRanked(s *stage, p *packet.Packet, d *Datapath) {
	for _, r := range s.ranked {
		switch {
		case h.decided(r.priority):
			return
		case r.flow != nil:
			h.try(r.flow, p, d)
		default:
			r.table.try(p, d, h)
		}
	}
}

// decided reports whether flows of a priority need not be tried.
func (h *lookup) decided(priority int) bool { return priority < h.priority }

// try tries a flow.
func (h *lookup) try(f *Flow, p *packet.Packet, d *Datapath) {
	h.steps++
	matched := f.Match(p, d)
	if f.templated {
		if f = f.onChassis(p.Uint(packet.OnChassis)); f == nil {
			return
		}
		matched = f.Match(p, d)
	}
	if f.matcher.ComparesAbsent() {
		if field := f.absentField(p, d); field != "" {
			h.absent = append(h.absent, AbsentField{f, field})
		}
	}
	if f.err != nil || matched && len(f.bound) > 0 {
		if err := f.Err(d); err != nil {
			if bad, ok := errors.AsType[*ParseError](err); ok && f.mayMatch(p, d) {
				h.unparsed = append(h.unparsed, bad)
			}
			return
		}
	}
	if matched {
		h.take(f)
	}
}

// take records a matching flow.
func (h *lookup) take(f *Flow) {
	switch {
	case h.best == f:
	case h.except != nil && h.except(f):
		h.excluded = append(h.excluded, f)
	case h.best == nil || f.Priority > h.priority:
		h.best, h.priority, h.ties = f, f.Priority, h.ties[:0]
	case f.Priority < h.priority:
	case before(f, h.best) < 0:
		h.ties = append(h.ties, h.best)
		h.best = f
	default:
		h.ties = append(h.ties, f)
	}
}

// result returns the result.
func (h *lookup) result() LookupResult {
	if len(h.ties) > 0 {
		slices.SortFunc(h.ties, before)
		h.ties = slices.Compact(h.ties)
	}
	if len(h.unparsed) > 0 {
		h.unparsed = slices.DeleteFunc(h.unparsed, func(e *ParseError) bool { return e.Flow.Priority <= h.priority })
		slices.SortFunc(h.unparsed, func(a, b *ParseError) int {
			return cmp.Or(cmp.Compare(b.Flow.Priority, a.Flow.Priority), before(a.Flow, b.Flow))
		})
		h.unparsed = slices.CompactFunc(h.unparsed, func(a, b *ParseError) bool { return a.Flow == b.Flow })
	}
	h.excluded = slices.DeleteFunc(h.excluded, func(f *Flow) bool { return f.Priority < h.priority })
	if len(h.absent) > 0 {
		inOrder := func(a, b *Flow) int { return cmp.Or(cmp.Compare(b.Priority, a.Priority), before(a, b)) }
		h.absent = slices.DeleteFunc(h.absent, func(a AbsentField) bool { return h.best != nil && inOrder(a.Flow, h.best) > 0 })
		slices.SortFunc(h.absent, func(a, b AbsentField) int { return inOrder(a.Flow, b.Flow) })
		h.absent = slices.Compact(h.absent)
	}
	return LookupResult{Flow: h.best, Unparsed: h.unparsed, Ties: h.ties, Excluded: h.excluded, Absent: h.absent}
}

// absentField returns the field without a value in packets with which the flow's match compares
// the packet, or "" if the match is decided without such a field.
func (f *Flow) absentField(p *packet.Packet, d *Datapath) string {
	match, err := f.ParsedMatch()
	if err != nil || f.err != nil {
		return ""
	}
	e, err := expr.ParseFlow(match, f.n.flowEnv())
	if err != nil {
		return ""
	}
	e = expr.Annotate(expr.AllOf(e, f.Actions().Prereqs))
	if s, ok := expr.Absent(e, binder{n: f.n}, p, d.Index); ok {
		return s.Name
	}
	return ""
}
