package expr

import (
	"errors"
	"sync"

	"github.com/alecthomas/participle/v2"
	"github.com/alecthomas/participle/v2/lexer"

	"github.com/ovnwalk/ovnwalk/expr/internal/syntax"
)

// SyntaxError is a text that does not parse: upstream's message, and the bytes
// of the text that are to blame.
type SyntaxError = syntax.Error

// match is the grammar's root.  Its productions run for every flow that a walk
// meets, so they are written out behind participle's Parseable instead of being
// found by reflection.
type match struct {
	parser
	cursor syntax.Cursor
	expr   Expr
}

// Parse reads an expression that takes all of the tokens of the match's cursor,
// which lexes them as they are asked for, not ahead into participle's list.
func (m *match) Parse(*lexer.PeekingLexer) error {
	m.expr, _ = m.expression()
	m.ExpectEnd()
	return m.Err()
}

var _ participle.Parseable = (*match)(nil)

// matches are those whose memory is free to be used again.
var matches = sync.Pool{New: func() any { return new(match) }}

// Parse reads an expression.  The error, if any, is a *SyntaxError.
func Parse(text string, env Env) (Expr, error) {
	m := matches.Get().(*match)
	m.cursor.Reset(text, env.Symbols.Rules())
	m.parser = parser{Cursor: &m.cursor, env: env, constants: m.constants}
	err := m.Parse(nil)
	e := m.expr
	m.env, m.expr = Env{}, nil
	matches.Put(m)
	if err != nil {
		return nil, err
	}
	return e, nil
}

// IsSyntaxError returns the syntax error in err's chain, nil where there is
// none.
func IsSyntaxError(err error) *SyntaxError {
	var e *SyntaxError
	if errors.As(err, &e) {
		return e
	}
	return nil
}
