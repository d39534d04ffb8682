package action

import (
	"github.com/ovnwalk/ovnwalk/dialect"
	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/expr/lex"
)

// load parses the constant of an assignment to dst.
func (p *parser) load(dst expr.FieldRef) Action {
	if !p.writable(dst, dst.Bits) {
		return nil
	}
	c, ok := parseConstant(p.Cursor, dst)
	if !ok {
		return nil
	}
	return loadOf(dst, c)
}

// loadOf returns the action that sets dst to a constant.
func loadOf(dst expr.FieldRef, c expr.Constant) Action {
	if dst.Symbol.NoPacket {
		return &OVNFieldLoad{Dst: dst, Value: c}
	}
	return &Load{Dst: dst, Value: c}
}

// move parses the field that is assigned to dst or exchanged with it.
func (p *parser) move(dst expr.FieldRef, exchange bool) Action {
	src := p.field()
	if p.Failed() {
		return nil
	}
	return p.moveOf(dst, src, exchange)
}

// moveOf checks the fields of an assignment or exchange.
func (p *parser) moveOf(dst, src expr.FieldRef, exchange bool) Action {
	kind := func(f expr.FieldRef) string {
		if f.Symbol.Width == 0 {
			return "string"
		}
		return "integer"
	}
	switch {
	case kind(dst) != kind(src) && exchange:
		p.Fail("Can't exchange %s field (%s) with %s field (%s).", kind(dst), dst.Symbol.Name, kind(src), src.Symbol.Name)
		return nil
	case kind(dst) != kind(src):
		p.Fail("Can't assign %s field (%s) to %s field (%s).", kind(src), src.Symbol.Name, kind(dst), dst.Symbol.Name)
		return nil
	case dst.Bits != src.Bits && exchange:
		p.Fail("Can't exchange %d-bit field with %d-bit field.", dst.Bits, src.Bits)
		return nil
	case dst.Bits != src.Bits:
		p.Fail("Can't assign %d-bit value to %d-bit destination.", src.Bits, dst.Bits)
		return nil
	case !p.writable(dst, dst.Bits):
		return nil
	case (exchange || !p.Has(dialect.WriteScopes)) && !p.writable(src, src.Bits):
		return nil
	case exchange:
		return &Exchange{Left: dst, Right: src}
	}
	return &Move{Dst: dst, Src: src}
}

func parsePush(p *parser) Action { return &Push{p.stackField(false)} }

func parsePop(p *parser) Action { return &Pop{p.stackField(true)} }

func (p *parser) stackField(written bool) expr.FieldRef {
	p.Expect(lex.LParen)
	f := p.field()
	if written && !p.Failed() {
		p.writable(f, f.Bits)
	}
	p.Expect(lex.RParen)
	return f
}

func parseCheckPktLarger(p *parser, dst expr.FieldRef) Action {
	p.writable(dst, 1)
	p.Expect(lex.LParen)
	n, ok := p.AcceptInt()
	if !ok {
		// Upstream reports no error of its own here; the next token causes one.
		return nil
	}
	p.Expect(lex.RParen)
	return &CheckPktLarger{Dst: dst, Len: uint16(n)}
}
