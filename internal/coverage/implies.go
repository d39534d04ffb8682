package coverage

import (
	"github.com/ovnwalk/ovnwalk/expr"
)

// maxSteps bounds the comparisons that one question of implication makes.
const maxSteps = 4096

// Implies reports whether every packet of which a holds is one of which b holds
// too.  Both must be annotated and simplified.  The answer yes is right; the
// answer no may only mean that it takes more than comparing parts with parts to
// see it: that ranges together cover another, say, or that a port is in a group.
func Implies(a, b expr.Expr) bool {
	steps := maxSteps
	return implies(a, b, &steps)
}

func implies(a, b expr.Expr, steps *int) bool {
	if *steps--; *steps < 0 {
		return false
	}
	if a == expr.Expr(expr.Bool(false)) || b == expr.Expr(expr.Bool(true)) {
		return true
	}
	if b, ok := b.(*expr.And); ok {
		for _, s := range b.Subs {
			if !implies(a, s, steps) {
				return false
			}
		}
		return true
	}
	if a, ok := a.(*expr.Or); ok {
		for _, s := range a.Subs {
			if !implies(s, b, steps) {
				return false
			}
		}
		return true
	}
	if b, ok := b.(*expr.Or); ok {
		for _, s := range b.Subs {
			if implies(a, s, steps) {
				return true
			}
		}
	}
	if a, ok := a.(*expr.And); ok {
		for _, s := range a.Subs {
			if implies(s, b, steps) {
				return true
			}
		}
		return false
	}
	switch a := a.(type) {
	case *expr.Cmp:
		b, ok := b.(*expr.Cmp)
		return ok && cmpImplies(a, b)
	case *expr.Resident:
		b, ok := b.(*expr.Resident)
		return ok && *a == *b
	}
	return false
}

// cmpImplies reports whether a comparison implies another.
func cmpImplies(a, b *expr.Cmp) bool {
	if a.Symbol != b.Symbol || a.Op != b.Op {
		return false
	}
	if a.Symbol.Width == 0 {
		return a.Port == b.Port && a.Group == b.Group
	}
	return a.Op == expr.EQ && b.Mask.AndNot(a.Mask).IsZero() && a.Value.Xor(b.Value).And(b.Mask).IsZero()
}
