package action

import (
	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/expr/grammar"
	"github.com/ovnwalk/ovnwalk/expr/lex"
)

func parseChkEVPNARP(p *parser, dst expr.FieldRef) Action {
	a := &ChkEVPNARP{Dst: dst}
	if !p.writable(dst, bit) || !p.Expect(lex.LParen) {
		return nil
	}
	var ok bool
	if a.IP, ok = p.field(); !ok {
		return nil
	}
	if !isIPField(a.IP) {
		p.Fail("chk_evpn_arp requires a 32-bit or 128-bit IP field")
		return nil
	}
	p.Expect(lex.RParen)
	return a
}

func buildChkEVPNARP(b *builder, dst expr.FieldRef, n *grammar.Query) Action {
	if n.Call == nil || len(n.Call.Args) != 1 || !b.writable(dst, bit) {
		return b.refuse()
	}
	ip, ok := b.field(n.Call.Args[0])
	if !ok || !isIPField(ip) {
		return b.refuse()
	}
	return &ChkEVPNARP{Dst: dst, IP: ip}
}

// isIPField reports whether a field is as wide as an IP address.
func isIPField(f expr.FieldRef) bool {
	_, _, bits := f.Resolve()
	return bits == ipBits(false) || bits == ipBits(true)
}

func parseBindVport(p *parser) Action {
	port, ok := p.portArg()
	if !ok || !p.Expect(lex.Comma) {
		return nil
	}
	a := &BindVport{Port: port, Parent: p.arg(stringBits)}
	p.Expect(lex.RParen)
	return a
}

func buildBindVport(b *builder, n *grammar.Action) Action {
	if n.OnPort == nil || n.OnPort.Parent == nil {
		return b.refuse()
	}
	a := &BindVport{Port: b.unquote(n.OnPort.Port)}
	if f, ok := b.field(n.OnPort.Parent); ok && b.check(f.Check(stringBits, 0)) {
		a.Parent = f
	}
	return a
}

func parseMirror(p *parser) Action {
	port, ok := p.portArg()
	if !ok {
		return nil
	}
	p.Expect(lex.RParen)
	return &Mirror{Port: port}
}

func buildMirror(b *builder, n *grammar.Action) Action {
	if n.OnPort == nil || n.OnPort.Parent != nil {
		return b.refuse()
	}
	return &Mirror{Port: b.unquote(n.OnPort.Port)}
}

// portArg reads an opening parenthesis and the name of a port.
func (p *parser) portArg() (string, bool) {
	if !p.Expect(lex.LParen) {
		return "", false
	}
	port, ok := p.Str()
	if !ok {
		p.SyntaxError("expecting port name string")
		return "", false
	}
	p.Next()
	return port, true
}
