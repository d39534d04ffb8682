package expr

import "github.com/ovnwalk/ovnwalk/packet"

// Annotate returns e with the prerequisites of every comparison added, subfields
// replaced by their fields, and predicates by their definitions.  If all comparisons
// under one operator name the same symbol, its prerequisites are added once, there.
func Annotate(e Expr) Expr { return annotate(e, true) }

func annotate(e Expr, prereqs bool) Expr {
	switch e := e.(type) {
	case *Cmp:
		return annotateCmp(e, prereqs)
	case *And, *Or:
		return annotateJoined(e, prereqs)
	}
	return e
}

func annotateJoined(e Expr, prereqs bool) Expr {
	if prereqs {
		if s := uniqueSymbol(e); s != nil {
			prereqs = false
			e = AllOf(e, s.PrereqExpr())
		}
	}
	operand := func(e Expr) Expr { return annotate(e, prereqs) }
	switch e := e.(type) {
	case *And:
		return AllOf(mapAll(e.Subs, operand)...)
	case *Or:
		if e.common() != nil && !prereqs {
			return e
		}
		return AnyOf(mapAll(e.Subs, operand)...)
	}
	return e
}

func annotateCmp(e *Cmp, prereqs bool) Expr {
	s := e.Symbol
	var out Expr = e
	switch {
	case s.Parent != nil:
		c := *e
		c.Symbol = s.Parent
		c.Value = e.Value.Shl(s.ParentOfs)
		c.Mask = e.Mask.Shl(s.ParentOfs)
		c.placeholderOfs += s.ParentOfs
		out = &c
	case s.Predicate != "":
		out = s.expand((e.Value.Lo&1 != 0) != (e.Op == NE))
	}
	if prereqs {
		out = AllOf(out, s.PrereqExpr())
	}
	return out
}

// uniqueSymbol returns the only symbol in the comparisons of e, or nil if there are several
// or e has operands other than comparisons.
func uniqueSymbol(e Expr) *Symbol {
	var subs []Expr
	switch e := e.(type) {
	case *Cmp:
		return e.Symbol
	case *And:
		subs = e.Subs
	case *Or:
		if c := e.common(); c != nil {
			return c.symbol
		}
		subs = e.Subs
	default:
		return nil
	}
	var one *Symbol
	for _, sub := range subs {
		s := uniqueSymbol(sub)
		if s == nil || one != nil && s != one {
			return nil
		}
		one = s
	}
	return one
}

// Simplify returns e, which must be annotated, with every numeric comparison replaced
// by masked tests for equality, and constants folded.
func Simplify(e Expr) Expr { return simplifier{}.expr(e) }

// simplifier simplifies expressions as a release does.
type simplifier struct {
	bitByBit bool // x != v is a test of each bit alone
}

func (s simplifier) expr(e Expr) Expr {
	switch e := e.(type) {
	case *Cmp:
		if e.Symbol.Width == 0 {
			return e
		}
		switch e.Op {
		case EQ:
			if e.Mask.IsZero() {
				return Bool(true)
			}
			return e
		case NE:
			return s.inequality(e)
		default:
			return s.order(e)
		}
	case *And:
		return fold(AllOf(mapAll(e.Subs, s.expr)...))
	case *Or:
		return fold(AnyOf(mapAll(e.Subs, s.expr)...))
	}
	return e
}

// fold removes constants from the operands of an operator.
func fold(e Expr) Expr {
	subs, truth := operands(e)
	if subs == nil {
		return e
	}
	decides := Bool(truth) // an operand that decides the result
	kept := make([]Expr, 0, len(subs))
	for _, s := range subs {
		b, isBool := s.(Bool)
		if !isBool {
			kept = append(kept, s)
		} else if b == decides {
			return decides
		}
	}
	switch {
	case len(kept) == 0:
		return !decides
	case len(kept) == 1:
		return kept[0]
	case bool(decides):
		return &Or{Subs: kept}
	}
	return &And{kept}
}

// inequality returns x != v as one test for each bit: that the bit differs and all higher
// bits are equal.
func (s simplifier) inequality(e *Cmp) Expr {
	var alts []Expr
	w := e.Symbol.Width
	for i := range w {
		if e.Mask.Bit(i) == 0 {
			continue
		}
		tested := packet.Range(i, w-i)
		if s.bitByBit {
			tested = packet.Range(i, 1)
		}
		alts = append(alts, &Cmp{Symbol: e.Symbol, Op: EQ, Value: e.Value.Flip(i).And(tested), Mask: e.Mask.And(tested)})
	}
	if alts == nil {
		return Bool(false) // because x == 0/0 is true
	}
	return AnyOf(alts...)
}

// order returns an order comparison as tests for the prefixes of the numbers in the range.
func (s simplifier) order(e *Cmp) Expr {
	start, n := e.Mask.Run()
	end := start + n
	less := e.Op == LT || e.Op == LE
	orEqual := e.Op == LE || e.Op == GE
	want := uint64(0) // the bits of v at which a number can leave the range
	if less {
		want = 1
	}
	atLimit := e.Value.And(e.Mask) == packet.Value{}
	if less {
		atLimit = e.Value.And(e.Mask) == e.Mask
	}
	if atLimit {
		if orEqual {
			return Bool(true)
		}
		return s.inequality(e)
	}
	// A number below v has a zero at some bit that is set in v, and equals v above
	// that bit; a number above v has a one at some bit that is not set.
	var alts []Expr
	if orEqual {
		alts = append(alts, &Cmp{Symbol: e.Symbol, Op: EQ, Value: e.Value, Mask: e.Mask, Set: e.Set})
	}
	for z := start; z < end; z++ {
		if e.Value.Bit(z) != want {
			continue
		}
		above := packet.Range(z, end-z)
		alts = append(alts, &Cmp{Symbol: e.Symbol, Op: EQ, Value: e.Value.Flip(z).And(above), Mask: e.Mask.And(above), Set: e.Set})
	}
	if alts == nil {
		return Bool(false)
	}
	return AnyOf(alts...)
}

// Conditions returns e with each condition replaced by the result of resident for its
// port.
func Conditions(e Expr, resident func(port string) bool) Expr {
	return withConditions(e, func(r *Resident) bool { return resident(r.Port) != r.Not })
}

// OnAnyChassis returns e with each condition replaced by true: packets for which e holds on
// some chassis satisfy it.
func OnAnyChassis(e Expr) Expr { return withConditions(e, func(*Resident) bool { return true }) }

func withConditions(e Expr, holds func(*Resident) bool) Expr {
	operand := func(e Expr) Expr { return withConditions(e, holds) }
	switch e := e.(type) {
	case *Resident:
		return Bool(holds(e))
	case *And:
		return fold(AllOf(mapAll(e.Subs, operand)...))
	case *Or:
		return fold(AnyOf(mapAll(e.Subs, operand)...))
	}
	return e
}
