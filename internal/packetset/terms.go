package packetset

import (
	"slices"

	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/packet"
)

// terms is a conjunction of bits with values: twice the position of each bit in the order,
// plus its value. The last position is first.
type terms []int32

// and appends the conjunction of two others. ok is false if they contradict each other.
func (t terms) and(a, b terms) (all terms, ok bool) {
	for len(a) > 0 && len(b) > 0 {
		switch {
		case a[0] == b[0]:
			t, a, b = append(t, a[0]), a[1:], b[1:]
		case a[0]|1 == b[0]|1:
			return t, false
		case a[0] > b[0]:
			t, a = append(t, a[0]), a[1:]
		default:
			t, b = append(t, b[0]), b[1:]
		}
	}
	return append(append(t, a...), b...), true
}

// setOf returns the packets that have the values. Long conjunctions are looked up: making one
// visits as many places of the hash table as it has bits.
func (m *Manager) setOf(t terms) Set {
	if len(t) < minLong {
		return m.chain(t)
	}
	h := uint64(len(t))
	for _, one := range t {
		h = (h ^ uint64(one)) * 0x9e3779b97f4a7c15
	}
	if m.long == nil {
		m.long = zeros[conjoined](maxLong)
	}
	c := &m.long[h>>32%maxLong]
	if !slices.Equal(c.terms, t) {
		*c = conjoined{slices.Clone(t), m.chain(t)}
	}
	return c.set
}

// conjoined is a conjunction with its set.
type conjoined struct {
	terms terms
	set   Set
}

// The conjunctions that setOf looks up have minLong terms or more, and it remembers up to maxLong.
const (
	minLong = 12
	maxLong = 1 << 12
)

// chain makes the set of a conjunction.
func (m *Manager) chain(t terms) Set {
	s := All
	for _, one := range t {
		if one&1 != 0 {
			s = m.make(one>>1, Empty, s)
		} else {
			s = m.make(one>>1, s, Empty)
		}
	}
	return s
}

// termsOf returns a set as a conjunction; ok is false if it is not one.
func (m *Manager) termsOf(s Set) (t terms, ok bool) {
	for s > All {
		n := &m.nodes[s]
		if n.lo != Empty && n.hi != Empty {
			return nil, false
		}
		one := n.bit << 1
		if n.lo == Empty {
			one |= 1
		}
		t = append(t, one)
		s = n.lo | n.hi // one of them is Empty
	}
	slices.Reverse(t)
	return t, s == All
}

// decided returns the part of a set that remains to be tested for packets that have the
// values: All or Empty if the values decide, else the set.
func (m *Manager) decided(s Set, t terms) Set {
	left := s
	for i := len(t) - 1; left > All; {
		n := &m.nodes[left]
		for ; i >= 0 && t[i]>>1 < n.bit; i-- {
		}
		switch {
		case i < 0 || t[i]>>1 != n.bit:
			return s
		case t[i]&1 != 0:
			left = n.hi
		default:
			left = n.lo
		}
	}
	return left
}

// factor is the value of a part of a match: the packets of a set that satisfy a
// conjunction, if there is one. The set of both is not made yet.
type factor struct {
	terms *terms
	set   Set
}

// factors evaluates matches without making the sets of all their comparisons.
type factors struct{ algebra }

// conjunction returns an empty conjunction.
func (a *factors) conjunction() *terms {
	n := len(a.free)
	if n == 0 {
		return &terms{}
	}
	t := a.free[n-1]
	a.free, *t = a.free[:n-1], (*t)[:0]
	return t
}

// done releases the terms of a factor for reuse.
func (a *factors) done(f factor) {
	if f.terms != nil {
		a.free = append(a.free, f.terms)
	}
}

// made returns the set of a factor and releases the factor.
func (a *factors) made(f factor) Set {
	if f.terms == nil {
		return f.set
	}
	a.done(f)
	return a.algebra.And(a.setOf(*f.terms), f.set)
}

// Truth implements expr.Algebra.
func (a *factors) Truth(b bool) factor { return factor{set: a.algebra.Truth(b)} }

// And implements expr.Algebra.
func (a *factors) And(f, g factor) factor {
	both := factor{f.terms, a.algebra.And(f.set, g.set)}
	switch {
	case f.terms == nil:
		both.terms = g.terms
	case g.terms != nil:
		both.terms = a.conjunction()
		all, ok := slices.Grow(*both.terms, len(*f.terms)+len(*g.terms)).and(*f.terms, *g.terms)
		*both.terms = all
		a.done(f)
		if a.done(g); !ok {
			both.set = Empty
		}
	}
	if both.terms != nil {
		both.set = a.decided(both.set, *both.terms)
	}
	if both.set == Empty {
		a.done(both)
		both.terms = nil
	}
	return both
}

// Or implements expr.Algebra.
func (a *factors) Or(f, g factor) factor {
	if f.set == Empty {
		return g
	}
	return factor{set: a.algebra.Or(a.made(f), a.made(g))}
}

// Not implements expr.Algebra.
func (a *factors) Not(f factor) factor { return factor{set: a.algebra.Not(a.made(f))} }

// Equal implements expr.Algebra.
func (a *factors) Equal(word int, mask, value uint64) factor {
	c, ok := a.equal(a.s, word, mask, value)
	switch {
	case !ok || c.none || c.contradicts(a.assumed):
		return factor{set: Empty}
	case c.n == 0:
		return factor{set: All}
	}
	t := a.conjunction()
	*t = c.appendTo(*t)
	if a.renames.touches(*t) {
		flat, odd := a.renames.kept(*t)
		if len(odd) > 0 {
			return factor{set: a.keptSet(*t)}
		}
		*t = flat
	}
	return factor{t, All}
}

// In implements expr.Algebra.
func (a *factors) In(word int, mask uint64, values []uint64) factor {
	return factor{set: a.algebra.In(word, mask, values)}
}

// Order implements expr.Algebra.
func (a *factors) Order(word int, high bool, op expr.Op, mask, value packet.Value) factor {
	return factor{set: a.algebra.Order(word, high, op, mask, value)}
}

// Key implements expr.Algebra.
func (a *factors) Key(word, shift int, mask uint64, has func(key uint64) bool) factor {
	return factor{set: a.algebra.Key(word, shift, mask, has)}
}
