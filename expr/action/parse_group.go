package action

import (
	"net/netip"

	"github.com/ovnwalk/ovnwalk/dialect"
	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/expr/lex"
	"github.com/ovnwalk/ovnwalk/internal/ovstext"
)

// ctLB returns the parser of a load balancing action.
func ctLB(kind LBKind) func(*parser) Action {
	return func(p *parser) Action {
		name := "ct_lb"
		if p.Has(dialect.CTLBLastTableStar) {
			name = "ct_lb_*"
		}
		if p.inLastTable(name) {
			return nil
		}
		a := &CTLB{Kind: kind, Table: p.env.Table + 1, BareList: !p.Has(dialect.CTLBBackends)}
		if p.Accept(lex.LParen) && !p.lbArgs(a) {
			return nil
		}
		return a.orBare()
	}
}

// orBare returns the action; without backends, what else was given has no
// effect and is not printed.
func (a *CTLB) orBare() Action {
	if len(a.Backends) == 0 {
		a.HasHash, a.HashFields, a.Flag = false, "", LBNone
	}
	return a
}

func (p *parser) lbArgs(a *CTLB) bool {
	if a.BareList {
		return p.backends(a, func() bool { return p.Accept(lex.RParen) })
	}
	if p.Accept(lex.RParen) {
		return true
	}
	if !p.key("backends", "expecting backends") {
		return false
	}
	if !p.backends(a, func() bool { return p.Accept(lex.Semicolon) || p.Accept(lex.RParen) }) {
		return false
	}
	if p.AcceptID("hash_fields") && !p.lbHash(a) {
		return false
	}
	if !p.Has(dialect.CTLBSNATFlags) {
		return true
	}
	switch {
	case p.AcceptID("skip_snat"):
		a.Flag = LBSkipSNAT
		p.Next()
	case p.AcceptID("force_snat"):
		a.Flag = LBForceSNAT
		p.Next()
	}
	return true
}

// lbHash reads ="..." and what closes it.  Releases with flags take any
// token for the closing parenthesis.
func (p *parser) lbHash(a *CTLB) bool {
	var fields string
	ok := p.Accept(lex.Equals)
	if ok {
		fields, ok = p.Str()
	}
	flags := p.Has(dialect.CTLBSNATFlags)
	if !ok || !flags && p.NextType() != lex.RParen {
		p.SyntaxError("invalid hash_fields")
		return false
	}
	a.HasHash, a.HashFields = true, fields
	p.Next()
	p.Next()
	return true
}

// backends reads backends, with or without commas, until done takes what ends
// them.
func (p *parser) backends(a *CTLB, done func() bool) bool {
	for !done() {
		var d Backend
		if a.Kind == CTLBMarkLocal {
			var ok bool
			if d.Name, ok = p.Str(); !ok {
				p.SyntaxError("expecting logical port name for distributed load balancer")
				return false
			}
			p.Next()
			p.Expect(lex.Colon)
		}
		if !p.backend(&d) {
			return false
		}
		a.Backends = append(a.Backends, d)
		p.Accept(lex.Comma)
	}
	return true
}

// backend reads an address and perhaps a port.
func (p *parser) backend(d *Backend) bool {
	var ok bool
	if p.Accept(lex.LSquare) {
		if d.Addr, ok = p.address(); !ok || d.Addr.Is4() {
			p.SyntaxError("expecting IPv6 address")
			return false
		}
		p.Next()
		if !p.Accept(lex.RSquare) {
			p.SyntaxError("no closing square bracket")
			return false
		}
	} else {
		if d.Addr, ok = p.address(); !ok {
			p.SyntaxError("expecting IP address")
			return false
		}
		p.Next()
		if p.Type() == lex.Colon && !d.Addr.Is4() {
			p.Next()
			p.SyntaxError("IPv6 address needs square brackets if port is included")
			return false
		}
	}
	if p.Accept(lex.Colon) {
		d.Port, ok = p.uint16("port number")
	}
	return ok
}

func parseSelect(p *parser, dst expr.FieldRef) Action {
	if !p.writable(dst, dst.Bits) {
		return nil
	}
	if dst.Bits < 16 {
		p.Fail(`cannot use %d-bit field %s[%d..%d] for "select", which requires at least 16 bits.`,
			dst.Bits, dst.Symbol.Name, dst.Ofs, dst.Ofs+dst.Bits-1)
		return nil
	}
	if p.inLastTable("select") {
		return nil
	}
	a := &Select{Dst: dst, Table: p.env.Table + 1}
	p.Expect(lex.LParen)
	if p.Has(dialect.SelectHashFields) && p.AcceptID("values") {
		p.Expect(lex.Equals)
		p.Expect(lex.LParen)
		a.HasHash = true
	}
	for !p.Accept(lex.RParen) {
		m, ok := p.member()
		if !ok {
			return nil
		}
		a.Members = append(a.Members, m)
		p.Accept(lex.Comma)
	}
	if len(a.Members) <= 1 {
		p.SyntaxError("expecting at least 2 group members")
		return nil
	}
	if a.HasHash && !p.selectHash(a) {
		return nil
	}
	return a
}

// defaultWeight is the weight of a member that gives none.
const defaultWeight = 100

func (p *parser) member() (m Member, ok bool) {
	if m.ID, ok = p.uint16("id"); !ok {
		return Member{}, false
	}
	m.Weight = defaultWeight
	if p.Accept(lex.Equals) {
		if m.Weight, ok = p.uint16("weight"); ok && m.Weight == 0 {
			p.SyntaxError("weight can't be 0")
			return Member{}, false
		}
	}
	return m, ok
}

func (p *parser) selectHash(a *Select) bool {
	p.Expect(lex.Semicolon)
	if !p.AcceptID("hash_fields") {
		p.SyntaxError("expecting hash_fields")
		return false
	}
	ok := p.Accept(lex.Equals)
	if ok {
		a.HashFields, ok = p.Str()
	}
	if !ok || p.NextType() != lex.RParen {
		p.SyntaxError("invalid hash_fields")
		return false
	}
	p.Next()
	return p.Expect(lex.RParen)
}

func parseFwdGroup(p *parser) Action {
	a := &FwdGroup{Table: p.env.Table + 1}
	if !p.Accept(lex.LParen) {
		return a
	}
	if p.AcceptID("liveness") {
		if !p.Expect(lex.Equals) || !p.liveness(a) {
			return nil
		}
		p.Expect(lex.Comma)
	}
	if !p.AcceptID("childports") {
		return a
	}
	if !p.Expect(lex.Equals) {
		return nil
	}
	for !p.Accept(lex.RParen) {
		port, ok := p.Str()
		if !ok {
			p.SyntaxError("expecting logical switch port")
			return nil
		}
		p.Next()
		p.Accept(lex.Comma)
		a.ChildPorts = append(a.ChildPorts, port)
	}
	return a
}

// liveness reads "true" or "false"; early releases accept only "true".
func (p *parser) liveness(a *FwdGroup) bool {
	var ok bool
	if p.Has(dialect.FwdGroupBareLiveness) {
		if a.Liveness, ok = p.acceptBool(); !ok {
			p.SyntaxError("expecting true or false")
		}
		return ok
	}
	s, ok := p.Str()
	if !ok {
		p.SyntaxError("expecting true/false")
		return false
	}
	if a.Liveness = s == "true"; a.Liveness {
		p.Next()
	}
	return true
}

func parseCommitECMPNH(p *parser) Action {
	const invalid = "invalid parameter"
	a := &CommitECMPNH{}
	p.Expect(lex.LParen)
	if !p.key("ipv6", invalid) {
		return nil
	}
	var ok bool
	if a.IPv6, ok = p.acceptBool(); !ok {
		p.SyntaxError("expecting true or false")
		return nil
	}
	p.Expect(lex.Comma)
	if !p.key("proto", invalid) {
		return nil
	}
	if a.Proto, ok = p.acceptProto(); !ok {
		p.SyntaxError("invalid protocol")
		return nil
	}
	p.Expect(lex.RParen)
	return a
}

func parseCommitLBAff(p *parser) Action {
	const invalid = "invalid parameter"
	p.Expect(lex.LParen)
	vip, ok := p.lbKey("vip", invalid)
	if !ok {
		return nil
	}
	p.Next()
	p.Expect(lex.Comma)
	backend, ok := p.lbKey("backend", invalid)
	if !ok {
		return nil
	}
	if vip.Addr().Is4() != backend.Addr().Is4() {
		p.SyntaxError("invalid protocol family")
		return nil
	}
	p.Next()
	p.Expect(lex.Comma)
	a := &CommitLBAff{
		VIP: vip.Addr(), VIPPort: vip.Port(),
		Backend: backend.Addr(), BackendPort: backend.Port(),
	}
	if a.VIPPort != 0 {
		if !p.key("proto", invalid) {
			return nil
		}
		if a.Proto, ok = p.acceptProto(); !ok {
			p.SyntaxError("invalid protocol")
			return nil
		}
		p.Expect(lex.Comma)
	}
	if !p.key("timeout", invalid) {
		return nil
	}
	if a.Timeout, ok = p.uint16("affinity timeout"); !ok {
		return nil
	}
	p.Expect(lex.RParen)
	return a
}

// lbKey reads name = and finds the address and port in the string that follows,
// which stays the current token.
func (p *parser) lbKey(name, complaint string) (netip.AddrPort, bool) {
	if !p.key(name, complaint) {
		return netip.AddrPort{}, false
	}
	s, ok := p.Str()
	if ok {
		if t, err := ovstext.ParseTarget(s); err == nil {
			return netip.AddrPortFrom(t.Addr, t.Port), true
		}
	}
	p.SyntaxError("%s", complaint)
	return netip.AddrPort{}, false
}
