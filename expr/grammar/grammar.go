// Package grammar is the syntax of the match and action languages of OVN's
// logical flows as participle grammars over the lexer that both share.  The
// struct tags of Match and Actions can be read beside ovn-sb(5), table
// Logical_Flow, columns match and actions.
//
// A tree says how a text is put together and where each part of it stands.  It
// knows no field, no release's actions and no database: package expr and
// package action give a tree its meaning.
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

// ErrTooDeep means that a text nests deeper than MaxDepth.
var ErrTooDeep = errors.New("nested too deeply")

// Span is embedded by every node: participle stores the node's tokens in it.
type Span struct {
	Tokens []lexer.Token
}

// Bytes returns the bytes of the text that the node stands for, from its first
// token to its last.
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
