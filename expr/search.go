package expr

import (
	"slices"

	"github.com/ovnwalk/ovnwalk/packet"
)

// maxSteps bounds the comparisons in the searches of a normal form.
const maxSteps = 1 << 24

// maxTried bounds the comparisons of operands before others are multiplied out with them.
const maxTried = 1 << 16

// bitCube is the set of values in which some bits are fixed.
type bitCube struct{ value, mask packet.Value }

func (c bitCube) with(o bitCube) (bitCube, bool) {
	v, m, ok := packet.Intersect(c.value, c.mask, o.value, o.mask)
	return bitCube{v, m}, ok
}

// hull returns the smallest cube that contains both.
func (c bitCube) hull(o bitCube) bitCube {
	mask := c.mask.And(o.mask).AndNot(c.value.Xor(o.value))
	return bitCube{c.value.And(mask), mask}
}

// search is crush for a conjunction over the numeric symbol sym, if only the number of
// comparisons matters: none, one or several. It searches for values instead of multiplying
// out, which takes far longer for large operands, and returns a constant, a comparison, a
// disjunction or, if the operands are too many, operands that are not crushed. last means
// that no operand is multiplied out later: the result is then a disjunction exactly if that
// of crush is one.
func (n *normalizer) search(es []Expr, sym *Symbol, last bool) Expr {
	s := sampler{steps: maxSteps - n.steps}
	given := s.steps
	defer func() { n.steps += given - max(s.steps, 0) }()
	for _, e := range es {
		alts, truth := n.alternatives(n.crush(e, sym))
		switch {
		case alts != nil:
			cubes := make([]bitCube, len(alts))
			for i, a := range alts {
				cubes[i] = bitCube{a.Value, a.Mask}
			}
			s.operands = append(s.operands, cubes)
		case !bool(truth):
			return Bool(false)
		}
	}
	_, ok := s.member(bitCube{}, s.operands)
	switch {
	case !ok:
		if s.steps < 0 {
			n.terms = maxTerms + 1 // undecided
		}
		return Bool(false)
	case !last:
		return n.try(AllOf(es...), sym)
	case s.several():
		return &Or{Subs: []Expr{&Cmp{Symbol: sym}, &Cmp{Symbol: sym}}} // the operands have no effect
	}
	return n.crush(AllOf(es...), sym)
}

// try is crush for operands that others are multiplied out with. It returns them unchanged if
// the order of both steps has no effect, or if they are too many.
func (n *normalizer) try(e Expr, sym *Symbol) Expr {
	matters := n.KeepProducts
	Walk(e, func(e Expr) bool {
		c, ok := e.(*Cmp)
		matters = matters || ok && c.Set != ""
		return !matters
	})
	if !matters || n.tried >= maxTried {
		return e
	}
	tried := *n
	tried.terms = maxTerms - maxTried + n.tried
	clause := tried.crush(e, sym)
	n.tried = tried.terms - (maxTerms - maxTried)
	if tried.terms > maxTerms {
		return e
	}
	return clause
}

// several reports whether the values that satisfy all operands are known to be more than those
// of a single comparison. It searches for two such values and one between them that does not
// satisfy them. A result of false means unknown.
func (s *sampler) several() bool {
	var hull bitCube
	found := false
	for _, alts := range s.operands {
		for _, a := range alts {
			c, ok := s.member(a, s.operands)
			switch {
			case !ok:
			case found:
				hull = hull.hull(c)
			default:
				hull, found = c, true
			}
		}
	}
	return found && slices.ContainsFunc(s.operands, func(alts []bitCube) bool { return s.outside(hull, alts) })
}

// sampler searches for values that satisfy all operands, each a disjunction, in a limited
// number of steps.
type sampler struct {
	operands [][]bitCube
	steps    int
}

// member returns values of c that satisfy all operands.
func (s *sampler) member(c bitCube, operands [][]bitCube) (bitCube, bool) {
	if len(operands) == 0 {
		return c, true
	}
	for _, a := range operands[0] {
		if s.steps--; s.steps < 0 {
			break
		}
		if both, ok := c.with(a); ok {
			if found, ok := s.member(both, operands[1:]); ok {
				return found, true
			}
		}
	}
	return bitCube{}, false
}

// outside reports whether it finds a value of c that satisfies none of alts.
func (s *sampler) outside(c bitCube, alts []bitCube) bool {
	if s.steps--; s.steps < 0 {
		return false
	}
	if len(alts) == 0 {
		return true
	}
	a := alts[0]
	if _, meets := c.with(a); !meets {
		return s.outside(c, alts[1:])
	}
	for free := a.mask.AndNot(c.mask); !free.IsZero(); {
		bit := packet.Uint(1).Shl(free.Len() - 1)
		free = free.AndNot(bit)
		other := bitCube{c.value.Or(bit.AndNot(a.value)), c.mask.Or(bit)}
		if s.outside(other, alts[1:]) {
			return true
		}
	}
	return false
}
