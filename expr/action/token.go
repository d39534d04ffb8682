package action

import (
	"math"
	"net/netip"

	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/expr/internal/syntax"
	"github.com/ovnwalk/ovnwalk/expr/lex"
)

// What package expr reads at a cursor.
var (
	parseField       = syntax.ParseField.(func(*syntax.Cursor, *expr.Symbols) (expr.FieldRef, expr.Expr, bool))
	parseConstant    = syntax.ParseConstant.(func(*syntax.Cursor, expr.FieldRef) (expr.Constant, bool))
	parseConstantSet = syntax.ParseConstantSet.(func(*syntax.Cursor) (expr.ConstantSet, bool))
)

// plain returns the number without mask that the current token is, if it is
// one.
func (p *parser) plain() (expr.Number, bool) {
	n, ok := p.Number()
	return n, ok && !n.Masked
}

// decimal is plain for a number that is written in decimal.
func (p *parser) decimal() (uint64, bool) {
	n, ok := p.plain()
	return n.Value.Lo, ok && n.Format == expr.Decimal
}

// address returns the IP address that the current token is, if it is one.
func (p *parser) address() (netip.Addr, bool) {
	n, ok := p.plain()
	switch {
	case ok && n.Format == expr.IPv4:
		return n.Value.Addr4(), true
	case ok && n.Format == expr.IPv6:
		return n.Value.Addr16(), true
	}
	return netip.Addr{}, false
}

// uint16 reads a number of up to 16 bits; what names it in errors.
func (p *parser) uint16(what string) (uint16, bool) {
	if v, ok := p.decimal(); ok && v <= math.MaxUint16 {
		p.Next()
		return uint16(v), true
	}
	p.SyntaxError("expecting %s", what)
	return 0, false
}

// acceptWord moves past a word that may stand in quotes.
func (p *parser) acceptWord(word string) bool {
	s, ok := p.Str()
	if ok && s == word {
		p.Next()
		return true
	}
	return p.AcceptID(word)
}

// acceptBool moves past true or false, in quotes or not.
func (p *parser) acceptBool() (v, ok bool) {
	if p.acceptWord("true") {
		return true, true
	}
	return false, p.acceptWord("false")
}

// acceptProto moves past the name of a protocol.
func (p *parser) acceptProto() (Proto, bool) {
	for _, proto := range []Proto{TCP, UDP, SCTP} {
		if p.AcceptID(proto.String()) {
			return proto, true
		}
	}
	return 0, false
}

// key reads "name =", with the same complaint if either is missing.
func (p *parser) key(name, complaint string) bool {
	if !p.AcceptID(name) {
		p.SyntaxError("%s", complaint)
		return false
	}
	return p.Expect(lex.Equals)
}
