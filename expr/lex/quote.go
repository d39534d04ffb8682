package lex

import (
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/ovnwalk/ovnwalk/internal/jsonstring"
)

// Unquote decodes a quoted string with JSON's escapes (RFC 8259 section 7).
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
		r, n, err := jsonstring.Escape(s[i+1:])
		if err != nil {
			return "", err
		}
		b = appendUTF8(b, r)
		i += 1 + n
	}
	return string(b), nil
}

// appendUTF8 appends a code point. The second half of a surrogate pair, which has no
// encoding in RFC 3629, is encoded as three bytes.
func appendUTF8(b []byte, r rune) []byte {
	if 0xdc00 <= r && r <= 0xdfff {
		return append(b, 0xe0|byte(r>>12), 0x80|byte(r>>6&0x3f), 0x80|byte(r&0x3f))
	}
	return utf8.AppendRune(b, r)
}

// AppendQuoted appends s in quotes, with the escapes of OVSDB's tools.
func AppendQuoted(b []byte, s string) []byte { return jsonstring.AppendQuoted(b, s) }

// Quote returns s in quotes.
func Quote(s string) string { return string(AppendQuoted(nil, s)) }
