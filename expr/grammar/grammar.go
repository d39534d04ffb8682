// Package grammar defines the syntax of the match and action languages of OVN's logical
// flows as participle grammars over their common lexer. The struct tags of Match and Actions
// can be compared with ovn-sb(5), table Logical_Flow, columns match and actions.
//
// A tree has the structure of a text and the position of each part. It does not depend on
// the fields and actions of a release or on a database: packages expr and action convert
// trees to expressions and actions.
package grammar

import (
	"errors"

	"github.com/alecthomas/participle/v2"
	"github.com/alecthomas/participle/v2/lexer"

	"github.com/ovnwalk/ovnwalk/expr/lex"
)

// MaxDepth bounds the nesting of parentheses, braces and brackets. It is above the bounds of
// upstream's parsers for expressions (100) and for blocks of actions (32).
const MaxDepth = 256

// ErrTooDeep is the error for a text with deeper nesting than MaxDepth.
var ErrTooDeep = errors.New("nested too deeply")

// Span is embedded by every node: participle stores the node's tokens in it.
type Span struct {
	Tokens []lexer.Token
}

// Bytes returns the range of bytes of the node in the text.
func (s Span) Bytes() (start, end int) {
	if len(s.Tokens) == 0 {
		return 0, 0
	}
	last := s.Tokens[len(s.Tokens)-1]
	return s.Tokens[0].Pos.Offset, last.Pos.Offset + len(last.Value)
}

// parse lexes text by rules and parses it with p.
func parse[G any](p *participle.Parser[G], text string, rules lex.Rules) (*G, error) {
	lex, err := lexer.Upgrade(&bounded{Lexer: rules.Lexer(text)})
	if err != nil {
		return nil, err
	}
	return p.ParseFromLexer(lex)
}

// bounded is a lexer that returns an error for tokens nested too deeply for a
// recursive-descent parser.
type bounded struct {
	lexer.Lexer
	depth int
}

// Next returns the next token.
func (b *bounded) Next() (lexer.Token, error) {
	t, err := b.Lexer.Next()
	switch t.Type {
	case lex.LParen, lex.LCurly, lex.LSquare:
		b.depth++
	case lex.RParen, lex.RCurly, lex.RSquare:
		b.depth--
	default:
	}
	if b.depth > MaxDepth {
		return t, ErrTooDeep
	}
	return t, err
}
