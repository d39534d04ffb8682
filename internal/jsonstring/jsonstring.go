// Package jsonstring decodes and writes the strings of JSON (RFC 8259, section 7) as
// Open vSwitch does, in databases and in the languages of logical flows.
package jsonstring

import (
	"errors"
	"fmt"
	"unicode/utf16"
)

// ErrNull is the error for an escaped NUL, which Open vSwitch rejects.
var ErrNull = errors.New("null bytes not supported in quoted strings")

// Escape decodes an escape, given without its backslash.  It returns the code point and the length
// of the escape in bytes; with an error, the length of the part that is valid.  The first half of a
// surrogate pair must be followed by the second half; a second half alone is a code point.
func Escape[T ~string | ~[]byte](s T) (r rune, n int, err error) {
	if len(s) == 0 {
		return 0, 0, errors.New("bad escape \\\x00")
	}
	switch c := s[0]; c {
	case '"', '\\', '/':
		return rune(c), 1, nil
	case 'b':
		return '\b', 1, nil
	case 'f':
		return '\f', 1, nil
	case 'n':
		return '\n', 1, nil
	case 'r':
		return '\r', 1, nil
	case 't':
		return '\t', 1, nil
	case 'u':
	default:
		return 0, 1, errors.New("bad escape \\" + string([]byte{c})) // a byte, which need not be a character
	}
	if r, err = fourHex(s[1:]); errors.Is(err, ErrNull) {
		return 0, 5, err
	} else if err != nil {
		return 0, 1, err
	}
	if r < 0xd800 || r > 0xdbff {
		return r, 5, nil
	}
	if len(s) < 7 || s[5] != '\\' || s[6] != 'u' {
		return 0, 5, errors.New("malformed escaped surrogate pair")
	}
	low, err := fourHex(s[7:])
	if err != nil {
		return 0, 5, err
	}
	if low < 0xdc00 || low > 0xdfff {
		return 0, 5, errors.New("second half of escaped surrogate pair is not trailing surrogate")
	}
	return utf16.DecodeRune(r, low), 11, nil
}

func fourHex[T ~string | ~[]byte](s T) (r rune, err error) {
	if len(s) < 4 {
		return 0, errors.New("quoted string ends within \\u escape")
	}
	for i := range 4 {
		c := s[i]
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return 0, errors.New("malformed \\u escape")
		}
		r = r<<4 | rune(c)
	}
	if r == 0 {
		return 0, ErrNull
	}
	return r, nil
}

// AppendQuoted appends s in quotes, with the escapes that ovsdb-server writes.
// Bytes that are not UTF-8 remain as they are.
func AppendQuoted[T ~string | ~[]byte](b []byte, s T) []byte {
	b = append(b, '"')
	from := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= 0x20 && c != '"' && c != '\\' {
			continue
		}
		b = append(b, s[from:i]...)
		from = i + 1
		switch c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\b':
			b = append(b, `\b`...)
		case '\f':
			b = append(b, `\f`...)
		case '\n':
			b = append(b, `\n`...)
		case '\r':
			b = append(b, `\r`...)
		case '\t':
			b = append(b, `\t`...)
		default:
			b = fmt.Appendf(b, `\u%04x`, c)
		}
	}
	return append(append(b, s[from:]...), '"')
}
