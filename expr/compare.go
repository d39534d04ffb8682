package expr

import (
	"fmt"

	"github.com/ovnwalk/ovnwalk/expr/lex"
)

// The checks of comparisons that both parsers use. Errors have upstream's text.

// appendOperand adds an operand of op. It flattens an operand in parentheses with the same
// operator.
func appendOperand(subs []Expr, e Expr, op lex.Type) []Expr {
	switch sub := e.(type) {
	case *And:
		if op == lex.And {
			return append(subs, sub.Subs...)
		}
	case *Or:
		if op == lex.Or {
			return append(subs, sub.Subs...)
		}
	}
	return append(subs, e)
}

// joined returns operands joined by && or ||.
func joined(subs []Expr, op lex.Type) Expr {
	if op == lex.And {
		return &And{subs}
	}
	return &Or{Subs: subs}
}

// compare returns the comparison of f with each constant of s, joined. negated means that
// an odd number of negations encloses it.
func compare(f FieldRef, op Op, s *ConstantSet, negated bool) (Expr, error) {
	if err := typeCheck(f, s); err != nil {
		return nil, err
	}
	if err := opCheck(f, op, s, negated); err != nil {
		return nil, err
	}
	switch len(s.Values) {
	case 0:
		return Bool(op == NE), nil
	case 1:
		return s.Values[0].compare(f, op), nil
	}
	if op != EQ {
		return &And{comparisons(s.Values, f, op, false)}, nil
	}
	if s.fromSet != nil {
		if e, ok := s.fromSet.anyOf(f); ok {
			return e, nil
		}
	}
	return &Or{Subs: comparisons(s.Values, f, op, s.fromSet != nil)}, nil
}

// comparisons returns the comparison of f with each of several constants; whole means that
// they are a whole address set.
func comparisons(values []Constant, f FieldRef, op Op, whole bool) []Expr {
	subs, cmps := make([]Expr, len(values)), make([]Cmp, len(values))
	for i := range values {
		cmps[i] = values[i].comparison(f, op)
		cmps[i].whole = whole
		subs[i] = &cmps[i]
	}
	return subs
}

// inRange returns the comparison of f with a lower and an upper bound, in either
// order.
func inRange(left *ConstantSet, op1 Op, f FieldRef, op2 Op, right *ConstantSet, negated bool) (Expr, error) {
	up, down := op1 == LT || op1 == LE, op1 == GT || op1 == GE
	if !(up && (op2 == LT || op2 == LE) || down && (op2 == GT || op2 == GE)) {
		return nil, fmt.Errorf("Range expressions must have the form `x < field < y' or `x > field > y', " +
			"with each `<' optionally replaced by `<=' or `>' by `>=').")
	}
	e1, err := compare(f, op1.swap(), left, negated)
	if err != nil {
		return nil, err
	}
	e2, err := compare(f, op2, right, negated)
	if err != nil {
		return nil, err
	}
	return AllOf(e1, e2), nil
}

// nonzero returns the expression of a field without an operator.
func nonzero(f FieldRef, negated bool) (Expr, error) {
	if f.Bits > 1 && !negated {
		return nil, fmt.Errorf("Explicit `!= 0' is required for inequality test of multibit field against 0.")
	}
	return compare(f, NE, &ConstantSet{Values: []Constant{{Number: Number{Format: Hex}}}}, negated)
}

// typeCheck returns an error if f cannot be compared with the constants of s.
func typeCheck(f FieldRef, s *ConstantSet) error {
	switch {
	case f.Symbol.Width != 0 && s.Strings:
		return fmt.Errorf("Integer field %s is not compatible with string constant.", f.Symbol.Name)
	case f.Symbol.Width == 0 && !s.Strings:
		return fmt.Errorf("String field %s is not compatible with integer constant.", f.Symbol.Name)
	}
	for i := range s.Values {
		if w := s.Values[i].Number.Width(); f.Symbol.Width != 0 && w > f.Symbol.Width {
			return fmt.Errorf("%d-bit constant is not compatible with %d-bit field %s.", w, f.Symbol.Width, f.Symbol.Name)
		}
	}
	return nil
}

// opCheck returns an error if op may not compare f with the constants of s.
func opCheck(f FieldRef, op Op, s *ConstantSet, negated bool) error {
	sym := f.Symbol
	if op != EQ && op != NE {
		switch {
		case s.Curly:
			return fmt.Errorf("Only == and != operators may be used with value sets.")
		case sym.Level != Ordinal:
			return fmt.Errorf("Only == and != operators may be used with %s field %s.", sym.Level, sym.Name)
		case len(s.Values) == 0:
			return fmt.Errorf("Only == and != operators may be used to compare a field against an empty value set.")
		case s.Values[0].Number.Masked:
			return fmt.Errorf("Only == and != operators may be used with masked constants.  Consider using subfields " +
				"instead (e.g. eth.src[0..15] > 0x1111 in place of eth.src > 00:00:00:00:11:11/00:00:00:00:ff:ff).")
		}
	}
	if sym.Level != Nominal {
		return nil
	}
	if sym.Predicate == "" {
		if (op == EQ) == negated || (op != EQ && op != NE) {
			return fmt.Errorf("Nominal field %s may only be tested for equality (taking enclosing `!' operators into account).", sym.Name)
		}
		return nil
	}
	for _, c := range s.Values {
		positive := c.Number.Value.Lo&1 != 0
		if positive != (op == NE) != negated {
			continue
		}
		n := sym.Name
		return fmt.Errorf("Nominal predicate %s may only be tested positively, e.g. `%s' or `%s == 1' but not `!%s' or `%s == 0'.", n, n, n, n, n)
	}
	return nil
}
