// Package expr implements the match language of OVN's logical flows (column match of table
// Logical_Flow in ovn-sb(5)): its symbols, its syntax tree, annotation with prerequisites,
// compiled matchers, microflows, and the canonical text.
//
// Trees are immutable: every step returns a new value, which may share parts of the old one.
package expr

import "github.com/ovnwalk/ovnwalk/packet"

// Expr is a Boolean expression over a packet: *Cmp, *And, *Or, Bool or
// *Resident.
type Expr interface{ isExpr() }

// Cmp compares a symbol with a constant.
type Cmp struct {
	Symbol *Symbol
	Op     Op

	// Value and Mask are aligned with the symbol's bits; Mask has the bits that are
	// compared. Both are zero if the symbol is a string.
	Value, Mask packet.Value

	Port  string // the port's name, if the symbol is a string
	Group string // or the port group, which is resolved later
	Set   string // the address set that the constant came from, if any
	whole bool   // the comparison is with that set of two or more values, and with no others

	// In the expression of a form: the number of the constant, from 1, and by how many
	// bits it is shifted; see Form.
	placeholder, placeholderOfs int
}

// And is the conjunction of two or more expressions.
type And struct{ Subs []Expr }

// Or is the disjunction of two or more expressions.
type Or struct {
	Subs []Expr

	shared *sharedSet // data about an address set's comparisons
}

// Bool is a constant expression.
type Bool bool

// Resident is the condition is_chassis_resident("port").
type Resident struct {
	Port string
	Not  bool
}

func (*Cmp) isExpr()      {}
func (*And) isExpr()      {}
func (*Or) isExpr()       {}
func (Bool) isExpr()      {}
func (*Resident) isExpr() {}

// Op is a relational operator.  String returns it as it is written.
type Op uint8

// The relational operators.
const (
	EQ Op = iota // ==
	NE           // !=
	LT           // <
	LE           // <=
	GT           // >
	GE           // >=
)

// swap returns the operator that holds after the operands are exchanged.
func (o Op) swap() Op { return [...]Op{EQ: EQ, NE: NE, LT: GT, LE: GE, GT: LT, GE: LE}[o] }

// invert returns the operator that holds if o does not.
func (o Op) invert() Op { return [...]Op{EQ: NE, NE: EQ, LT: GE, LE: GT, GT: LE, GE: LT}[o] }

// Holds reports whether o is true for the result of a three-way comparison.
func (o Op) Holds(cmp int) bool {
	switch o {
	case EQ:
		return cmp == 0
	case NE:
		return cmp != 0
	case LT:
		return cmp < 0
	case LE:
		return cmp <= 0
	case GT:
		return cmp > 0
	default:
	}
	return cmp >= 0
}

// AllOf returns the conjunction of es, without nil expressions and with nested
// conjunctions flattened.  It is nil if no expression remains.
func AllOf(es ...Expr) Expr {
	if e, ok := onlyOperand(es); ok {
		return e
	}
	return &And{flatten(es, func(e Expr) []Expr {
		if a, ok := e.(*And); ok {
			return a.Subs
		}
		return nil
	})}
}

// AnyOf returns the disjunction of es, as AllOf returns the conjunction.
func AnyOf(es ...Expr) Expr {
	if e, ok := onlyOperand(es); ok {
		return e
	}
	return &Or{Subs: flatten(es, func(e Expr) []Expr {
		if o, ok := e.(*Or); ok {
			return o.Subs
		}
		return nil
	})}
}

// onlyOperand returns the only operand, or nil if there is none; ok is false if there are
// several.
func onlyOperand(es []Expr) (only Expr, ok bool) {
	for _, e := range es {
		if e != nil && only != nil {
			return nil, false
		}
		if e != nil {
			only = e
		}
	}
	return only, true
}

func flatten(es []Expr, parts func(Expr) []Expr) []Expr {
	n := 0
	for _, e := range es {
		if e == nil {
			continue
		}
		n += max(1, len(parts(e)))
	}
	subs := make([]Expr, 0, n)
	for _, e := range es {
		if e == nil {
			continue
		}
		if p := parts(e); p != nil {
			subs = append(subs, p...)
		} else {
			subs = append(subs, e)
		}
	}
	return subs
}

// Negate returns the negation of e.
func Negate(e Expr) Expr {
	switch e := e.(type) {
	case *Cmp:
		n := *e
		n.Op = e.Op.invert()
		return &n
	case *And:
		return &Or{Subs: mapAll(e.Subs, Negate)}
	case *Or:
		return &And{mapAll(e.Subs, Negate)}
	case Bool:
		return !e
	case *Resident:
		return &Resident{e.Port, !e.Not}
	}
	return nil
}

// mapAll returns the results of f for each expression.
func mapAll(es []Expr, f func(Expr) Expr) []Expr {
	out := make([]Expr, len(es))
	for i, e := range es {
		out[i] = f(e)
	}
	return out
}

// Walk calls f for e and, if f returns true, for every expression in it.
func Walk(e Expr, f func(Expr) bool) {
	if !f(e) {
		return
	}
	switch e := e.(type) {
	case *And:
		for _, s := range e.Subs {
			Walk(s, f)
		}
	case *Or:
		for _, s := range e.Subs {
			Walk(s, f)
		}
	}
}
