package expr

import (
	"errors"

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
	expr Expr
}

// Parse reads an expression that takes all of the tokens, over which the match's
// cursor must already stand.
func (m *match) Parse(*lexer.PeekingLexer) error {
	m.expr, _ = m.expression()
	m.ExpectEnd()
	return m.Err()
}

var _ participle.Parseable = (*match)(nil)

// Parse reads an expression.  The error, if any, is a *SyntaxError.
func Parse(text string, env Env) (Expr, error) {
	lex := syntax.Tokens(text, env.Symbols.Rules())
	m := match{parser: parser{Cursor: syntax.NewCursor(lex, text, env.Symbols.Rules()), env: env}}
	if err := m.Parse(lex); err != nil {
		return nil, err
	}
	return m.expr, nil
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
