package expr

import "github.com/ovnwalk/ovnwalk/expr/internal/syntax"

// Env is what gives the names in an expression their meaning.
type Env struct {
	Symbols *Symbols

	// Set returns an address set; nil for no sets at all.
	Set func(name string) (*AddressSet, bool)

	// Group returns the ports of a port group; nil for no groups at all.
	Group func(name string) ([]string, bool)

	// DeferGroups leaves port groups as references in Cmp.Group.  Group is then
	// not called.
	DeferGroups bool

	holes []int // where in the text a form's constants stand
}

// maxDepth bounds nested parentheses, as it does upstream.
const maxDepth = 100

// parser reads the productions of the language.  Each leaves its error with the
// cursor and says by its last result whether there was none.
type parser struct {
	*syntax.Cursor
	env   Env
	not   bool // inside an odd number of negations
	depth int

	// constants is memory for those of a comparison; what is made of them copies
	// them.
	constants []Constant
}

// expression reads operands joined by one kind of operator.
func (p *parser) expression() (Expr, bool) {
	e, ok := p.negation()
	if !ok {
		return nil, false
	}
	op := p.Type()
	if op != syntax.And && op != syntax.Or {
		return e, true
	}
	subs := make([]Expr, 0, 4)
	for {
		// What stands in parentheses under the same operator is taken in.
		switch sub := e.(type) {
		case *And:
			if op == syntax.And {
				subs = append(subs, sub.Subs...)
			} else {
				subs = append(subs, e)
			}
		case *Or:
			if op == syntax.Or {
				subs = append(subs, sub.Subs...)
			} else {
				subs = append(subs, e)
			}
		default:
			subs = append(subs, e)
		}
		if !p.Accept(op) {
			break
		}
		if e, ok = p.negation(); !ok {
			return nil, false
		}
	}
	if p.Type() == syntax.And || p.Type() == syntax.Or {
		p.Fail("&& and || must be parenthesized when used together.")
		return nil, false
	}
	if op == syntax.And {
		return &And{subs}, true
	}
	return &Or{Subs: subs}, true
}

// negation reads an operand that ! may precede.
func (p *parser) negation() (Expr, bool) {
	if !p.Accept(syntax.Not) {
		e, _, ok := p.primary()
		return e, ok
	}
	p.not = !p.not
	e, atomic, ok := p.primary()
	p.not = !p.not
	if !ok {
		return nil, false
	}
	if !atomic {
		p.Fail("Missing parentheses around operand of !.")
		return nil, false
	}
	return Negate(e), true
}

// primary reads a comparison, a truth, a condition or an expression in
// parentheses.  An atomic one may be negated as it stands.
func (p *parser) primary() (e Expr, atomic, ok bool) {
	switch p.Type() {
	case syntax.LParen:
		p.Next()
		if p.depth >= maxDepth {
			p.Fail("Parentheses nested too deeply.")
			return nil, false, false
		}
		p.depth++
		e, ok = p.expression()
		p.depth--
		return e, true, p.Expect(syntax.RParen) && ok
	case syntax.Template:
		p.Fail("Unexpanded template.")
		return nil, false, false
	case syntax.ID:
		if p.NextType() == syntax.LParen {
			e, ok = p.condition()
			return e, true, ok
		}
		return p.fieldFirst()
	default:
	}
	return p.constantFirst()
}

// condition reads is_chassis_resident("port").
func (p *parser) condition() (Expr, bool) {
	if !p.AcceptID("is_chassis_resident") {
		p.Fail("parsing function name")
		return nil, false
	}
	p.Next()
	port, ok := p.Str()
	if !ok {
		p.SyntaxError("expecting string")
		return nil, false
	}
	p.Next()
	return &Resident{Port: port}, p.Expect(syntax.RParen)
}

// fieldFirst reads a field alone, or compared with a constant on its right.
func (p *parser) fieldFirst() (e Expr, atomic, ok bool) {
	f, ok := parseField(p.Cursor, p.env.Symbols)
	if !ok {
		return nil, false, false
	}
	if _, isOp := relop(p.Type()); !isOp {
		switch {
		case f.Bits == 0 || p.Type() == syntax.Equals:
			p.SyntaxError("expecting relational operator")
			return nil, false, false
		case f.Bits > 1 && !p.not:
			p.Fail("Explicit `!= 0' is required for inequality test of multibit field against 0.")
			return nil, false, false
		}
		e, ok = p.compare(f, NE, &ConstantSet{Values: []Constant{{Number: Number{Format: Hex}}}})
		return e, true, ok
	}
	op, _ := p.operator()
	set, ok := p.scratchSet()
	if !ok {
		return nil, false, false
	}
	e, ok = p.compare(f, op, &set)
	return e, false, ok
}

// constantFirst reads a truth, or a constant compared with a field on its
// right, or a range such as 1 <= tcp.dst < 1024.
func (p *parser) constantFirst() (e Expr, atomic, ok bool) {
	left, ok := p.scratchSet()
	if !ok {
		return nil, false, false
	}
	if _, isOp := relop(p.Type()); !isOp {
		if v, isTruth := left.truth(); isTruth {
			return Bool(v), true, true
		}
	}
	op1, ok := p.operator()
	if !ok {
		return nil, false, false
	}
	f, ok := parseField(p.Cursor, p.env.Symbols)
	if !ok {
		return nil, false, false
	}
	if _, isOp := relop(p.Type()); !isOp {
		e, ok = p.compare(f, op1.turn(), &left)
		return e, false, ok
	}
	op2, _ := p.operator()
	right, ok := p.constantSet(nil)
	if !ok {
		return nil, false, false
	}
	up, down := op1 == LT || op1 == LE, op1 == GT || op1 == GE
	if !(up && (op2 == LT || op2 == LE) || down && (op2 == GT || op2 == GE)) {
		p.Fail("Range expressions must have the form `x < field < y' or `x > field > y', " +
			"with each `<' optionally replaced by `<=' or `>' by `>=').")
		return nil, false, false
	}
	e1, _ := p.compare(f, op1.turn(), &left)
	e2, _ := p.compare(f, op2, &right)
	return AllOf(e1, e2), false, !p.Failed()
}

// truth returns the Boolean that a lone 0 or 1 stands for.
func (s *ConstantSet) truth() (v, ok bool) {
	if s.Strings || s.Curly || len(s.Values) != 1 {
		return false, false
	}
	n := s.Values[0].Number
	if n.Format != Decimal || n.Masked || n.Value.Lo > 1 {
		return false, false
	}
	return n.Value.Lo == 1, true
}

func relop(t syntax.Type) (Op, bool) {
	switch t {
	case syntax.EQ:
		return EQ, true
	case syntax.NE:
		return NE, true
	case syntax.LT:
		return LT, true
	case syntax.LE:
		return LE, true
	case syntax.GT:
		return GT, true
	case syntax.GE:
		return GE, true
	default:
	}
	return 0, false
}

func (p *parser) operator() (Op, bool) {
	op, ok := relop(p.Type())
	if !ok {
		p.SyntaxError("expecting relational operator")
		return 0, false
	}
	p.Next()
	return op, true
}

// typeCheck tells whether f can be compared with the constants of s.
func (p *parser) typeCheck(f FieldRef, s *ConstantSet) bool {
	switch {
	case f.Symbol.Width != 0 && s.Strings:
		p.Fail("Integer field %s is not compatible with string constant.", f.Symbol.Name)
		return false
	case f.Symbol.Width == 0 && !s.Strings:
		p.Fail("String field %s is not compatible with integer constant.", f.Symbol.Name)
		return false
	}
	for i := range s.Values {
		if w := s.Values[i].Number.Width(); f.Symbol.Width != 0 && w > f.Symbol.Width {
			p.Fail("%d-bit constant is not compatible with %d-bit field %s.", w, f.Symbol.Width, f.Symbol.Name)
			return false
		}
	}
	return true
}

// compare returns the comparison of f with each constant of s, joined.
func (p *parser) compare(f FieldRef, op Op, s *ConstantSet) (Expr, bool) {
	if !p.typeCheck(f, s) || !p.opCheck(f, op, s) {
		return nil, false
	}
	switch len(s.Values) {
	case 0:
		return Bool(op == NE), true
	case 1:
		return s.Values[0].compare(f, op), true
	}
	if op != EQ {
		return &And{comparisons(s.Values, f, op)}, true
	}
	if s.whole != nil {
		if e, ok := s.whole.anyOf(f); ok {
			return e, true
		}
	}
	return &Or{Subs: comparisons(s.Values, f, op)}, true
}

// comparisons returns the comparison of f with each of several constants.
func comparisons(values []Constant, f FieldRef, op Op) []Expr {
	subs, cmps := make([]Expr, len(values)), make([]Cmp, len(values))
	for i := range values {
		cmps[i] = values[i].comparison(f, op)
		subs[i] = &cmps[i]
	}
	return subs
}

// opCheck tells whether op may compare f with the constants of s.
func (p *parser) opCheck(f FieldRef, op Op, s *ConstantSet) bool {
	sym := f.Symbol
	if op != EQ && op != NE {
		switch {
		case s.Curly:
			p.Fail("Only == and != operators may be used with value sets.")
			return false
		case sym.Level != Ordinal:
			p.Fail("Only == and != operators may be used with %s field %s.", sym.Level, sym.Name)
			return false
		case len(s.Values) == 0:
			p.Fail("Only == and != operators may be used to compare a field against an empty value set.")
			return false
		case s.Values[0].Number.Masked:
			p.Fail("Only == and != operators may be used with masked constants.  Consider using subfields " +
				"instead (e.g. eth.src[0..15] > 0x1111 in place of eth.src > 00:00:00:00:11:11/00:00:00:00:ff:ff).")
			return false
		}
	}
	if sym.Level != Nominal {
		return true
	}
	if sym.Predicate == "" {
		if (op == EQ) == p.not || (op != EQ && op != NE) {
			p.Fail("Nominal field %s may only be tested for equality (taking enclosing `!' operators into account).", sym.Name)
			return false
		}
		return true
	}
	for _, c := range s.Values {
		positive := c.Number.Value.Lo&1 != 0
		if positive != (op == NE) != p.not {
			continue
		}
		n := sym.Name
		p.Fail("Nominal predicate %s may only be tested positively, e.g. `%s' or `%s == 1' but not `!%s' or `%s == 0'.", n, n, n, n, n)
		return false
	}
	return true
}
