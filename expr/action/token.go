package action

import (
	"math"
	"net/netip"
	"slices"

	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/expr/internal/syntax"
	"github.com/ovnwalk/ovnwalk/expr/lex"
)

// The functions of package expr that parse at a cursor.
var (
	parseField       = syntax.ParseField.(func(*syntax.Cursor, *expr.Symbols) (expr.FieldRef, expr.Expr, bool))
	parseConstant    = syntax.ParseConstant.(func(*syntax.Cursor, expr.FieldRef) (expr.Constant, bool))
	parseConstantSet = syntax.ParseConstantSet.(func(*syntax.Cursor) (expr.ConstantSet, bool))
)

// plain returns the value of the current token if it is a number without mask.
func (p *parser) plain() (expr.Number, bool) {
	n, ok := p.Number()
	return n, ok && !n.Masked
}

// decimal is plain for decimal numbers.
func (p *parser) decimal() (uint64, bool) {
	n, ok := p.plain()
	return n.Value.Lo, ok && n.Format == expr.Decimal
}

// address returns the value of the current token if it is an IP address.
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

// short parses a number of up to 16 bits; what names it in errors.
func (p *parser) short(what string) uint16 {
	v, ok := p.decimal()
	if !ok || v > math.MaxUint16 {
		p.SyntaxError("expecting %s", what)
	}
	p.Next()
	return uint16(v)
}

// str decodes a string, which remains the current token; complaint is the error for another token.
func (p *parser) str(complaint string) string {
	s, ok := p.Str()
	if !ok {
		p.SyntaxError("%s", complaint)
	}
	return s
}

// acceptWord moves past a word that may be quoted.
func (p *parser) acceptWord(word string) bool {
	s, ok := p.Str()
	if ok && s == word {
		p.Next()
		return true
	}
	return p.AcceptID(word)
}

// truth parses true or false, quoted or not.
func (p *parser) truth() bool {
	if p.acceptWord("true") {
		return true
	}
	if !p.acceptWord("false") {
		p.SyntaxError("expecting true or false")
	}
	return false
}

// proto parses the name of a protocol.
func (p *parser) proto() Proto {
	for _, proto := range []Proto{TCP, UDP, SCTP} {
		if p.AcceptID(proto.String()) {
			return proto
		}
	}
	p.SyntaxError("invalid protocol")
	return 0
}

// key parses "name ="; complaint is the error if the name is missing.
func (p *parser) key(name, complaint string) {
	if !p.AcceptID(name) {
		p.SyntaxError("%s", complaint)
	}
	p.Expect(lex.Equals)
}

// list parses elements, with or without commas, until one of the closing tokens or an error.
func (p *parser) list(element func(), closing ...lex.Type) {
	for !p.Failed() && !slices.ContainsFunc(closing, p.Accept) {
		element()
		p.Accept(lex.Comma)
	}
}
