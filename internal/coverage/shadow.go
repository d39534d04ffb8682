package coverage

import (
	"slices"

	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
)

// maxUnindexed bounds the flows of a table that no comparison files, and that are
// therefore held against every other one.
const maxUnindexed = 256

// ShadowFinder finds flows that no packet can reach because, on every datapath that
// has them, a flow of higher priority in the same table matches all that they
// match.  Flows are compared part by part, so that what it finds is so; it does
// not find flows that several others cover together, or that no earlier table
// lets a packet come to.
type ShadowFinder struct {
	n          *lflow.Network
	conditions map[*lflow.Flow]condition
}

// condition is what must hold of a packet for it to match a flow, simplified.
type condition struct {
	e     expr.Expr // nil where the flow does not parse
	never bool      // whether it holds of no packet at all
}

// NewShadowFinder returns a finder for a network that has looked at nothing yet.
func NewShadowFinder(n *lflow.Network) *ShadowFinder {
	return &ShadowFinder{n, map[*lflow.Flow]condition{}}
}

func (s *ShadowFinder) condition(f *lflow.Flow) condition {
	c, ok := s.conditions[f]
	if !ok {
		if e := f.Condition(); e != nil {
			c = condition{expr.Simplify(e), s.n.Never(e)}
		}
		s.conditions[f] = c
	}
	return c
}

// Forget gives back what is remembered of a flow.
func (s *ShadowFinder) Forget(f *lflow.Flow) { delete(s.conditions, f) }

// Never reports whether a flow is seen to match no packet, mostly because it
// names ports that are not there.  Not every match that contradicts itself is
// seen; package vet proves more.
func (s *ShadowFinder) Never(f *lflow.Flow) bool { return s.condition(f).never }

// In returns, of a table's flows on a datapath, each that is asked for and that
// another one covers, with that one.
func (s *ShadowFinder) In(d *lflow.Datapath, flows []*lflow.Flow, asked func(*lflow.Flow) bool) map[*lflow.Flow]*lflow.Flow {
	found := map[*lflow.Flow]*lflow.Flow{}
	x := flowIndex{byEquality: map[equality][]*lflow.Flow{}, masks: map[*expr.Symbol][]packet.Value{}}
	for i := 0; i < len(flows); {
		j := i // flows of one priority do not cover each other
		for ; j < len(flows) && flows[j].Priority == flows[i].Priority; j++ {
			if f := flows[j]; asked(f) {
				if over := s.over(&x, f); over != nil {
					found[f] = over
				}
			}
		}
		for ; i < j; i++ {
			if c := s.condition(flows[i]); c.e != nil && flows[i].Err(d) == nil {
				x.add(flows[i], c.e)
			}
		}
	}
	return found
}

// over returns a flow of the index that covers another.
func (s *ShadowFinder) over(x *flowIndex, f *lflow.Flow) *lflow.Flow {
	e := s.condition(f).e
	if e == nil {
		return nil
	}
	for _, g := range x.candidates(e) {
		if Implies(e, s.condition(g).e) {
			return g
		}
	}
	return nil
}

// flowIndex files flows under one comparison of their match, by which those that
// might cover another are found.
type flowIndex struct {
	byEquality map[equality][]*lflow.Flow
	masks      map[*expr.Symbol][]packet.Value // in the order in which they came
	unindexed  []*lflow.Flow
}

// equality is a comparison for equality.
type equality struct {
	symbol      *expr.Symbol
	value, mask packet.Value
	port, group string
}

func equalityOf(c *expr.Cmp) equality {
	return equality{c.Symbol, c.Value.And(c.Mask), c.Mask, c.Port, c.Group}
}

// equalities calls f for the comparisons for equality that an expression is a
// conjunction of.
func equalities(e expr.Expr, f func(*expr.Cmp)) {
	switch e := e.(type) {
	case *expr.Cmp:
		if e.Op == expr.EQ {
			f(e)
		}
	case *expr.And:
		for _, s := range e.Subs {
			equalities(s, f)
		}
	}
}

// add files a flow under its most telling comparison.
func (x *flowIndex) add(f *lflow.Flow, e expr.Expr) {
	var best *expr.Cmp
	weight := func(c *expr.Cmp) int {
		if c.Symbol.Width == 0 {
			return 129
		}
		return c.Mask.OnesCount()
	}
	equalities(e, func(c *expr.Cmp) {
		if best == nil || weight(c) > weight(best) {
			best = c
		}
	})
	if best == nil {
		if len(x.unindexed) < maxUnindexed {
			x.unindexed = append(x.unindexed, f)
		}
		return
	}
	k := equalityOf(best)
	x.byEquality[k] = append(x.byEquality[k], f)
	if !slices.Contains(x.masks[best.Symbol], best.Mask) {
		x.masks[best.Symbol] = append(x.masks[best.Symbol], best.Mask)
	}
}

// candidates returns the flows that might cover a condition: those that no
// comparison files, and those filed under one that it implies.
func (x *flowIndex) candidates(e expr.Expr) []*lflow.Flow {
	out := x.unindexed[:len(x.unindexed):len(x.unindexed)]
	equalities(e, func(c *expr.Cmp) {
		for _, mask := range x.masks[c.Symbol] {
			if mask.AndNot(c.Mask).IsZero() {
				k := equalityOf(c)
				k.value, k.mask = c.Value.And(mask), mask
				out = append(out, x.byEquality[k]...)
			}
		}
	})
	return out
}
