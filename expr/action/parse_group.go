package action

import (
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
		p.inLastTable(name)
		a := &CTLB{Kind: kind, Table: p.env.Table + 1, BareList: !p.Has(dialect.CTLBBackends)}
		if p.Accept(lex.LParen) {
			p.lbArgs(a)
		}
		return a.orBare()
	}
}

// orBare returns the action. Without backends, the other parameters have no effect and are
// not printed.
func (a *CTLB) orBare() Action {
	if len(a.Backends) == 0 {
		a.HasHash, a.HashFields, a.Flag = false, "", LBNone
	}
	return a
}

func (p *parser) lbArgs(a *CTLB) {
	backend := func() { a.Backends = append(a.Backends, p.backend(a.Kind)) }
	switch {
	case a.BareList:
		p.list(backend, lex.RParen)
		return
	case p.Accept(lex.RParen):
		return
	}
	p.key("backends", "expecting backends")
	p.list(backend, lex.Semicolon, lex.RParen)
	if p.AcceptID("hash_fields") {
		p.lbHash(a)
	}
	if !p.Has(dialect.CTLBSNATFlags) {
		return
	}
	switch {
	case p.AcceptID("skip_snat"):
		a.Flag = LBSkipSNAT
		p.Next()
	case p.AcceptID("force_snat"):
		a.Flag = LBForceSNAT
		p.Next()
	}
}

// lbHash parses ="..." and the closing token. Releases with flags accept any token as
// the closing parenthesis.
func (p *parser) lbHash(a *CTLB) {
	a.HasHash, a.HashFields = true, p.hash(p.Has(dialect.CTLBSNATFlags))
	p.Next()
}

// hash parses ="..." before a closing parenthesis or, if anyClose is set, any token, which
// becomes the current one.
func (p *parser) hash(anyClose bool) (fields string) {
	ok := p.Accept(lex.Equals)
	if ok {
		fields, ok = p.Str()
	}
	if !ok || !anyClose && p.NextType() != lex.RParen {
		p.SyntaxError("invalid hash_fields")
	}
	p.Next()
	return fields
}

// backend parses a backend: optionally the name of its port, its address, and optionally a port.
func (p *parser) backend(kind LBKind) (d Backend) {
	if kind == CTLBMarkLocal {
		d.Name = p.str("expecting logical port name for distributed load balancer")
		p.Next()
		p.Expect(lex.Colon)
	}
	var ok bool
	if p.Accept(lex.LSquare) {
		if d.Addr, ok = p.address(); !ok || d.Addr.Is4() {
			p.SyntaxError("expecting IPv6 address")
		}
		p.Next()
		if !p.Accept(lex.RSquare) {
			p.SyntaxError("no closing square bracket")
		}
	} else {
		if d.Addr, ok = p.address(); !ok {
			p.SyntaxError("expecting IP address")
		}
		p.Next()
		if p.Type() == lex.Colon && !d.Addr.Is4() {
			p.Next()
			p.SyntaxError("IPv6 address needs square brackets if port is included")
		}
	}
	if p.Accept(lex.Colon) {
		d.Port = p.short("port number")
	}
	return d
}

func parseSelect(p *parser, dst expr.FieldRef) Action {
	p.writable(dst, dst.Bits)
	if dst.Bits < 16 {
		p.Fail(`cannot use %d-bit field %s[%d..%d] for "select", which requires at least 16 bits.`,
			dst.Bits, dst.Symbol.Name, dst.Ofs, dst.Ofs+dst.Bits-1)
	}
	p.inLastTable("select")
	a := &Select{Dst: dst, Table: p.env.Table + 1}
	p.Expect(lex.LParen)
	if p.Has(dialect.SelectHashFields) && p.AcceptID("values") {
		p.Expect(lex.Equals)
		p.Expect(lex.LParen)
		a.HasHash = true
	}
	p.list(func() { a.Members = append(a.Members, p.member()) }, lex.RParen)
	if len(a.Members) <= 1 {
		p.SyntaxError("expecting at least 2 group members")
	}
	if a.HasHash {
		p.Expect(lex.Semicolon)
		if !p.AcceptID("hash_fields") {
			p.SyntaxError("expecting hash_fields")
		}
		a.HashFields = p.hash(false)
		p.Expect(lex.RParen)
	}
	return a
}

// defaultWeight is the weight of a member without one.
const defaultWeight = 100

func (p *parser) member() Member {
	m := Member{ID: p.short("id"), Weight: defaultWeight}
	if p.Accept(lex.Equals) {
		if m.Weight = p.short("weight"); m.Weight == 0 {
			p.SyntaxError("weight can't be 0")
		}
	}
	return m
}

func parseFwdGroup(p *parser) Action {
	a := &FwdGroup{Table: p.env.Table + 1}
	if !p.Accept(lex.LParen) {
		return a
	}
	if p.AcceptID("liveness") {
		p.Expect(lex.Equals)
		a.Liveness = p.liveness()
		p.Expect(lex.Comma)
	}
	if !p.AcceptID("childports") {
		return a
	}
	p.Expect(lex.Equals)
	p.list(func() {
		a.ChildPorts = append(a.ChildPorts, p.str("expecting logical switch port"))
		p.Next()
	}, lex.RParen)
	return a
}

// liveness parses "true" or "false"; early releases accept only "true".
func (p *parser) liveness() bool {
	if p.Has(dialect.FwdGroupBareLiveness) {
		return p.truth()
	}
	if p.str("expecting true/false") != "true" {
		return false
	}
	p.Next()
	return true
}

// invalidParameter is the error for a key that is not the expected one.
const invalidParameter = "invalid parameter"

func parseCommitECMPNH(p *parser) Action {
	a := &CommitECMPNH{}
	p.Expect(lex.LParen)
	p.key("ipv6", invalidParameter)
	a.IPv6 = p.truth()
	p.Expect(lex.Comma)
	p.key("proto", invalidParameter)
	a.Proto = p.proto()
	p.Expect(lex.RParen)
	return a
}

func parseCommitLBAff(p *parser) Action {
	p.Expect(lex.LParen)
	vip := p.target("vip")
	p.Next()
	p.Expect(lex.Comma)
	backend := p.target("backend")
	if vip.Addr.Is4() != backend.Addr.Is4() {
		p.SyntaxError("invalid protocol family")
	}
	p.Next()
	p.Expect(lex.Comma)
	a := &CommitLBAff{VIP: vip.Addr, VIPPort: vip.Port, Backend: backend.Addr, BackendPort: backend.Port}
	if a.VIPPort != 0 {
		p.key("proto", invalidParameter)
		a.Proto = p.proto()
		p.Expect(lex.Comma)
	}
	p.key("timeout", invalidParameter)
	a.Timeout = p.short("affinity timeout")
	p.Expect(lex.RParen)
	return a
}

// target parses name = and the address and port in the string that follows, which remains
// the current token.
func (p *parser) target(name string) ovstext.Target {
	p.key(name, invalidParameter)
	t, err := ovstext.ParseTarget(p.str(invalidParameter))
	if err != nil {
		p.SyntaxError(invalidParameter)
	}
	return t
}
