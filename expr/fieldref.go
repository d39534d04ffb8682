package expr

import (
	"fmt"
	"strconv"

	"github.com/ovnwalk/ovnwalk/expr/internal/syntax"
	"github.com/ovnwalk/ovnwalk/expr/lex"
	"github.com/ovnwalk/ovnwalk/packet"
)

// FieldRef is a symbol or some of its bits, such as reg0[16..31].
type FieldRef struct {
	Symbol *Symbol
	Ofs    int // the lowest bit
	Bits   int // how many; 0 for a string
}

// Append appends the reference as it is written.
func (f FieldRef) Append(b []byte) []byte {
	b = append(b, f.Symbol.Name...)
	if f.Ofs == 0 && f.Bits == f.Symbol.Width {
		return b
	}
	b = append(b, '[')
	b = strconv.AppendInt(b, int64(f.Ofs), 10)
	if f.Bits != 1 {
		b = append(b, ".."...)
		b = strconv.AppendInt(b, int64(f.Ofs+f.Bits-1), 10)
	}
	return append(b, ']')
}

// String returns the reference as it is written.
func (f FieldRef) String() string {
	if f.Ofs == 0 && f.Bits == f.Symbol.Width {
		return f.Symbol.Name
	}
	return string(f.Append(nil))
}

// Resolve returns the packet's field, the lowest bit and the number of bits of f.  The
// field is nil if no packet holds the symbol.
func (f FieldRef) Resolve() (field *packet.Field, ofs, bits int) {
	s, ofs := f.Symbol, f.Ofs
	for s.Parent != nil {
		ofs += s.ParentOfs
		s = s.Parent
	}
	bits = f.Bits
	if s.Width == 0 && s.Field != nil {
		bits = s.Field.Bits
	}
	return s.Field, ofs, bits
}

// Read returns the bits of f in p.
func (f FieldRef) Read(p *packet.Packet) packet.Value {
	field, ofs, bits := f.Resolve()
	if field == nil {
		return packet.Value{}
	}
	return p.Get(field).Shr(ofs).And(packet.Ones(bits))
}

// ReadIP returns an IP address, mapped into IPv6 if it is an IPv4 address.
func (f FieldRef) ReadIP(p *packet.Packet) packet.Value {
	v := f.Read(p)
	if f.Bits == 32 {
		return packet.MapIPv4(v.Lo)
	}
	return v
}

// WriteBool sets the bits of f in p to 0 or 1.
func (f FieldRef) WriteBool(p *packet.Packet, b bool) {
	v := uint64(0)
	if b {
		v = 1
	}
	f.Write(p, packet.Uint(v))
}

// Write sets the bits of f in p, even if packets of this kind do not have the field.
func (f FieldRef) Write(p *packet.Packet, v packet.Value) {
	field, ofs, bits := f.Resolve()
	if field == nil {
		return
	}
	p.SetMasked(field, v.And(packet.Ones(bits)).Shl(ofs), packet.Range(ofs, bits))
}

// Check returns an error if f is not bits wide (0 for a string) or, unless write is 0, may
// not be written in that scope. The error has upstream's text.
func (f FieldRef) Check(bits int, write Scope) error {
	switch {
	case bits == f.Bits:
	case bits != 0 && f.Bits != 0:
		return fmt.Errorf("Cannot use %d-bit field %s[%d..%d] where %d-bit field is required.",
			f.Bits, f.Symbol.Name, f.Ofs, f.Ofs+f.Bits-1, bits)
	case bits != 0:
		return fmt.Errorf("Cannot use string field %s where numeric field is required.", f.Symbol.Name)
	default:
		return fmt.Errorf("Cannot use numeric field %s where string field is required.", f.Symbol.Name)
	}
	if write != 0 && f.Symbol.Scope&write == 0 {
		return fmt.Errorf("Field %s is not modifiable.", f.Symbol.Name)
	}
	return nil
}

// parsePlace parses a field or subfield that is not a predicate at c. It returns the field
// and its prerequisites, or nil if it has none. Errors are recorded in c.
func parsePlace(c *syntax.Cursor, symbols *Symbols) (f FieldRef, prereqs Expr, ok bool) {
	f, ok = parseField(c, symbols)
	if !ok {
		return FieldRef{}, nil, false
	}
	prereqs, err := f.place()
	if err != nil {
		c.Fail("%s", err)
		return FieldRef{}, nil, false
	}
	return f, prereqs, true
}

// place returns the prerequisites of a field that is assigned to or read, or nil if it has
// none. It returns an error for predicates.
func (f FieldRef) place() (prereqs Expr, err error) {
	if f.Symbol.Predicate != "" {
		return nil, fmt.Errorf("Predicate symbol %s used where lvalue required.", f.Symbol.Name)
	}
	for s := f.Symbol; s != nil; s = s.Parent {
		prereqs = AllOf(prereqs, s.PrereqExpr())
	}
	return prereqs, nil
}

func parseField(c *syntax.Cursor, symbols *Symbols) (FieldRef, bool) {
	var s *Symbol
	known := false
	if c.Type() == lex.ID && symbols != nil {
		s, known = symbols.Lookup(c.Raw())
	}
	if !known {
		c.SyntaxError("expecting field name")
		return FieldRef{}, false
	}
	c.Next()
	if c.Type() != lex.LSquare {
		return FieldRef{s, 0, s.Width}, true
	}
	c.Next()
	if s.Width == 0 {
		c.Fail("Cannot select subfield of string field %s.", s.Name)
		return FieldRef{}, false
	}
	low, ok := c.ExpectInt()
	if !ok {
		return FieldRef{}, false
	}
	high := low
	if c.Accept(lex.Ellipsis) {
		if high, ok = c.ExpectInt(); !ok {
			return FieldRef{}, false
		}
	}
	if !c.Expect(lex.RSquare) {
		return FieldRef{}, false
	}
	f, err := s.bits(low, high)
	if err != nil {
		c.Fail("%s", err)
		return FieldRef{}, false
	}
	return f, true
}

// bits returns the bits of s from low to high. Errors have upstream's text.
func (s *Symbol) bits(low, high int) (FieldRef, error) {
	switch {
	case low > high:
		return FieldRef{}, fmt.Errorf("Invalid bit range %d to %d.", low, high)
	case high >= s.Width:
		return FieldRef{}, fmt.Errorf("Cannot select bits %d to %d of %d-bit field %s.", low, high, s.Width, s.Name)
	case s.Level == Nominal && (low != 0 || high != s.Width-1):
		return FieldRef{}, fmt.Errorf("Cannot select subfield of nominal field %s.", s.Name)
	}
	return FieldRef{s, low, high - low + 1}, nil
}

// ParseFieldRef parses a field or subfield.
func (t *Symbols) ParseFieldRef(text string) (FieldRef, error) {
	c := syntax.NewCursor(text, t.rules)
	f, _ := parseField(c, t)
	c.ExpectEnd()
	return f, c.Err()
}
