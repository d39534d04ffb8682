package lex

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Unquote decodes a quoted string, whose escapes are JSON's (RFC 8259 section
// 7).
func Unquote(s string) (string, error) {
	if len(s) < 2 || s[0] != '"' || s[len(s)-1] != '"' {
		return "", errors.New("Input ends inside quoted string.")
	}
	s = s[1 : len(s)-1]
	i := strings.IndexByte(s, '\\')
	if i < 0 {
		return s, nil
	}
	b := append(make([]byte, 0, len(s)), s[:i]...)
	for i < len(s) {
		if s[i] != '\\' {
			b = append(b, s[i])
			i++
			continue
		}
		c := at(s, i+1)
		i += 2
		switch c {
		case '"', '\\', '/':
			b = append(b, c)
		case 'b':
			b = append(b, '\b')
		case 'f':
			b = append(b, '\f')
		case 'n':
			b = append(b, '\n')
		case 'r':
			b = append(b, '\r')
		case 't':
			b = append(b, '\t')
		case 'u':
			r, n, err := unicodeEscape(s[i:])
			if err != nil {
				return "", err
			}
			b = appendUTF8(b, r)
			i += n
		default:
			return "", errors.New("bad escape \\" + string([]byte{c})) // a byte, which need not be a character
		}
	}
	return string(b), nil
}

// appendUTF8 appends a code point.  The second half of a surrogate pair, which
// RFC 3629 has no encoding for, becomes the three bytes of its number.
func appendUTF8(b []byte, r rune) []byte {
	if 0xdc00 <= r && r <= 0xdfff {
		return append(b, 0xe0|byte(r>>12), 0x80|byte(r>>6&0x3f), 0x80|byte(r&0x3f))
	}
	return utf8.AppendRune(b, r)
}

// unicodeEscape decodes what follows \u, with a second escape where the first
// is half of a surrogate pair.
func unicodeEscape(s string) (r rune, n int, err error) {
	c0, err := fourHex(s)
	if err != nil {
		return 0, 0, err
	}
	if c0 < 0xd800 || c0 > 0xdbff {
		return c0, 4, nil
	}
	if !strings.HasPrefix(s[4:], `\u`) {
		return 0, 0, errors.New("malformed escaped surrogate pair")
	}
	c1, err := fourHex(s[6:])
	if err != nil {
		return 0, 0, err
	}
	if c1 < 0xdc00 || c1 > 0xdfff {
		return 0, 0, errors.New("second half of escaped surrogate pair is not trailing surrogate")
	}
	return utf16.DecodeRune(c0, c1), 10, nil
}

func fourHex(s string) (rune, error) {
	if len(s) < 4 {
		return 0, errors.New("quoted string ends within \\u escape")
	}
	v, err := strconv.ParseUint(s[:4], 16, 16)
	switch {
	case err != nil:
		return 0, errors.New("malformed \\u escape")
	case v == 0:
		return 0, errors.New("null bytes not supported in quoted strings")
	}
	return rune(v), nil
}

// AppendQuoted appends s in quotes, with the escapes that the southbound
// database's own tools write.
func AppendQuoted(b []byte, s string) []byte {
	b = append(b, '"')
	for i := 0; i < len(s); i++ {
		switch c := s[i]; c {
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
			if c < 0x20 {
				b = fmt.Appendf(b, `\u%04x`, c)
			} else {
				b = append(b, c)
			}
		}
	}
	return append(b, '"')
}

// Quote returns s in quotes.
func Quote(s string) string { return string(AppendQuoted(nil, s)) }
