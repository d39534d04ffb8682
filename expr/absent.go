package expr

import (
	"github.com/ovnwalk/ovnwalk/packet"
)

// Absent returns the field without a value in any packet, such as icmp4.frag_mtu, that is
// compared first when e is evaluated for a packet: operands are evaluated in order until one
// decides the result, except those whose result constants decide. Upstream has no value to
// compare. ok is false if e is decided without such a field. e must be annotated.
func Absent(e Expr, b Binder, p *packet.Packet, datapath int) (s *Symbol, ok bool) {
	_, s = inOrder(Simplify(e), b, p, datapath)
	return s, s != nil
}

func inOrder(e Expr, b Binder, p *packet.Packet, datapath int) (holds bool, absent *Symbol) {
	if holds, constant := constantOf(e, b); constant {
		return holds, nil
	}
	subs, decides := operands(e)
	if subs == nil {
		if c, ok := e.(*Cmp); ok && c.Symbol.NoPacket {
			return false, c.Symbol
		}
		return Compile(e, b).Match(p, datapath), nil
	}
	for _, s := range subs {
		if holds, absent = inOrder(s, b, p, datapath); absent != nil || holds == decides {
			return holds, absent
		}
	}
	return !decides, nil
}

// constantOf returns the value of e if the constants among its operands decide it for all
// packets.
func constantOf(e Expr, b Binder) (holds, constant bool) {
	switch e := e.(type) {
	case Bool:
		return bool(e), true
	case *Resident:
		return b.Resident(e.Port) != e.Not, true
	}
	subs, decides := operands(e)
	if subs == nil {
		return false, false
	}
	all := true
	for _, s := range subs {
		holds, constant := constantOf(s, b)
		if constant && holds == decides {
			return decides, true
		}
		all = all && constant
	}
	return !decides, all
}

// operands returns the operands of e, or nil if e has none, and the value of an operand that
// decides the result.
func operands(e Expr) (subs []Expr, decides bool) {
	switch e := e.(type) {
	case *And:
		return e.Subs, false
	case *Or:
		return e.Subs, true
	}
	return nil, false
}
