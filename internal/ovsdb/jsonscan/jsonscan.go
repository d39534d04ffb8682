// Package jsonscan scans JSON in place and returns positions.
package jsonscan

import (
	"encoding/binary"
	"math/bits"
)

// The scanner validates strings, brackets and the commas of rows. It does not validate
// values that it skips, because the SHA-1 of each record was verified.

// MaxDepth bounds the nesting of a value, as in ovsdb-server.
const MaxDepth = 1000

const (
	swarLow    = 0x0101010101010101
	swarHigh   = 0x8080808080808080
	swarQuote  = '"' * swarLow
	swarEscape = '\\' * swarLow
)

// StringStop returns the position of the first quote or backslash at or after
// i, or -1.
func StringStop(b []byte, i int) int {
	for ; i+8 <= len(b); i += 8 {
		w := binary.LittleEndian.Uint64(b[i:])
		q, s := w^swarQuote, w^swarEscape
		if m := ((q-swarLow)&^q | (s-swarLow)&^s) & swarHigh; m != 0 {
			return i + bits.TrailingZeros64(m)>>3
		}
	}
	for ; i < len(b); i++ {
		if b[i] == '"' || b[i] == '\\' {
			return i
		}
	}
	return -1
}

// SkipString takes the position after a string's opening quote and returns the
// position after its closing quote, or -1 if there is none.
func SkipString(b []byte, i int) int {
	for {
		i = StringStop(b, i)
		if i < 0 {
			return -1
		}
		if b[i] == '"' {
			return i + 1
		}
		i += 2
	}
}

// SkipSpace returns the position of the first byte at or after i that is not
// white space; it may be len(b).
func SkipSpace(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\t' || b[i] == '\r') {
		i++
	}
	return i
}

// At returns b[i], or 0 where b has no such byte.
func At(b []byte, i int) byte {
	if uint(i) < uint(len(b)) {
		return b[i]
	}
	return 0
}

// Kind is a set of the JSON kinds, as a value's first byte shows.
type Kind uint8

const (
	KindString Kind = 1 << iota
	KindNumber
	KindBool
	KindNull
	KindArray
	KindObject
)

var KindOf = func() (t [256]Kind) {
	t['"'], t['['], t['{'] = KindString, KindArray, KindObject
	t['t'], t['f'], t['n'], t['-'] = KindBool, KindBool, KindNull, KindNumber
	for c := '0'; c <= '9'; c++ {
		t[c] = KindNumber
	}
	return t
}()

// SkipValue returns the position after the value that begins at i, or -1 if it is
// incomplete or invalid.
func SkipValue(b []byte, i int) int {
	switch KindOf[At(b, i)] {
	case KindString:
		return SkipString(b, i+1)
	case KindNumber:
		for i++; numeric[At(b, i)]; i++ {
		}
		return i
	case KindBool, KindNull:
		return skipLiteral(b, i)
	case KindArray, KindObject:
		return skipNested(b, i)
	}
	return -1
}

// numeric is the set of bytes that occur in numbers.
var numeric = func() (t [256]bool) {
	for _, c := range "0123456789+-.eE" {
		t[c] = true
	}
	return t
}()

func skipLiteral(b []byte, i int) int {
	word := "null"
	switch b[i] {
	case 't':
		word = "true"
	case 'f':
		word = "false"
	}
	if n := i + len(word); n <= len(b) && string(b[i:n]) == word {
		return n
	}
	return -1
}

// skipNested skips an array or object that begins at i. It stores one bit for each open
// bracket: whether it is a brace.
func skipNested(b []byte, i int) int {
	var open [MaxDepth/64 + 1]uint64
	depth := 0
	for i < len(b) {
		switch c := b[i]; c {
		case '"':
			if i = SkipString(b, i+1); i < 0 {
				return -1
			}
			continue
		case '[', '{':
			if depth++; depth > MaxDepth {
				return -1
			}
			if w, bit := &open[depth>>6], uint64(1)<<(depth&63); c == '{' {
				*w |= bit
			} else {
				*w &^= bit
			}
		case ']', '}':
			if isObject := open[depth>>6]>>(depth&63)&1 == 1; isObject != (c == '}') {
				return -1
			}
			if depth--; depth == 0 {
				return i + 1
			}
		}
		i++
	}
	return -1
}

// Member scans the name and colon of a member at i, which is after the brace or comma.
// It returns the name's span within its quotes and the position of the value, which is
// -1 if the text is not a member.
func Member(b []byte, i int) (from, to, value int) {
	if At(b, i) != '"' {
		return 0, 0, -1
	}
	from = i + 1
	end := SkipString(b, from)
	if end < 0 {
		return 0, 0, -1
	}
	i = SkipSpace(b, end)
	if At(b, i) != ':' {
		return 0, 0, -1
	}
	return from, end - 1, SkipSpace(b, i+1)
}

// Next takes the position after a member or element and returns the position of the
// next one, or the position after the closing bracket and true. The position is -1 if
// neither a comma nor the bracket follows.
func Next(b []byte, i int, closing byte) (pos int, done bool) {
	i = SkipSpace(b, i)
	switch At(b, i) {
	case ',':
		return SkipSpace(b, i+1), false
	case closing:
		return i + 1, true
	}
	return -1, false
}

// First takes the position of an opening bracket and returns the position of the first
// member or element, or the position after the closing bracket and true.
func First(b []byte, i int, closing byte) (pos int, done bool) {
	i = SkipSpace(b, i+1)
	if At(b, i) == closing {
		return i + 1, true
	}
	return i, false
}

// Span is a range of the source's bytes. The zero Span means absent.
type Span struct{ From, To int }
