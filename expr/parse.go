package expr

import (
	"sync"

	"github.com/ovnwalk/ovnwalk/expr/grammar"
	"github.com/ovnwalk/ovnwalk/expr/internal/syntax"
	"github.com/ovnwalk/ovnwalk/expr/lex"
)

// Env resolves the names in an expression when it is parsed.
type Env struct {
	Symbols *Symbols

	// Set returns an address set; if nil, there are none.
	Set func(name string) (*AddressSet, bool)

	// Group returns the ports of a port group; if nil, there are none.
	Group func(name string) ([]string, bool)

	// DeferGroups leaves port groups as references in Cmp.Group.  Group is then
	// not called.
	DeferGroups bool

	placeholders []int // offsets of a form's constants in the text
}

// addressSet returns the address set with a name, or nil.
func (env *Env) addressSet(name string) *AddressSet {
	if env.Set == nil {
		return nil
	}
	if set, ok := env.Set(name); ok {
		return set
	}
	return nil
}

// portGroup returns the ports of the port group with a name or, if DeferGroups is set, a
// reference to the group.
func (env *Env) portGroup(name string) (ports []Constant, known bool) {
	if env.DeferGroups {
		return []Constant{{Group: name}}, true
	}
	if env.Group == nil {
		return nil, false
	}
	names, known := env.Group(name)
	for _, port := range names {
		ports = append(ports, Constant{Str: port})
	}
	return ports, known
}

// Parse parses user input with the grammar.  The error, if any, is a *SyntaxError.
func Parse(text string, env Env) (Expr, error) {
	m, err := grammar.ParseMatch(text, env.Symbols.rules)
	if err != nil {
		return nil, refusal(text, env, err)
	}
	e, err := Resolve(m, env)
	if err != nil {
		return nil, refusal(text, env, err)
	}
	return e, nil
}

// ParseFlow parses the match of a logical flow. It accepts the same texts as Parse and
// returns the same expression, a hundred times faster, and returns the error that upstream's
// parser reports first. The error, if any, is a *SyntaxError.
func ParseFlow(text string, env Env) (Expr, error) {
	p := parsers.Get().(*parser)
	p.reset(text, env)
	e, _ := p.expression()
	p.ExpectEnd()
	err := p.Err()
	p.env = Env{}
	parsers.Put(p)
	if err != nil {
		return nil, err
	}
	return e, nil
}

// parsers are unused parsers.
var parsers = sync.Pool{New: func() any { return new(parser) }}

// maxDepth bounds nested parentheses, as in upstream.
const maxDepth = 100

// parser parses the productions of the language. Each production records its error in the
// cursor and returns false as its last result if there was one.
type parser struct {
	*syntax.Cursor
	env   Env
	not   bool // inside an odd number of negations
	depth int

	// constants is a buffer for the constants of a comparison, which are copied from it.
	constants []Constant

	cursor syntax.Cursor // the target of Cursor, unless another parser passes its own
}

// reset prepares p to parse a text.
func (p *parser) reset(text string, env Env) {
	p.cursor.Reset(text, env.Symbols.rules)
	p.Cursor, p.env, p.not, p.depth = &p.cursor, env, false, 0
}

// expression parses operands joined by one operator.
func (p *parser) expression() (Expr, bool) {
	e, ok := p.negation()
	if !ok {
		return nil, false
	}
	op := p.Type()
	if op != lex.And && op != lex.Or {
		return e, true
	}
	subs := make([]Expr, 0, 4)
	for {
		subs = appendOperand(subs, e, op)
		if !p.Accept(op) {
			break
		}
		if e, ok = p.negation(); !ok {
			return nil, false
		}
	}
	if p.Type() == lex.And || p.Type() == lex.Or {
		p.Fail("&& and || must be parenthesized when used together.")
		return nil, false
	}
	return joined(subs, op), true
}

// negation parses an operand with an optional !.
func (p *parser) negation() (Expr, bool) {
	if !p.Accept(lex.Not) {
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

// primary parses a comparison, a constant, a condition or an expression in parentheses. An
// atomic one may be negated without parentheses.
func (p *parser) primary() (e Expr, atomic, ok bool) {
	switch p.Type() {
	case lex.LParen:
		p.Next()
		if p.depth >= maxDepth {
			p.Fail("Parentheses nested too deeply.")
			return nil, false, false
		}
		p.depth++
		e, ok = p.expression()
		p.depth--
		return e, true, p.Expect(lex.RParen) && ok
	case lex.Template:
		p.Fail("Unexpanded template.")
		return nil, false, false
	case lex.ID:
		if p.NextType() == lex.LParen {
			e, ok = p.condition()
			return e, true, ok
		}
		return p.fieldFirst()
	default:
	}
	return p.constantFirst()
}

// condition parses is_chassis_resident("port").
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
	return &Resident{Port: port}, p.Expect(lex.RParen)
}

// fieldFirst parses a field alone, or compared with a constant on its right.
func (p *parser) fieldFirst() (e Expr, atomic, ok bool) {
	f, ok := parseField(p.Cursor, p.env.Symbols)
	if !ok {
		return nil, false, false
	}
	if _, isOp := relop(p.Type()); !isOp {
		if f.Bits == 0 || p.Type() == lex.Equals {
			p.SyntaxError("expecting relational operator")
			return nil, false, false
		}
		e, err := nonzero(f, p.not)
		if err != nil {
			p.Fail("%s", err)
			return nil, false, false
		}
		return e, true, true
	}
	op, _ := p.operator()
	set, ok := p.scratchSet()
	if !ok {
		return nil, false, false
	}
	e, ok = p.compare(f, op, &set)
	return e, false, ok
}

// constantFirst parses a Boolean constant, a constant compared with a field on its right, or
// a range such as 1 <= tcp.dst < 1024.
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
		e, ok = p.compare(f, op1.swap(), &left)
		return e, false, ok
	}
	op2, _ := p.operator()
	right, ok := p.constantSet(nil)
	if !ok {
		return nil, false, false
	}
	e, err := inRange(&left, op1, f, op2, &right, p.not)
	if err != nil {
		p.Fail("%s", err)
		return nil, false, false
	}
	return e, false, true
}

// truth returns the Boolean value of a single 0 or 1.
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

func relop(t lex.Type) (Op, bool) {
	switch t {
	case lex.EQ:
		return EQ, true
	case lex.NE:
		return NE, true
	case lex.LT:
		return LT, true
	case lex.LE:
		return LE, true
	case lex.GT:
		return GT, true
	case lex.GE:
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

// compare returns the comparison of f with each constant of s, joined.
func (p *parser) compare(f FieldRef, op Op, s *ConstantSet) (Expr, bool) {
	e, err := compare(f, op, s, p.not)
	if err != nil {
		p.Fail("%s", err)
		return nil, false
	}
	return e, true
}
