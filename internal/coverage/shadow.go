package coverage

import (
	"slices"

	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
)

// maxLoose bounds the flows of a table that no comparison files, and that are
// therefore held against every other one.
const maxLoose = 256

// Shadows finds flows that no packet can reach because, on every datapath that
// has them, a flow of higher priority in the same table matches all that they
// match.  Flows are compared part by part, so that what it finds is so; it does
// not find flows that several others cover together, or that no earlier table
// lets a packet come to.
type Shadows struct {
	n          *lflow.Network
	conditions map[*lflow.Flow]condition
}

// condition is what must hold of a packet for it to match a flow, simplified.
type condition struct {
	e     expr.Expr // nil where the flow does not parse
	never bool      // whether it holds of no packet at all
}

// NewShadows returns a finder for a network that has looked at nothing yet.
func NewShadows(n *lflow.Network) *Shadows { return &Shadows{n, map[*lflow.Flow]condition{}} }

func (s *Shadows) condition(f *lflow.Flow) condition {
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
func (s *Shadows) Forget(f *lflow.Flow) { delete(s.conditions, f) }

// Never reports whether a flow is seen to match no packet, mostly because it
// names ports that are not there.  Not every match that contradicts itself is
// seen; package vet proves more.
func (s *Shadows) Never(f *lflow.Flow) bool { return s.condition(f).never }

// In returns, of a table's flows on a datapath, each that is asked for and that
// another one covers, with that one.
func (s *Shadows) In(d *lflow.Datapath, flows []*lflow.Flow, asked func(*lflow.Flow) bool) map[*lflow.Flow]*lflow.Flow {
	found := map[*lflow.Flow]*lflow.Flow{}
	x := index{filed: map[filing][]*lflow.Flow{}, masks: map[*expr.Symbol][]packet.Value{}}
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
func (s *Shadows) over(x *index, f *lflow.Flow) *lflow.Flow {
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

// index files flows under one comparison of their match, by which those that
// might cover another are found.
type index struct {
	filed map[filing][]*lflow.Flow
	masks map[*expr.Symbol][]packet.Value // in the order in which they came
	loose []*lflow.Flow
}

// filing is a comparison for equality.
type filing struct {
	symbol      *expr.Symbol
	value, mask packet.Value
	port, group string
}

func filingOf(c *expr.Cmp) filing {
	return filing{c.Symbol, c.Value.And(c.Mask), c.Mask, c.Port, c.Group}
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
func (x *index) add(f *lflow.Flow, e expr.Expr) {
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
		if len(x.loose) < maxLoose {
			x.loose = append(x.loose, f)
		}
		return
	}
	k := filingOf(best)
	x.filed[k] = append(x.filed[k], f)
	if !slices.Contains(x.masks[best.Symbol], best.Mask) {
		x.masks[best.Symbol] = append(x.masks[best.Symbol], best.Mask)
	}
}

// candidates returns the flows that might cover a condition: those that no
// comparison files, and those filed under one that it implies.
func (x *index) candidates(e expr.Expr) []*lflow.Flow {
	out := x.loose[:len(x.loose):len(x.loose)]
	equalities(e, func(c *expr.Cmp) {
		for _, mask := range x.masks[c.Symbol] {
			if mask.AndNot(c.Mask).IsZero() {
				k := filingOf(c)
				k.value, k.mask = c.Value.And(mask), mask
				out = append(out, x.filed[k]...)
			}
		}
	})
	return out
}
