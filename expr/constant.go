package expr

import (
	"slices"

	"github.com/ovnwalk/ovnwalk/expr/internal/syntax"
	"github.com/ovnwalk/ovnwalk/expr/lex"
	"github.com/ovnwalk/ovnwalk/packet"
)

// Number is an integer constant, optionally masked, with the format in which it was
// written.
type Number = lex.Number

// SyntaxError is an error in a text, with upstream's message and the bytes of the text that
// caused it.
type SyntaxError = lex.Error

// The formats in which numbers are written.
const (
	Decimal  = lex.Decimal
	Hex      = lex.Hex
	IPv4     = lex.IPv4
	IPv6     = lex.IPv6
	Ethernet = lex.Ethernet
)

// Quote returns s as a quoted string of the language.
func Quote(s string) string { return lex.Quote(s) }

// Constant is an integer or string constant, depending on its ConstantSet.
type Constant struct {
	Number Number
	Str    string
	Set    string // the address set that it came from, if any
	Group  string // the port group, which is resolved later

	placeholder int // see Cmp
}

// ConstantSet is one or more constants of one type.
type ConstantSet struct {
	Strings bool // whether they are strings
	Values  []Constant
	Curly   bool // whether they are in braces

	fromSet *AddressSet // the address set that is all of this set, or nil
}

// Append appends the set as it is written.
func (s *ConstantSet) Append(b []byte) []byte {
	curly := s.Curly || len(s.Values) != 1
	if curly {
		b = append(b, '{')
	}
	for i, c := range s.Values {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = c.Append(b, s.Strings)
	}
	if curly {
		b = append(b, '}')
	}
	return b
}

// add adds constants. If the set is empty, the members of an address set are not copied.
func (s *ConstantSet) add(values ...Constant) {
	if len(values) == 0 && s.fromSet != nil {
		s.Values = slices.Clone(s.Values)
	}
	s.Values, s.fromSet = append(s.Values, values...), nil
}

// addSet adds the members of an address set.
func (s *ConstantSet) addSet(set *AddressSet) {
	if len(s.Values) == 0 {
		s.Values, s.fromSet = slices.Clip(set.Members), set
		return
	}
	s.add(set.Members...)
}

// setKind sets whether s holds strings or numbers. It returns false if its first constant is
// of the other kind.
func (s *ConstantSet) setKind(strings bool) bool {
	if len(s.Values) > 0 && s.Strings != strings {
		return false
	}
	s.Strings = strings
	return true
}

// String returns the set as it is written.
func (s *ConstantSet) String() string { return string(s.Append(nil)) }

// Append appends the constant as it is written.
func (c Constant) Append(b []byte, str bool) []byte {
	if str {
		return lex.AppendQuoted(b, c.Str)
	}
	return c.Number.Append(b)
}

func init() {
	syntax.ParseField, syntax.ParseConstant, syntax.ParseConstantSet = parsePlace, parseConstant, parseConstantSet
}

// parseConstantSet parses a constant, or several in braces, at c. Errors are recorded in c.
func parseConstantSet(c *syntax.Cursor) (ConstantSet, bool) {
	p := parser{Cursor: c}
	s, ok := p.constantSet(nil)
	return s, ok && !c.Failed()
}

// parseConstant parses a constant that fits f. Errors are recorded in c.
func parseConstant(c *syntax.Cursor, f FieldRef) (Constant, bool) {
	p := parser{Cursor: c}
	var s ConstantSet
	if !p.constant(&s) {
		return Constant{}, false
	}
	if err := typeCheck(f, &s); err != nil {
		c.Fail("%s", err)
		return Constant{}, false
	}
	if len(s.Values) == 0 {
		return Constant{}, false
	}
	return s.Values[0], true
}

// compare returns the comparison of f with one constant.
func (c *Constant) compare(f FieldRef, op Op) *Cmp {
	e := c.comparison(f, op)
	return &e
}

func (c *Constant) comparison(f FieldRef, op Op) Cmp {
	e := Cmp{Symbol: f.Symbol, Op: op, Set: c.Set, placeholder: c.placeholder, placeholderOfs: f.Ofs}
	if f.Symbol.Width == 0 {
		e.Port, e.Group = c.Str, c.Group
		return e
	}
	all := packet.Ones(f.Bits)
	e.Value = c.Number.Value.And(all).Shl(f.Ofs)
	e.Mask = packet.Range(f.Ofs, f.Bits)
	if c.Number.Masked {
		e.Mask = c.Number.Mask.And(all).Shl(f.Ofs)
	}
	return e
}
