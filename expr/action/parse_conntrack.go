package action

import (
	"net/netip"

	"github.com/ovnwalk/ovnwalk/dialect"
	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/expr/lex"
	"github.com/ovnwalk/ovnwalk/packet"
)

func parseCTNext(p *parser) Action {
	p.inLastTable("ct_next")
	a := &CTNext{Table: p.env.Table + 1}
	if p.Has(dialect.CTNextZone) {
		a.Zone = p.zone("ct_next")
	}
	return a
}

// zone parses (dnat), (snat) or nothing, which stands for (dnat).
func (p *parser) zone(name string) Zone {
	if p.Type() != lex.LParen {
		return ZoneDNAT
	}
	return p.zoneArg(name)
}

func (p *parser) zoneArg(name string) Zone {
	p.Expect(lex.LParen)
	z := ZoneDNAT
	switch {
	case p.AcceptID("dnat"):
	case p.AcceptID("snat"):
		z = ZoneSNAT
	default:
		p.Fail(`"%s" action accepts only "dnat" or "snat" parameter.`, name)
	}
	p.Expect(lex.RParen)
	return z
}

func parseCTCommitToZone(p *parser) Action {
	p.inLastTable("ct_commit_to_zone")
	return &CTCommitToZone{Zone: p.zoneArg("ct_commit_to_zone"), Table: p.env.Table + 1}
}

func parseCTCommitNAT(p *parser) Action {
	a := &CTCommitNAT{Table: p.env.Table + 1}
	if !p.Has(dialect.CTCommitNATZone) {
		p.inLastTable("ct_commit_related")
		return a
	}
	p.inLastTable("ct_commit_nat")
	a.Zone = p.zone("ct_commit_nat")
	return a
}

// parseCTCommit parses a block, parameters, or nothing. Blocks and parameters exist in some
// releases only.
func parseCTCommit(p *parser) Action {
	switch {
	case p.Type() == lex.LCurly && p.Has(dialect.CTCommitBlock):
		list, _ := p.block(expr.WriteCTCommit)
		return &CTCommit{Nested: list}
	case p.Has(dialect.CTCommitArgs) && p.Accept(lex.LParen):
		a := &CTCommitParams{}
		p.list(func() { p.commitParam(a) }, lex.RParen)
		return a.orPlain()
	}
	return &CTCommit{}
}

// orPlain returns a, or the action without parameters if a sets nothing.
func (a *CTCommitParams) orPlain() Action {
	if a.MarkMask == 0 && a.LabelMask.IsZero() {
		return &CTCommit{}
	}
	return a
}

func (p *parser) commitParam(a *CTCommitParams) {
	mark := p.AcceptID("ct_mark")
	if !mark && !p.AcceptID("ct_label") {
		p.SyntaxError("")
	}
	p.Expect(lex.Equals)
	n, ok := p.Number()
	if !ok {
		p.SyntaxError("expecting integer")
	}
	p.Next()
	a.set(mark, n)
}

// set sets the mark or the label.
func (a *CTCommitParams) set(mark bool, n expr.Number) {
	mask := packet.Ones(128)
	if n.Masked {
		mask = n.Mask
	}
	if mark {
		a.Mark, a.MarkMask = uint32(n.Value.Lo), uint32(mask.Lo)
	} else {
		a.Label, a.LabelMask = n.Value, mask
	}
}

// ctNAT returns the parser of an action like a.
func ctNAT(like CTNAT) func(*parser) Action {
	name := like.Name()
	return func(p *parser) Action {
		p.inLastTable(name)
		a := like
		a.Table = p.env.Table + 1
		if !p.Accept(lex.LParen) {
			return &a
		}
		a.Addr = p.natAddress()
		if p.Has(dialect.NATPortRange) && p.Accept(lex.Comma) {
			p.natPorts(&a)
		}
		p.Expect(lex.RParen)
		return p.natOf(a)
	}
}

// natOf returns a. In releases with IPv4 only, the address 0.0.0.0 stands for no address.
func (p *parser) natOf(a CTNAT) Action {
	if !p.Has(dialect.NATIPv6) && a.Addr == netip.IPv4Unspecified() {
		a.Addr = netip.Addr{}
	}
	return &a
}

func (p *parser) natAddress() netip.Addr {
	addr, ok := p.address()
	switch {
	case ok && (addr.Is4() || p.Has(dialect.NATIPv6)):
	case p.Has(dialect.NATIPv6):
		p.SyntaxError("expecting IPv4 or IPv6 address")
	default:
		p.SyntaxError("expecting IPv4 address")
	}
	p.Next()
	return addr
}

// natPorts parses a port or a range of ports. Numbers are truncated to 16 bits before they
// are compared.
func (p *parser) natPorts(a *CTNAT) {
	const complaint = "expecting Integer for port range"
	low, ok := p.decimal()
	if !ok {
		p.SyntaxError(complaint)
	}
	a.HasPorts, a.LoPort = true, uint16(low)
	if a.LoPort == 0 {
		p.SyntaxError("range can't be 0")
	}
	p.Next()
	if !p.Accept(lex.Hyphen) {
		return
	}
	high, ok := p.plain()
	if !ok {
		p.SyntaxError(complaint)
	}
	if a.HiPort = uint16(high.Value.Lo); a.HiPort <= a.LoPort {
		p.SyntaxError("range high should be greater than range low")
	}
	p.Next()
}
