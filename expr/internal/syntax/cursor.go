package syntax

import (
	"fmt"
	"math"

	"github.com/alecthomas/participle/v2/lexer"
)

// Error is a text that does not parse.  Its message is in upstream's words.
type Error struct {
	Msg        string
	Text       string // the whole text
	Start, End int    // the bytes of Text that are to blame
}

// Error returns the message alone.
func (e *Error) Error() string { return e.Msg }

// Cursor walks over the tokens of a text.  The first error sticks: later ones
// are consequences, and are dropped.
type Cursor struct {
	lex   *lexer.PeekingLexer
	text  string
	rules Rules
	err   *Error
}

// NewCursor returns a cursor over tokens that were lexed from text by rules.
func NewCursor(lex *lexer.PeekingLexer, text string, rules Rules) *Cursor {
	return &Cursor{lex: lex, text: text, rules: rules}
}

// Tokens lexes text.
func Tokens(text string, rules Rules) *lexer.PeekingLexer {
	lex, err := lexer.Upgrade(&stream{src: text, rules: rules})
	if err != nil {
		panic("unreachable: bad text is a token of type Bad: " + err.Error())
	}
	return lex
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
func (c *Cursor) Type() Type { return c.lex.Peek().Type }

// Raw returns the text of the current token as it was written.
func (c *Cursor) Raw() string { return c.lex.Peek().Value }

// Offset returns where in the text the current token begins.
func (c *Cursor) Offset() int { return c.lex.Peek().Pos.Offset }

// Text returns the whole text.
func (c *Cursor) Text() string { return c.text }

// Name returns the current token's name: an identifier, or what follows the
// sign of an address set, port group or template variable.
func (c *Cursor) Name() string {
	t := c.lex.Peek()
	switch t.Type {
	case AddressSet, PortGroup, Template:
		return t.Value[1:]
	}
	return t.Value
}

// Next moves on to the next token.
func (c *Cursor) Next() { c.lex.Next() }

// NextType returns the type of the token after the current one.
func (c *Cursor) NextType() Type {
	mark := c.lex.MakeCheckpoint()
	c.lex.Next()
	t := c.lex.Peek().Type
	c.lex.LoadCheckpoint(mark)
	return t
}

// Accept moves past the current token if it is of type t.
func (c *Cursor) Accept(t Type) bool {
	if c.Type() != t || t == End {
		return false
	}
	c.lex.Next()
	return true
}

// AcceptID moves past the current token if it is that identifier.
func (c *Cursor) AcceptID(name string) bool {
	if c.Type() != ID || c.Raw() != name {
		return false
	}
	c.lex.Next()
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
	n, err := c.rules.ParseNumber(c.Raw())
	return n, err == nil
}

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
		c.lex.Next()
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
	t := c.lex.Peek()
	c.fail(fmt.Sprintf(format, args...), t.Pos.Offset, t.Pos.Offset+len(t.Value))
}

// SyntaxError records that the current token is not what it should be; what
// says what was expected, and may be empty.
func (c *Cursor) SyntaxError(what string, args ...any) {
	if c.failBad() {
		return
	}
	t := c.lex.Peek()
	msg := "Syntax error"
	if t.Type == End {
		msg += " at end of input"
	} else {
		msg += " at `" + t.Value + "'"
	}
	if what != "" {
		msg += " " + fmt.Sprintf(what, args...)
	}
	c.fail(msg+".", t.Pos.Offset, t.Pos.Offset+len(t.Value))
}

// failBad reports whether the error is settled already: there was one before,
// or the current token is no token at all and that is the error.
func (c *Cursor) failBad() bool {
	if c.err != nil {
		return true
	}
	t := c.lex.Peek()
	if t.Type != Bad {
		return false
	}
	c.fail(c.rules.BadReason(c.text, t.Pos.Offset), t.Pos.Offset, t.Pos.Offset+len(t.Value))
	return true
}

func (c *Cursor) fail(msg string, start, end int) {
	c.err = &Error{Msg: msg, Text: c.text, Start: start, End: end}
}
