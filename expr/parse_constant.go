package expr

import (
	"slices"

	"github.com/ovnwalk/ovnwalk/expr/lex"
)

// scratchSet is constantSet with a buffer that the next call overwrites.
func (p *parser) scratchSet() (ConstantSet, bool) {
	s, ok := p.constantSet(p.constants[:0])
	if s.fromSet == nil && cap(s.Values) <= maxScratch {
		p.constants = s.Values
	}
	return s, ok
}

// maxScratch bounds the size of the buffer that is kept; address sets can be large.
const maxScratch = 64

// constantSet parses one constant, or several in braces with optional commas, into values.
func (p *parser) constantSet(values []Constant) (ConstantSet, bool) {
	s := ConstantSet{Values: values}
	if !p.Accept(lex.LCurly) {
		return s, p.constant(&s)
	}
	s.Curly = true
	for {
		if !p.constant(&s) {
			return s, false
		}
		p.Accept(lex.Comma)
		if p.Accept(lex.RCurly) {
			return s, true
		}
	}
}

// constant parses a constant, an address set or a port group into s.
func (p *parser) constant(s *ConstantSet) bool {
	switch p.Type() {
	case lex.Template:
		p.Fail("Unexpanded template.")
		return false
	case lex.String:
		str, _ := p.Str()
		if !p.setKind(s, true) {
			return false
		}
		s.add(Constant{Str: str, placeholder: p.placeholder()})
	case lex.Integer:
		n, _ := p.Number()
		if !p.setKind(s, false) {
			return false
		}
		s.add(Constant{Number: n, placeholder: p.placeholder()})
	case lex.AddressSet:
		if !p.addressSet(s) {
			return false
		}
	case lex.PortGroup:
		if !p.portGroup(s) {
			return false
		}
	default:
		p.SyntaxError("expecting constant")
		return false
	}
	p.Next()
	return true
}

// placeholder returns the number of the form's constant at the cursor, from 1, or 0.
func (p *parser) placeholder() int {
	if p.env.placeholders == nil {
		return 0
	}
	i, ok := slices.BinarySearch(p.env.placeholders, p.Offset())
	if !ok {
		return 0
	}
	return i + 1
}

// setKind sets whether s holds strings or numbers, according to its first constant.
func (p *parser) setKind(s *ConstantSet, strings bool) bool {
	if s.setKind(strings) {
		return true
	}
	if s.Strings {
		p.SyntaxError("expecting string")
	} else {
		p.SyntaxError("expecting integer")
	}
	return false
}

func (p *parser) addressSet(s *ConstantSet) bool {
	set := p.env.addressSet(p.Name())
	if set == nil {
		p.SyntaxError("expecting address set name")
		return false
	}
	if !p.setKind(s, false) {
		return false
	}
	s.addSet(set)
	return true
}

func (p *parser) portGroup(s *ConstantSet) bool {
	ports, known := p.env.portGroup(p.Name())
	if !known {
		p.SyntaxError("expecting port group name")
		return false
	}
	if !p.setKind(s, true) {
		return false
	}
	s.add(ports...)
	return true
}
