package action

import (
	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/expr/grammar"
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

// argument is a field in the parentheses of an action.
type argument struct {
	field *expr.FieldRef
	bits  int // required width
}

// call returns the form of an action that consists of its name and fields in parentheses. make
// returns an action without its arguments, and where to store them.
func call(make func() (Action, []argument)) form {
	return form{
		parse: func(p *parser) Action {
			a, args := make()
			p.args(args)
			return a
		},
		build: func(b *builder, n *grammar.Action) Action {
			a, args := make()
			b.args(n.Call, args)
			return a
		},
	}
}

// callQuery is call for an action whose result is assigned to bits of a field.
func callQuery(bits int, make func(dst expr.FieldRef) (Action, []argument)) query {
	return query{
		parse: func(p *parser, dst expr.FieldRef) Action {
			a, args := make(dst)
			_ = p.writable(dst, bits) && p.args(args)
			return a
		},
		build: func(b *builder, dst expr.FieldRef, n *grammar.Query) Action {
			a, args := make(dst)
			_ = b.writable(dst, bits) && b.args(n.Call, args)
			return a
		},
	}
}

// args parses the arguments of a call.
func (p *parser) args(args []argument) bool {
	p.Expect(lex.LParen)
	for i, a := range args {
		if i > 0 {
			p.Expect(lex.Comma)
		}
		*a.field = p.arg(a.bits)
		if p.Failed() {
			return false
		}
	}
	return p.Expect(lex.RParen)
}

// args resolves the arguments of a call.
func (b *builder) args(n *grammar.Call, args []argument) bool {
	if n == nil || len(n.Args) != len(args) {
		b.refuse()
		return false
	}
	for i, a := range args {
		f, ok := b.field(n.Args[i])
		if !ok || !b.check(f.Check(a.bits, 0)) {
			return false
		}
		*a.field = f
	}
	return true
}

func getMACBind(nd bool) form {
	return call(func() (Action, []argument) {
		a := &GetMACBind{ND: nd}
		return a, []argument{{&a.Port, stringBits}, {&a.IP, ipBits(nd)}}
	})
}

func putMACBind(nd bool) form {
	return call(func() (Action, []argument) {
		a := &PutMACBind{ND: nd}
		return a, []argument{{&a.Port, stringBits}, {&a.IP, ipBits(nd)}, {&a.MAC, macBits}}
	})
}

func lookupMACBind(nd bool) query {
	return callQuery(bit, func(dst expr.FieldRef) (Action, []argument) {
		a := &LookupMACBind{ND: nd, Dst: dst}
		return a, []argument{{&a.Port, stringBits}, {&a.IP, ipBits(nd)}, {&a.MAC, macBits}}
	})
}

func lookupMACBindIP(nd bool) query {
	return callQuery(bit, func(dst expr.FieldRef) (Action, []argument) {
		a := &LookupMACBindIP{ND: nd, Dst: dst}
		return a, []argument{{&a.Port, stringBits}, {&a.IP, ipBits(nd)}}
	})
}

// getFDB has its own check of the field, which may have the width of a port.
func getFDB(remote bool) query {
	take := func(p *parser, dst expr.FieldRef) (*GetFDB, []argument, bool) {
		a := &GetFDB{Remote: remote, Dst: dst}
		return a, []argument{{&a.MAC, macBits}}, dst.Bits == stringBits || p.writable(dst, 32)
	}
	return query{
		parse: func(p *parser, dst expr.FieldRef) Action {
			a, args, ok := take(p, dst)
			_ = ok && p.args(args)
			return a
		},
		build: func(b *builder, dst expr.FieldRef, n *grammar.Query) Action {
			a, args, ok := take(&b.parser, dst)
			_ = ok && b.args(n.Call, args)
			return a
		},
	}
}

func putFDB() (Action, []argument) {
	a := &PutFDB{}
	return a, []argument{{&a.Port, stringBits}, {&a.MAC, macBits}}
}

func lookupFDB(dst expr.FieldRef) (Action, []argument) {
	a := &LookupFDB{Dst: dst}
	return a, []argument{{&a.Port, stringBits}, {&a.MAC, macBits}}
}

func handleSvcCheck() (Action, []argument) {
	a := &HandleSvcCheck{}
	return a, []argument{{&a.Port, stringBits}}
}

func bfdMsg() (Action, []argument) { return &BFDMsg{}, nil }

// result returns the form of a query without arguments.
func result(kind ResultKind) query {
	return query{
		parse: func(p *parser, dst expr.FieldRef) Action {
			p.Expect(lex.LParen)
			if !p.Accept(lex.RParen) {
				p.Fail("%s doesn't take any parameters", kind)
				return nil
			}
			p.writable(dst, kind.Bits())
			return &Result{Kind: kind, Dst: dst}
		},
		build: func(b *builder, dst expr.FieldRef, n *grammar.Query) Action {
			_ = b.args(n.Call, nil) && b.writable(dst, kind.Bits())
			return &Result{Kind: kind, Dst: dst}
		},
	}
}
