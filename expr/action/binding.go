package action

import (
	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/expr/grammar"
	"github.com/ovnwalk/ovnwalk/expr/lex"
)

func parseChkEVPNARP(p *parser, dst expr.FieldRef) Action {
	p.writable(dst, bit)
	p.Expect(lex.LParen)
	a := &ChkEVPNARP{Dst: dst, IP: p.field()}
	if !p.Failed() && !isIPField(a.IP) {
		p.Fail("chk_evpn_arp requires a 32-bit or 128-bit IP field")
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
	a := &BindVport{Port: p.portArg()}
	p.Expect(lex.Comma)
	a.Parent = p.arg(stringBits)
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
	a := &Mirror{Port: p.portArg()}
	p.Expect(lex.RParen)
	return a
}

func buildMirror(b *builder, n *grammar.Action) Action {
	if n.OnPort == nil || n.OnPort.Parent != nil {
		return b.refuse()
	}
	return &Mirror{Port: b.unquote(n.OnPort.Port)}
}

// portArg reads an opening parenthesis and the name of a port.
func (p *parser) portArg() string {
	p.Expect(lex.LParen)
	port := p.str("expecting port name string")
	p.Next()
	return port
}
