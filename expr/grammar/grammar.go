// Package grammar is the syntax of the match and action languages of OVN's
// logical flows as participle grammars over the lexer that both share.  The
// struct tags of Match and Actions can be read beside ovn-sb(5), table
// Logical_Flow, columns match and actions.
//
// A tree has the structure of a text and the position of each part.  It does not
// depend on fields, actions of a release or a database: packages expr and action
// convert trees to expressions and actions.
package grammar

import (
	"errors"

	"github.com/alecthomas/participle/v2"
	"github.com/alecthomas/participle/v2/lexer"

	"github.com/ovnwalk/ovnwalk/expr/lex"
)

// MaxDepth bounds how deep parentheses, braces and brackets nest.  It is above
// the bounds that upstream's parsers have for expressions (100) and for blocks
// of actions (32).
const MaxDepth = 256

// ErrTooDeep is the error for a text with deeper nesting than MaxDepth.
var ErrTooDeep = errors.New("nested too deeply")

// Span is embedded by every node: participle stores the node's tokens in it.
type Span struct {
	Tokens []lexer.Token
}

// Bytes returns the range of bytes of the node in the text, from its first token to
// its last.
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

// bounded passes a lexer's tokens on and fails where they nest too deeply for a
// parser that descends recursively.
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
