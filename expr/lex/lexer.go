package lex

import (
	"fmt"
	"io"
	"strings"

	"github.com/alecthomas/participle/v2/lexer"
)

// Definition is the lexer of both languages for participle.
var Definition lexer.Definition = definition{}

type definition struct{}

// Symbols names the token types.
func (definition) Symbols() map[string]lexer.TokenType { return names }

// Lex reads all of r and lexes it.
func (d definition) Lex(filename string, r io.Reader) (lexer.Lexer, error) {
	b, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	return d.LexString(filename, string(b))
}

// LexString lexes a string.
func (definition) LexString(_ string, s string) (lexer.Lexer, error) { return Rules{}.Lexer(s), nil }

// Rules are the differences between the lexers of releases.  The zero value is the
// newest release.
type Rules struct {
	NoHyphen   bool // a single - is an invalid token
	NoTemplate bool // ^NAME is an invalid token
	StrictMask bool // a number may have no 1-bits outside its mask
}

// Lexer returns a lexer of a text for participle.
func (r Rules) Lexer(text string) lexer.Lexer { return &stream{src: text, rules: r} }

// stream lexes a text token by token.
type stream struct {
	src   string
	pos   int
	rules Rules
}

// Next returns the next token. Invalid text is returned as a token of type Invalid, so that
// a parser can report an error before it first.
func (l *stream) Next() (lexer.Token, error) {
	t, start, end := l.rules.Scan(l.src, l.pos)
	l.pos = end
	return lexer.Token{Type: t, Value: l.src[start:end], Pos: lexer.Position{Offset: start, Line: 1, Column: start + 1}}, nil
}

// Scan returns the type of the token at or after pos, and the start and end of its
// text.  It skips white space and comments.
func (r Rules) Scan(s string, pos int) (t Type, start, end int) {
	var n Number
	return r.ScanNumber(s, pos, &n)
}

// ScanNumber is like Scan, and also stores the value of an Integer token.
func (r Rules) ScanNumber(s string, pos int, num *Number) (t Type, start, end int) {
	p, ok := pos, true
	if p < len(s) && s[p] == ' ' {
		p++ // the most common white space
	}
	if p < len(s) && (s[p] <= ' ' || s[p] == '/') {
		p, ok = skipSpace(s, p)
	}
	if !ok {
		// The rest of the line is a comment without an end.
		return Invalid, p, lineEnd(s, p)
	}
	if p >= len(s) {
		return End, len(s), len(s)
	}
	one := func(t Type) (Type, int, int) { return t, p, p + 1 }
	// two returns the longer token if the next byte is c, else the shorter.
	two := func(c byte, long, short Type) (Type, int, int) {
		if at(s, p+1) == c {
			return long, p, p + 2
		}
		return short, p, p + 1
	}
	switch c := s[p]; c {
	case '(':
		return one(LParen)
	case ')':
		return one(RParen)
	case '{':
		return one(LCurly)
	case '}':
		return one(RCurly)
	case '[':
		return one(LSquare)
	case ']':
		return one(RSquare)
	case ',':
		return one(Comma)
	case ';':
		return one(Semicolon)
	case '=':
		return two('=', EQ, Equals)
	case '!':
		return two('=', NE, Not)
	case '&':
		return two('&', And, Invalid)
	case '|':
		return two('|', Or, Invalid)
	case '>':
		return two('=', GE, GT)
	case '-':
		if r.NoHyphen {
			return two('-', Decrement, Invalid)
		}
		return two('-', Decrement, Hyphen)
	case '.':
		return two('.', Ellipsis, Invalid)
	case '<':
		if strings.HasPrefix(s[p:], "<->") {
			return Exchange, p, p + 3
		}
		return two('=', LE, LT)
	case '$':
		return name(s, p, AddressSet)
	case '@':
		return name(s, p, PortGroup)
	case '^':
		if r.NoTemplate {
			return one(Invalid)
		}
		return name(s, p, Template)
	case '"':
		return quoted(s, p)
	case ':':
		if at(s, p+1) != ':' {
			return one(Colon)
		}
		return r.integer(s, p, num)
	default:
		switch {
		case isDigit(c):
			return r.integer(s, p, num)
		case isHexLetter(c):
			// An address can begin like an identifier: it is one if a colon follows the
			// leading hexadecimal digits.
			q := p
			for q < len(s) && (isDigit(s[q]) || isHexLetter(s[q])) {
				q++
			}
			if at(s, q) == ':' {
				return r.integer(s, p, num)
			}
			return ID, p, idEnd(s, p)
		case isID(c):
			return ID, p, idEnd(s, p)
		}
		return one(Invalid)
	}
}

// InvalidReason returns the error for the text at pos, for which Scan returned a token of
// type Invalid.
func (r Rules) InvalidReason(s string, pos int) string {
	if pos >= len(s) {
		return "Unexpected end of input."
	}
	c := s[pos]
	switch c {
	case '/':
		if at(s, pos+1) == '*' {
			return "`/*' without matching `*/'."
		}
		return "`/' is only valid as part of `//' or `/*'."
	case '&', '|':
		return fmt.Sprintf("`%c' is only valid as part of `%c%c'.", c, c, c)
	case '.':
		return "`.' is only valid as part of `..' or a number."
	case '-':
		return "`-' is only valid as part of `--'."
	case '$', '@', '^':
		if c == '^' && r.NoTemplate {
			break
		}
		return fmt.Sprintf("`%c' must be followed by a valid identifier.", c)
	case '"':
		_, _, end := quoted(s, pos)
		if end-pos < 2 || s[end-1] != '"' || !closed(s[pos:end]) {
			return "Input ends inside quoted string."
		}
		_, err := Unquote(s[pos:end])
		if err != nil {
			return err.Error()
		}
	}
	if isDigit(c) || isHexLetter(c) || c == ':' {
		var n Number
		if _, err := r.parseNumber(s[pos:], &n); err != nil {
			return err.Error()
		}
	}
	if c >= 0x20 && c < 0x7f {
		return fmt.Sprintf("Invalid character `%c' in input.", c)
	}
	return fmt.Sprintf("Invalid byte 0x%d in input.", int8(c))
}

// skipSpace skips white space and comments; ok is false if a comment does not end on its
// line, and the result is then its position.
func skipSpace(s string, p int) (_ int, ok bool) {
	for p < len(s) {
		switch s[p] {
		case ' ', '\t', '\n', '\r', '\v', '\f':
			p++
			continue
		case '/':
			switch at(s, p+1) {
			case '/':
				p = lineEnd(s, p)
				continue
			case '*':
				q := p + 2
				for q < lineEnd(s, p) && !strings.HasPrefix(s[q:], "*/") {
					q++
				}
				if !strings.HasPrefix(s[q:], "*/") {
					return p, false
				}
				p = q + 2
				continue
			}
		}
		break
	}
	return p, true
}

func lineEnd(s string, p int) int {
	if i := strings.IndexByte(s[p:], '\n'); i >= 0 {
		return p + i
	}
	return len(s)
}

func name(s string, p int, t Type) (Type, int, int) {
	if !isID(at(s, p+1)) {
		return Invalid, p, p + 1
	}
	return t, p, idEnd(s, p+1)
}

func quoted(s string, p int) (Type, int, int) {
	q := p + 1
	plain := true
	for q < len(s) && s[q] != '"' {
		if s[q] == '\\' {
			plain = false
			q++
		}
		q++
	}
	if q >= len(s) {
		return Invalid, p, len(s)
	}
	q++
	if !plain {
		if _, err := Unquote(s[p:q]); err != nil {
			return Invalid, p, q
		}
	}
	return String, p, q
}

// closed reports whether a quoted string ends with a quote that is not escaped.
func closed(s string) bool {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i == len(s)-1
		}
	}
	return false
}

func (r Rules) integer(s string, p int, num *Number) (Type, int, int) {
	before := num.Format
	n, err := r.parseNumber(s[p:], num)
	if err != nil {
		*num = Number{Format: before} // as in upstream
		return Invalid, p, p + n
	}
	return Integer, p, p + n
}

func idEnd(s string, p int) int {
	for p++; p < len(s) && class[s[p]] != 0; p++ {
	}
	return p
}

// at returns the byte at p, or 0 after the end.
func at(s string, p int) byte {
	if p < len(s) {
		return s[p]
	}
	return 0
}

// class is the set of tokens that may contain a byte.
var class = func() (t [256]uint8) {
	for c := range t {
		switch c := byte(c); {
		case '0' <= c && c <= '9':
			t[c] = classDigit
		case 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F':
			t[c] = classHexLetter | classLetter
		case 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z':
			t[c] = classLetter
		case c == '_' || c == '.':
			t[c] = classSign
		}
	}
	return t
}()

const (
	classDigit uint8 = 1 << iota
	classHexLetter
	classLetter
	classSign // what else an identifier has
)

func isDigit(c byte) bool { return class[c]&classDigit != 0 }

func isHexLetter(c byte) bool { return class[c]&classHexLetter != 0 }

func isID(c byte) bool { return class[c]&(classLetter|classSign) != 0 }

func isAlnum(c byte) bool { return class[c]&(classLetter|classDigit) != 0 }
