package expr

import (
	"errors"
	"fmt"
	"math"

	"github.com/ovnwalk/ovnwalk/expr/grammar"
	"github.com/ovnwalk/ovnwalk/expr/lex"
)

// Tree parses an expression to a syntax tree with the position of each part, for Resolve. The
// error, if any, is a *SyntaxError.
func (t *Symbols) Tree(text string) (*grammar.Match, error) {
	m, err := grammar.ParseMatch(text, t.rules)
	if err != nil {
		return nil, refusal(text, Env{Symbols: t}, err)
	}
	return m, nil
}

// Resolve returns the expression of a syntax tree.  Parse returns the same expression
// for the same text.
func Resolve(m *grammar.Match, env Env) (Expr, error) {
	r := resolver{env: env}
	return r.match(m, false)
}

// ResolveOperand returns the expression of an operand of a syntax tree, or its
// negation.
func ResolveOperand(o *grammar.Operand, negated bool, env Env) (Expr, error) {
	r := resolver{env: env}
	e, err := r.operand(o, negated)
	if err != nil || !negated {
		return e, err
	}
	return Negate(e), nil
}

// refusal returns the error of a text that the grammar rejects: that of the parser of flows,
// which has upstream's text.
func refusal(text string, env Env, err error) error {
	if _, worded := ParseFlow(text, env); worded != nil {
		return worded
	}
	return &SyntaxError{Msg: err.Error(), Text: text}
}

// resolver resolves the names in a tree and checks comparisons. Its errors have upstream's
// text; if there are several, only the parser of flows determines which one upstream reports.
type resolver struct {
	env   Env
	depth int
}

// match resolves operands joined by one operator. negated means that an odd number of
// negations encloses them, which the result does not contain.
func (r *resolver) match(m *grammar.Match, negated bool) (Expr, error) {
	operands, all := m.Operands()
	if len(operands) == 1 {
		return r.operand(m.First, negated)
	}
	op := lex.Or
	if all {
		op = lex.And
	}
	subs := make([]Expr, 0, len(operands))
	for _, o := range operands {
		e, err := r.operand(o, negated)
		if err != nil {
			return nil, err
		}
		subs = appendOperand(subs, e, op)
	}
	return joined(subs, op), nil
}

func (r *resolver) operand(o *grammar.Operand, negated bool) (e Expr, err error) {
	if o.Not {
		negated = !negated
	}
	switch {
	case o.Paren != nil:
		if r.depth >= maxDepth {
			return nil, errors.New("Parentheses nested too deeply.")
		}
		r.depth++
		e, err = r.match(o.Paren, negated)
		r.depth--
	case o.Function != nil:
		e, err = r.function(o.Function)
	case o.Not && (o.Comparison.Op != "" || o.Comparison.LeftOp != ""):
		return nil, errors.New("Missing parentheses around operand of !.")
	default:
		e, err = r.comparison(o.Comparison, negated)
	}
	if err != nil || !o.Not {
		return e, err
	}
	return Negate(e), nil
}

func (r *resolver) function(f *grammar.Function) (Expr, error) {
	if f.Name != "is_chassis_resident" {
		return nil, errors.New("parsing function name")
	}
	port, err := lex.Unquote(f.Argument)
	if err != nil {
		return nil, err
	}
	return &Resident{Port: port}, nil
}

func (r *resolver) comparison(c *grammar.Comparison, negated bool) (Expr, error) {
	if c.Field != nil {
		f, err := r.field(c.Field)
		if err != nil {
			return nil, err
		}
		if c.Op == "" {
			if f.Bits == 0 {
				return nil, errors.New("expecting relational operator")
			}
			return nonzero(f, negated)
		}
		right, err := r.set(c.Right)
		if err != nil {
			return nil, err
		}
		return compare(f, operators[c.Op], right, negated)
	}
	left, err := r.set(c.Left)
	if err != nil {
		return nil, err
	}
	if c.LeftOp == "" {
		if v, ok := left.truth(); ok {
			return Bool(v), nil
		}
		return nil, errors.New("expecting relational operator")
	}
	f, err := r.field(c.Middle)
	if err != nil {
		return nil, err
	}
	if c.UpperOp == "" {
		return compare(f, operators[c.LeftOp].swap(), left, negated)
	}
	right, err := r.set(c.Upper)
	if err != nil {
		return nil, err
	}
	return inRange(left, operators[c.LeftOp], f, operators[c.UpperOp], right, negated)
}

// operators are the relational operators by their text.
var operators = map[string]Op{"==": EQ, "!=": NE, "<": LT, "<=": LE, ">": GT, ">=": GE}

// field resolves a field or some of its bits.
func (r *resolver) field(f *grammar.Field) (FieldRef, error) {
	s, ok := r.env.Symbols.Lookup(f.Name)
	switch {
	case !ok:
		return FieldRef{}, errors.New("expecting field name")
	case f.Low == "":
		return FieldRef{s, 0, s.Width}, nil
	case s.Width == 0:
		return FieldRef{}, fmt.Errorf("Cannot select subfield of string field %s.", s.Name)
	}
	low, err := r.index(f.Low)
	if err != nil {
		return FieldRef{}, err
	}
	high := low
	if f.High != "" {
		if high, err = r.index(f.High); err != nil {
			return FieldRef{}, err
		}
	}
	return s.bits(low, high)
}

// index parses the number of a bit.
func (r *resolver) index(text string) (int, error) {
	n, err := r.env.Symbols.rules.ParseNumber(text)
	if err != nil {
		return 0, err
	}
	if n.Masked || n.Format != Decimal || n.Value.Hi != 0 || n.Value.Lo > math.MaxInt32 {
		return 0, errors.New("expecting small integer")
	}
	return int(n.Value.Lo), nil
}

// set resolves one constant or several.
func (r *resolver) set(s *grammar.ConstantSet) (*ConstantSet, error) {
	if s.One != nil {
		out := &ConstantSet{}
		return out, r.constant(out, s.One)
	}
	out := &ConstantSet{Curly: true}
	for _, c := range s.Many {
		if err := r.constant(out, c); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// constant adds the values of a constant, an address set or a port group.
func (r *resolver) constant(s *ConstantSet, c *grammar.Constant) error {
	strings := c.String != nil || c.PortGroup != nil
	var values []Constant
	var set *AddressSet
	switch {
	case c.Integer != nil:
		n, err := r.env.Symbols.rules.ParseNumber(*c.Integer)
		if err != nil {
			return err
		}
		values = []Constant{{Number: n}}
	case c.String != nil:
		str, err := lex.Unquote(*c.String)
		if err != nil {
			return err
		}
		values = []Constant{{Str: str}}
	case c.AddressSet != nil:
		if set = r.env.addressSet((*c.AddressSet)[1:]); set == nil {
			return errors.New("expecting address set name")
		}
	default:
		known := false
		if values, known = r.env.portGroup((*c.PortGroup)[1:]); !known {
			return errors.New("expecting port group name")
		}
	}
	if !s.setKind(strings) {
		return errors.New("expecting string or integer")
	}
	if set != nil {
		s.addSet(set)
	} else {
		s.add(values...)
	}
	return nil
}

// ResolveField returns the field or subfield of a node of a syntax tree, and the
// prerequisites of the field.
func ResolveField(f *grammar.Field, symbols *Symbols) (FieldRef, Expr, error) {
	r := resolver{env: Env{Symbols: symbols}}
	ref, err := r.field(f)
	if err != nil {
		return FieldRef{}, nil, err
	}
	prereqs, err := ref.place()
	return ref, prereqs, err
}

// ResolveConstant returns a constant of a syntax tree that fits f.
func ResolveConstant(c *grammar.Constant, f FieldRef, symbols *Symbols) (Constant, error) {
	r, s := resolver{env: Env{Symbols: symbols}}, &ConstantSet{}
	if err := r.constant(s, c); err != nil {
		return Constant{}, err
	}
	if err := typeCheck(f, s); err != nil {
		return Constant{}, err
	}
	return s.Values[0], nil
}

// ResolveConstants returns the constants of a syntax tree.
func ResolveConstants(s *grammar.ConstantSet, symbols *Symbols) (ConstantSet, error) {
	r := resolver{env: Env{Symbols: symbols}}
	set, err := r.set(s)
	if err != nil {
		return ConstantSet{}, err
	}
	return *set, nil
}
