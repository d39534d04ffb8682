// Package syntax provides the cursor over tokens that the parsers of flows use.
package syntax

import (
	"fmt"
	"math"

	"github.com/ovnwalk/ovnwalk/expr/lex"
)

// The functions of package expr that parse at a cursor, for the parser of actions. Package
// expr sets them, because their types are its own.
var ParseField, ParseConstant, ParseConstantSet any

// Cursor iterates over the tokens of a text and lexes each when it is reached. It keeps the
// first error; later errors are consequences and are dropped.
type Cursor struct {
	text  string
	rules lex.Rules
	tok   token
	ahead token // the token after tok, if knows is set
	knows bool  // whether ahead was lexed
	num   lex.Number
	err   *lex.Error
}

// token is a token's type and its position in the text.
type token struct {
	typ        lex.Type
	start, end int
}

// NewCursor returns a cursor at the first token of text, lexed by rules.
func NewCursor(text string, rules lex.Rules) *Cursor {
	c := &Cursor{}
	c.Reset(text, rules)
	return c
}

// Reset resets c to the result of NewCursor.
func (c *Cursor) Reset(text string, rules lex.Rules) {
	*c = Cursor{text: text, rules: rules}
	c.lex(0)
}

// lex makes the token at or after pos the current one.
func (c *Cursor) lex(pos int) {
	c.tok.typ, c.tok.start, c.tok.end = c.rules.ScanNumber(c.text, pos, &c.num)
}

// Err returns the first error, or nil.
func (c *Cursor) Err() error {
	if c.err == nil {
		return nil
	}
	return c.err
}

// Failed reports whether there was an error.
func (c *Cursor) Failed() bool { return c.err != nil }

// Type returns the type of the current token.
func (c *Cursor) Type() lex.Type { return c.tok.typ }

// Raw returns the text of the current token as it was written.
func (c *Cursor) Raw() string { return c.text[c.tok.start:c.tok.end] }

// Offset returns the offset of the current token in the text.
func (c *Cursor) Offset() int { return c.tok.start }

// Name returns the name of the current token: an identifier, or the text after the sign of
// an address set, port group or template variable.
func (c *Cursor) Name() string {
	switch c.tok.typ {
	case lex.AddressSet, lex.PortGroup, lex.Template:
		return c.Raw()[1:]
	default:
	}
	return c.Raw()
}

// Next moves to the next token.
func (c *Cursor) Next() {
	if !c.knows {
		c.lex(c.tok.end)
		return
	}
	c.tok, c.knows = c.ahead, false
	if c.tok.typ == lex.Integer {
		c.lex(c.tok.start) // parses the number
	}
}

// NextType returns the type of the token after the current one.
func (c *Cursor) NextType() lex.Type {
	if !c.knows {
		var other lex.Number
		c.ahead.typ, c.ahead.start, c.ahead.end = c.rules.ScanNumber(c.text, c.tok.end, &other)
		c.knows = true
	}
	return c.ahead.typ
}

// Accept moves past the current token if it is of type t.
func (c *Cursor) Accept(t lex.Type) bool {
	if c.tok.typ != t || t == lex.End {
		return false
	}
	c.Next()
	return true
}

// AcceptID moves past the current token if it is the identifier name.
func (c *Cursor) AcceptID(name string) bool {
	if c.tok.typ != lex.ID || c.Raw() != name {
		return false
	}
	c.Next()
	return true
}

// Expect is like Accept, but records an error for another token.
func (c *Cursor) Expect(t lex.Type) bool {
	if c.Accept(t) {
		return true
	}
	c.SyntaxError("expecting `%s'", lex.Spelling(t))
	return false
}

// ExpectEnd records an error if the text is not at its end.
func (c *Cursor) ExpectEnd() {
	if c.Type() != lex.End {
		c.SyntaxError("expecting end of input")
	}
}

// Number returns the value of the current token if it is a number.
func (c *Cursor) Number() (lex.Number, bool) {
	if c.Type() != lex.Integer {
		return lex.Number{}, false
	}
	return c.num, true
}

// LastNumber returns the value of the current token if it is a number, else that of the last
// number before it, or zero.
func (c *Cursor) LastNumber() lex.Number { return c.num }

func (c *Cursor) int() (int, bool) {
	n, ok := c.Number()
	if !ok || n.Masked || n.Format != lex.Decimal || n.Value.Lo > math.MaxInt32 {
		return 0, false
	}
	return int(n.Value.Lo), true
}

// AcceptInt moves past a plain decimal number and returns it.
func (c *Cursor) AcceptInt() (int, bool) {
	v, ok := c.int()
	if ok {
		c.Next()
	}
	return v, ok
}

// ExpectInt is like AcceptInt, but records an error for another token.
func (c *Cursor) ExpectInt() (int, bool) {
	v, ok := c.AcceptInt()
	if !ok {
		c.SyntaxError("expecting small integer")
	}
	return v, ok
}

// Str returns the decoded text of the current token if it is a quoted string.
func (c *Cursor) Str() (string, bool) {
	if c.Type() != lex.String {
		return "", false
	}
	s, err := lex.Unquote(c.Raw())
	return s, err == nil
}

// Fail records an error at the current token.
func (c *Cursor) Fail(format string, args ...any) {
	if c.failBad() {
		return
	}
	c.fail(fmt.Sprintf(format, args...))
}

// SyntaxError records an error at the current token. what is the expected token, and may be
// empty.
func (c *Cursor) SyntaxError(what string, args ...any) {
	if c.failBad() {
		return
	}
	msg := "Syntax error"
	if c.tok.typ == lex.End {
		msg += " at end of input"
	} else {
		msg += " at `" + c.Raw() + "'"
	}
	if what != "" {
		msg += " " + fmt.Sprintf(what, args...)
	}
	c.fail(msg + ".")
}

// failBad reports whether there was an error before. If the current token is invalid, it
// records that error and returns true.
func (c *Cursor) failBad() bool {
	if c.err != nil {
		return true
	}
	if c.tok.typ != lex.Invalid {
		return false
	}
	c.fail(c.rules.InvalidReason(c.text, c.tok.start))
	return true
}

func (c *Cursor) fail(msg string) {
	c.err = &lex.Error{Msg: msg, Text: c.text, Start: c.tok.start, End: c.tok.end}
}
