package expr

import (
	"strconv"

	"github.com/ovnwalk/ovnwalk/expr/lex"
	"github.com/ovnwalk/ovnwalk/packet"
)

// Format returns the canonical text of e, which parses to an equal expression.
func Format(e Expr) string { return string(Append(nil, e)) }

// Append appends the canonical text of e.
func Append(b []byte, e Expr) []byte {
	switch e := e.(type) {
	case *Cmp:
		return appendCmp(b, e)
	case *And:
		return appendJoined(b, e.Subs, " && ")
	case *Or:
		return appendJoined(b, e.Subs, " || ")
	case Bool:
		if e {
			return append(b, '1')
		}
		return append(b, '0')
	case *Resident:
		if e.Not {
			b = append(b, '!')
		}
		b = append(b, "is_chassis_resident("...)
		b = lex.AppendQuoted(b, e.Port)
		return append(b, ')')
	}
	return b
}

func appendJoined(b []byte, subs []Expr, op string) []byte {
	for i, s := range subs {
		if i > 0 {
			b = append(b, op...)
		}
		switch s.(type) {
		case *And, *Or:
			b = append(b, '(')
			b = Append(b, s)
			b = append(b, ')')
		default:
			b = Append(b, s)
		}
	}
	return b
}

func appendCmp(b []byte, e *Cmp) []byte {
	name := e.Symbol.Name
	if e.Symbol.Width == 0 {
		b = append(b, name+" "+e.Op.String()+" "...)
		if e.Group != "" {
			return append(b, "@"+e.Group...)
		}
		return lex.AppendQuoted(b, e.Port)
	}
	ofs, n := e.Mask.Run()
	if n == 1 && (e.Op == EQ || e.Op == NE) {
		if (e.Value.Bit(ofs) != 0) == (e.Op == NE) {
			b = append(b, '!')
		}
		b = append(b, name...)
		if e.Symbol.Width > 1 {
			b = appendBits(b, ofs, 1)
		}
		return b
	}
	b = append(b, name...)
	if n > 0 && n < e.Symbol.Width {
		b = appendBits(b, ofs, n)
	}
	b = append(b, " "+e.Op.String()+" "...)
	if n > 0 {
		return packet.AppendHex(b, e.Value.Shr(ofs).And(packet.Ones(n)))
	}
	b = packet.AppendHex(b, e.Value)
	b = append(b, '/')
	return packet.AppendHex(b, e.Mask)
}

func appendBits(b []byte, ofs, n int) []byte {
	b = append(b, '[')
	b = strconv.AppendInt(b, int64(ofs), 10)
	if n > 1 {
		b = append(b, ".."...)
		b = strconv.AppendInt(b, int64(ofs+n-1), 10)
	}
	return append(b, ']')
}
