package action

import (
	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/expr/lex"
)

// The widths of arguments.
const (
	bit        = 1
	macBits    = 48
	stringBits = 0
)

// ipBits returns the width of an IPv6 address if nd, else of an IPv4 one.
func ipBits(nd bool) int {
	if nd {
		return 128
	}
	return 32
}

// args reads fields in parentheses into dst, whose widths are bits.
func (p *parser) args(bits []int, dst ...*expr.FieldRef) bool {
	p.Expect(lex.LParen)
	for i, n := range bits {
		if i > 0 {
			p.Expect(lex.Comma)
		}
		*dst[i] = p.arg(n)
		if p.Failed() {
			return false
		}
	}
	return p.Expect(lex.RParen)
}

func getMACBind(nd bool) func(*parser) Action {
	bits := []int{stringBits, ipBits(nd)}
	return func(p *parser) Action {
		a := &GetMACBind{ND: nd}
		if !p.args(bits, &a.Port, &a.IP) {
			return nil
		}
		return a
	}
}

func putMACBind(nd bool) func(*parser) Action {
	bits := []int{stringBits, ipBits(nd), macBits}
	return func(p *parser) Action {
		a := &PutMACBind{ND: nd}
		if !p.args(bits, &a.Port, &a.IP, &a.MAC) {
			return nil
		}
		return a
	}
}

func lookupMACBind(nd bool) func(*parser, expr.FieldRef) Action {
	bits := []int{stringBits, ipBits(nd), macBits}
	return func(p *parser, dst expr.FieldRef) Action {
		a := &LookupMACBind{ND: nd, Dst: dst}
		if !p.writable(dst, bit) || !p.args(bits, &a.Port, &a.IP, &a.MAC) {
			return nil
		}
		return a
	}
}

func lookupMACBindIP(nd bool) func(*parser, expr.FieldRef) Action {
	bits := []int{stringBits, ipBits(nd)}
	return func(p *parser, dst expr.FieldRef) Action {
		a := &LookupMACBindIP{ND: nd, Dst: dst}
		if !p.writable(dst, bit) || !p.args(bits, &a.Port, &a.IP) {
			return nil
		}
		return a
	}
}

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

// isIPField reports whether a field is as wide as an IP address.
func isIPField(f expr.FieldRef) bool {
	_, _, bits := f.Resolve()
	return bits == ipBits(false) || bits == ipBits(true)
}

func getFDB(remote bool) func(*parser, expr.FieldRef) Action {
	return func(p *parser, dst expr.FieldRef) Action {
		a := &GetFDB{Remote: remote, Dst: dst}
		if dst.Bits != stringBits && !p.writable(dst, 32) || !p.args([]int{macBits}, &a.MAC) {
			return nil
		}
		return a
	}
}

func parsePutFDB(p *parser) Action {
	a := &PutFDB{}
	if !p.args([]int{stringBits, macBits}, &a.Port, &a.MAC) {
		return nil
	}
	return a
}

func parseLookupFDB(p *parser, dst expr.FieldRef) Action {
	a := &LookupFDB{Dst: dst}
	if !p.writable(dst, bit) || !p.args([]int{stringBits, macBits}, &a.Port, &a.MAC) {
		return nil
	}
	return a
}

func parseHandleSvcCheck(p *parser) Action {
	a := &HandleSvcCheck{}
	if !p.args([]int{stringBits}, &a.Port) {
		return nil
	}
	return a
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
