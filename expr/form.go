package expr

import (
	"encoding/binary"
	"strings"

	"github.com/ovnwalk/ovnwalk/expr/internal/syntax"
	"github.com/ovnwalk/ovnwalk/expr/lex"
	"github.com/ovnwalk/ovnwalk/packet"
)

// Most matches of a network differ from others only in addresses, prefixes of one length,
// numbers and names of ports. The form of a match is its tokens without these. Whether a
// match parses, and its compiled form without these constants, depends only on its form. So
// each form is compiled once, and compiling another match of a known form takes little more
// time than lexing it.

// form is a compiled match without its constants.
type form struct {
	root         node
	placeholders []placeholder
	ports        []int // for each missing port set, its index in the constants
	absent       bool  // whether a comparison has a field that no packet has
}

// placeholder describes how a word of a comparison is made from a constant.
type placeholder struct {
	constant int
	ofs      int          // position of the constant in its field
	mask     packet.Value // the bits that are compared
	high     bool         // whether the word is the upper half of the field
	shift    int          // position of the field in the word
}

// formText is the form of the text of a match or of actions.
type formText struct {
	key       []byte     // the part that all texts of the form have in common
	constants []Constant // the constants, in the text's order
	offsets   []int      // the constants' offsets in the text

	cursor syntax.Cursor // see add
}

// reset makes f empty but keeps its memory.
func (f *formText) reset() {
	f.key, f.constants, f.offsets = f.key[:0], f.constants[:0], f.offsets[:0]
}

// addMatch adds the form of a match. It returns false if the text has no form, because it
// has template variables or invalid tokens.
func (f *formText) addMatch(text string, t *Symbols) bool {
	var prev lex.Type
	inSet := false // in the braces after == or !=
	return f.add(text, t, func(c *syntax.Cursor) {
		typ := c.Type()
		compared := prev == lex.EQ || prev == lex.NE || inSet
		switch {
		case typ == lex.LCurly && compared:
			inSet = true
		case typ == lex.RCurly:
			inSet = false
		case compared && f.constant(c, true):
			prev = typ
			return
		}
		prev = typ
		f.word(c.Raw())
	})
}

// addActions adds the form of actions. Whether actions parse does not depend on their
// addresses, nor on numbers and names of ports that are not in the key.
func (f *formText) addActions(text string, t *Symbols) bool {
	var prev, before lex.Type
	var name string // the identifier before prev
	return f.add(text, t, func(c *syntax.Cursor) {
		typ := c.Type()
		num, isNumber := c.Number()
		known := false
		switch {
		case isNumber && num.Format == Decimal:
			known = prev == lex.Colon && num.Value.Lo < 1<<16 || prev == lex.Equals && before == lex.RSquare
		case isNumber:
			known = true
		case typ == lex.String:
			known = prev == lex.Equals && before == lex.ID && (name == "outport" || name == "inport")
		case typ == lex.ID:
			name = c.Raw()
		}
		if !known || !f.constant(c, false) {
			f.word(c.Raw())
		}
		before, prev = prev, typ
	})
}

// ActionsForm finds actions that differ only in constants. The zero value is ready to use. It
// must not be used concurrently.
type ActionsForm struct{ text formText }

// Of returns a key that all actions share that differ from text only in addresses, names of
// ports, and numbers that are ports of backends or are assigned to parts of fields; and
// these constants in the order of the text. In one place, either all actions with the same
// key parse or none. ok is false if the text has no form. The result is valid until the
// next call.
func (f *ActionsForm) Of(text string, t *Symbols) (key []byte, constants []Constant, ok bool) {
	f.text.reset()
	ok = f.text.addActions(text, t)
	return f.text.key, f.text.constants, ok
}

// add calls token for each token of a text.
func (f *formText) add(text string, t *Symbols, token func(*syntax.Cursor)) bool {
	c := &f.cursor
	for c.Reset(text, t.rules); len(f.constants) <= maxPlaceholders; c.Next() {
		switch c.Type() {
		case lex.End:
			f.key = append(f.key, 0)
			return true
		case lex.Invalid, lex.Template:
			return false
		}
		token(c)
	}
	return false
}

// maxPlaceholders bounds the constants of a form.
const maxPlaceholders = 1000

// word adds a token to the key.
func (f *formText) word(raw string) {
	f.key = append(f.key, raw...)
	f.key = append(f.key, ' ')
}

// constant adds the kind of a constant to the key, as far as parsing depends on it, and the
// constant to the constants. If masks are allowed, the key also has the mask. It returns
// false for a constant that must be in the key.
func (f *formText) constant(c *syntax.Cursor, masks bool) bool {
	switch c.Type() {
	case lex.String:
		s, ok := c.Str()
		if !ok || strings.IndexByte(c.Raw(), '\\') >= 0 {
			return false
		}
		f.placeholder(c, 's', Constant{Str: s})
		return true
	case lex.Integer:
		n, _ := c.Number()
		if n.Masked {
			if !masks || n.Format != IPv4 && n.Format != IPv6 && n.Format != Ethernet {
				return false
			}
			f.key = binary.LittleEndian.AppendUint64(append(f.key, 1, 'm'), n.Mask.Hi)
			f.key = binary.LittleEndian.AppendUint64(f.key, n.Mask.Lo)
		}
		switch n.Format {
		case IPv4:
			f.placeholder(c, '4', Constant{Number: n})
			return true
		case IPv6:
			f.placeholder(c, '6', Constant{Number: n})
			return true
		case Ethernet:
			f.placeholder(c, 'e', Constant{Number: n})
			return true
		case Decimal:
			// 0 and 1 may be Booleans; the width of other numbers matters.
			if bits := n.Value.Len(); bits > 1 {
				f.placeholder(c, 0x80+byte(bits), Constant{Number: n})
				return true
			}
		default:
		}
	default:
	}
	return false
}

func (f *formText) placeholder(c *syntax.Cursor, kind byte, value Constant) {
	f.key = append(f.key, 1, kind)
	f.constants = append(f.constants, value)
	f.offsets = append(f.offsets, c.Offset())
}

// parse parses a match whose form was added to f. Its comparisons refer to the constants.
func (f *formText) parse(text string, env Env) (Expr, error) {
	env.placeholders = f.offsets
	return ParseFlow(text, env)
}

// compileForm compiles the expression of a form, which must be annotated.
func compileForm(e Expr, b Binder) *form {
	c := compiler{Binder: b, form: &form{}}
	c.form.root = c.compile(e)
	c.form.absent = c.absent
	return c.form
}

// matcher returns the matcher for a match with this form and these constants.
func (f *form) matcher(constants []Constant, b Binder) Matcher {
	m := Matcher{root: &f.root, absent: f.absent}
	if len(f.placeholders) > 0 {
		m.values = make([]uint64, len(f.placeholders))
	}
	for i, h := range f.placeholders {
		v := constants[h.constant].Number.Value.Shl(h.ofs).And(h.mask)
		if h.high {
			v.Lo = v.Hi
		}
		m.values[i] = v.Lo << h.shift
	}
	if len(f.ports) > 0 {
		m.ports = make([]PortSet, len(f.ports))
	}
	for i, c := range f.ports {
		m.ports[i] = b.Port(constants[c].Str)
	}
	return m
}
