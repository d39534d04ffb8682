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
	conditions map[lflow.UUID]*condition
	keys       map[equality]int                // numbers of comparisons under which flows are filed, from 1
	masks      map[*expr.Symbol][]packet.Value // of those, in the order in which they came
	index      flowIndex
}

// condition is what must hold of a packet for it to match a flow, simplified.
type condition struct {
	e     expr.Expr // nil where the flow does not parse
	never bool      // whether it holds of no packet at all
	filed bool      // whether key is known
	key   int       // the number of the most telling comparison, 0 for none
}

// NewShadowFinder returns a finder for a network that has looked at nothing yet.
func NewShadowFinder(n *lflow.Network) *ShadowFinder {
	return &ShadowFinder{n: n, conditions: map[lflow.UUID]*condition{}, keys: map[equality]int{}, masks: map[*expr.Symbol][]packet.Value{}}
}

func (s *ShadowFinder) condition(f *lflow.Flow) *condition {
	c := s.conditions[f.UUID]
	if c == nil {
		c = &condition{}
		if e := f.Condition(); e != nil {
			c.e, c.never = expr.Simplify(e), s.n.Never(e)
		}
		s.conditions[f.UUID] = c
	}
	return c
}

// Forget gives back what is remembered of a flow.
func (s *ShadowFinder) Forget(f *lflow.Flow) { delete(s.conditions, f.UUID) }

// Never reports whether a flow is seen to match no packet, mostly because it
// names ports that are not there.  Not every match that contradicts itself is
// seen; package vet proves more.
func (s *ShadowFinder) Never(f *lflow.Flow) bool { return s.condition(f).never }

// In returns, of a table's flows on a datapath, each that is asked for, by its
// place, and that another one covers, with that one.
func (s *ShadowFinder) In(d *lflow.Datapath, flows []*lflow.Flow, asked func(int) bool) map[int]*lflow.Flow {
	var wanted []int
	for i := range flows {
		if asked(i) {
			wanted = append(wanted, i)
		}
	}
	if len(wanted) == 0 {
		return nil
	}
	found := map[int]*lflow.Flow{}
	s.index.reset()
	for i := 0; len(wanted) > 0; {
		j := i // flows of one priority do not cover each other
		for ; j < len(flows) && flows[j].Priority == flows[i].Priority; j++ {
			if len(wanted) > 0 && wanted[0] == j {
				wanted = wanted[1:]
				if over := s.over(flows[j]); over != nil {
					found[j] = over
				}
			}
		}
		for ; i < j && len(wanted) > 0; i++ {
			if c := s.condition(flows[i]); c.e != nil && flows[i].Err(d) == nil {
				s.file(c)
				s.index.add(flows[i], c)
			}
		}
	}
	return found
}

// over returns a flow of the index that covers another.
func (s *ShadowFinder) over(f *lflow.Flow) *lflow.Flow {
	e := s.condition(f).e
	if e == nil {
		return nil
	}
	for _, g := range s.index.unindexed {
		if Implies(e, g.c.e) {
			return g.flow
		}
	}
	var covers *lflow.Flow
	equalities(e, func(c *expr.Cmp) {
		for _, mask := range s.masks[c.Symbol] {
			if covers != nil || !mask.AndNot(c.Mask).IsZero() {
				continue
			}
			k := equalityOf(c)
			k.value, k.mask = c.Value.And(mask), mask
			for _, g := range s.index.filed(s.keys[k]) {
				if Implies(e, g.c.e) {
					covers = g.flow
					break
				}
			}
		}
	})
	return covers
}

// file finds the most telling comparison of a condition.
func (s *ShadowFinder) file(c *condition) {
	if c.filed {
		return
	}
	c.filed = true
	var best *expr.Cmp
	weight := func(c *expr.Cmp) int {
		if c.Symbol.Width == 0 {
			return 129
		}
		return c.Mask.OnesCount()
	}
	equalities(c.e, func(c *expr.Cmp) {
		if best == nil || weight(c) > weight(best) {
			best = c
		}
	})
	if best == nil {
		return
	}
	k := equalityOf(best)
	if c.key = s.keys[k]; c.key == 0 {
		c.key = len(s.keys) + 1
		s.keys[k] = c.key
		if !slices.Contains(s.masks[best.Symbol], best.Mask) {
			s.masks[best.Symbol] = append(s.masks[best.Symbol], best.Mask)
		}
	}
}

// flowIndex files the flows of a table under one comparison of their match, by
// which those that might cover another are found.
type flowIndex struct {
	byKey     map[int][]filedFlow
	used      []int // the keys that have flows
	unindexed []filedFlow
}

type filedFlow struct {
	flow *lflow.Flow
	c    *condition
}

// reset empties the index and keeps its memory.
func (x *flowIndex) reset() {
	if x.byKey == nil || len(x.byKey) > maxKeptKeys {
		x.byKey = map[int][]filedFlow{}
		x.used = nil
	}
	for _, k := range x.used {
		clear(x.byKey[k]) // the flows are not kept
		x.byKey[k] = x.byKey[k][:0]
	}
	clear(x.unindexed)
	x.used, x.unindexed = x.used[:0], x.unindexed[:0]
}

// maxKeptKeys bounds the keys whose memory is kept from table to table.
const maxKeptKeys = 1 << 14

func (x *flowIndex) filed(key int) []filedFlow { return x.byKey[key] }

// add files a flow.
func (x *flowIndex) add(f *lflow.Flow, c *condition) {
	if c.key == 0 {
		if len(x.unindexed) < maxUnindexed {
			x.unindexed = append(x.unindexed, filedFlow{f, c})
		}
		return
	}
	list := x.byKey[c.key]
	if len(list) == 0 {
		x.used = append(x.used, c.key)
	}
	x.byKey[c.key] = append(list, filedFlow{f, c})
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
