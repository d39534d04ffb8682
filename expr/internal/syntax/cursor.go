package syntax

import (
	"fmt"
	"math"
)

// Error is a text that does not parse.  Its message is in upstream's words.
type Error struct {
	Msg        string
	Text       string // the whole text
	Start, End int    // the bytes of Text that are to blame
}

// Error returns the message alone.
func (e *Error) Error() string { return e.Msg }

// Cursor walks over the tokens of a text, each of which it lexes when it gets
// there.  The first error sticks: later ones are consequences, and are dropped.
type Cursor struct {
	text  string
	rules Rules
	tok   token
	ahead token // the token after tok, once it was asked for
	knows bool  // whether it was
	num   Number
	err   *Error
}

// token is a token's type and where its text stands.
type token struct {
	typ        Type
	start, end int
}

// NewCursor returns a cursor at the first token of text, lexed by rules.
func NewCursor(text string, rules Rules) *Cursor {
	c := &Cursor{}
	c.Reset(text, rules)
	return c
}

// Reset makes c what NewCursor would return.
func (c *Cursor) Reset(text string, rules Rules) {
	*c = Cursor{text: text, rules: rules}
	c.lex(0)
}

// lex makes the token at or after pos the current one.
func (c *Cursor) lex(pos int) {
	c.tok.typ, c.tok.start, c.tok.end = c.rules.scan(c.text, pos, &c.num)
}

// Err returns the first error, nil where there is none.
func (c *Cursor) Err() error {
	if c.err == nil {
		return nil
	}
	return c.err
}

// Failed reports whether there was an error.
func (c *Cursor) Failed() bool { return c.err != nil }

// Type returns the type of the current token.
func (c *Cursor) Type() Type { return c.tok.typ }

// Raw returns the text of the current token as it was written.
func (c *Cursor) Raw() string { return c.text[c.tok.start:c.tok.end] }

// Offset returns where in the text the current token begins.
func (c *Cursor) Offset() int { return c.tok.start }

// Text returns the whole text.
func (c *Cursor) Text() string { return c.text }

// Name returns the current token's name: an identifier, or what follows the
// sign of an address set, port group or template variable.
func (c *Cursor) Name() string {
	switch c.tok.typ {
	case AddressSet, PortGroup, Template:
		return c.Raw()[1:]
	default:
	}
	return c.Raw()
}

// Next moves on to the next token.
func (c *Cursor) Next() {
	if !c.knows {
		c.lex(c.tok.end)
		return
	}
	c.tok, c.knows = c.ahead, false
	if c.tok.typ == Integer {
		c.lex(c.tok.start) // for the number
	}
}

// NextType returns the type of the token after the current one.
func (c *Cursor) NextType() Type {
	if !c.knows {
		var other Number
		c.ahead.typ, c.ahead.start, c.ahead.end = c.rules.scan(c.text, c.tok.end, &other)
		c.knows = true
	}
	return c.ahead.typ
}

// Accept moves past the current token if it is of type t.
func (c *Cursor) Accept(t Type) bool {
	if c.tok.typ != t || t == End {
		return false
	}
	c.Next()
	return true
}

// AcceptID moves past the current token if it is that identifier.
func (c *Cursor) AcceptID(name string) bool {
	if c.tok.typ != ID || c.Raw() != name {
		return false
	}
	c.Next()
	return true
}

// Expect is Accept with an error where the token is another.
func (c *Cursor) Expect(t Type) bool {
	if c.Accept(t) {
		return true
	}
	c.SyntaxError("expecting `%s'", Spelling(t))
	return false
}

// ExpectEnd reports whether the text is at its end, with an error if not.
func (c *Cursor) ExpectEnd() bool {
	if c.Type() == End {
		return true
	}
	c.SyntaxError("expecting end of input")
	return false
}

// Number returns the number that the current token is, if it is one.
func (c *Cursor) Number() (Number, bool) {
	if c.Type() != Integer {
		return Number{}, false
	}
	return c.num, true
}

// LastNumber returns the number that the current token is, or else the last one
// before it that was, zero where none was.
func (c *Cursor) LastNumber() Number { return c.num }

// IsInt reports whether the current token is a plain decimal number that a
// 32-bit signed integer can hold.
func (c *Cursor) IsInt() bool {
	_, ok := c.int()
	return ok
}

func (c *Cursor) int() (int, bool) {
	n, ok := c.Number()
	if !ok || n.Masked || n.Format != Decimal || n.Value.Lo > math.MaxInt32 {
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

// ExpectInt is AcceptInt with an error where the token is no such number.
func (c *Cursor) ExpectInt() (int, bool) {
	v, ok := c.AcceptInt()
	if !ok {
		c.SyntaxError("expecting small integer")
	}
	return v, ok
}

// Str returns the decoded text of the current token, a quoted string.
func (c *Cursor) Str() (string, bool) {
	if c.Type() != String {
		return "", false
	}
	s, err := Unquote(c.Raw())
	return s, err == nil
}

// Fail records an error at the current token.
func (c *Cursor) Fail(format string, args ...any) {
	if c.failBad() {
		return
	}
	c.fail(fmt.Sprintf(format, args...))
}

// SyntaxError records that the current token is not what it should be; what
// says what was expected, and may be empty.
func (c *Cursor) SyntaxError(what string, args ...any) {
	if c.failBad() {
		return
	}
	msg := "Syntax error"
	if c.tok.typ == End {
		msg += " at end of input"
	} else {
		msg += " at `" + c.Raw() + "'"
	}
	if what != "" {
		msg += " " + fmt.Sprintf(what, args...)
	}
	c.fail(msg + ".")
}

// failBad reports whether the error is settled already: there was one before,
// or the current token is no token at all and that is the error.
func (c *Cursor) failBad() bool {
	if c.err != nil {
		return true
	}
	if c.tok.typ != Invalid {
		return false
	}
	c.fail(c.rules.BadReason(c.text, c.tok.start))
	return true
}

func (c *Cursor) fail(msg string) {
	c.err = &Error{Msg: msg, Text: c.text, Start: c.tok.start, End: c.tok.end}
}
