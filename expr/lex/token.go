// Package lex is the lexer of the match and action languages, with numbers and quoted
// strings, as described in ovn-sb(5), "match" in table Logical_Flow.
package lex

import "github.com/alecthomas/participle/v2/lexer"

// Type is the type of a token.
type Type = lexer.TokenType

// The tokens. End is the end of input; Invalid is text that is not a token, for which
// InvalidReason returns the error.
const (
	End Type = lexer.EOF - iota
	Invalid
	ID
	String
	Integer // with or without mask
	AddressSet
	PortGroup
	Template
	LParen
	RParen
	LCurly
	RCurly
	LSquare
	RSquare
	EQ
	NE
	LT
	LE
	GT
	GE
	Not
	And
	Or
	Ellipsis
	Comma
	Semicolon
	Equals
	Exchange
	Decrement
	Colon
	Hyphen
)

// spelling is the text of the tokens that have only one text.
var spelling = map[Type]string{
	LParen: "(", RParen: ")", LCurly: "{", RCurly: "}", LSquare: "[", RSquare: "]",
	EQ: "==", NE: "!=", LT: "<", LE: "<=", GT: ">", GE: ">=",
	Not: "!", And: "&&", Or: "||", Ellipsis: "..", Comma: ",", Semicolon: ";",
	Equals: "=", Exchange: "<->", Decrement: "--", Colon: ":", Hyphen: "-",
}

// Spelling returns the text of a token type that has only one text, or "".
func Spelling(t Type) string { return spelling[t] }

// names are the names of token types in grammars.
var names = map[string]Type{
	"EOF": End, "Bad": Invalid, "ID": ID, "String": String, "Integer": Integer,
	"AddressSet": AddressSet, "PortGroup": PortGroup, "Template": Template,
}

func init() {
	for t, s := range spelling {
		names[s] = t
	}
}

// Error is a syntax error, with upstream's message.
type Error struct {
	Msg        string
	Text       string // the whole text
	Start, End int    // the bytes of Text that caused it
}

// Error returns the message.
func (e *Error) Error() string { return e.Msg }
