package ovsdb

import (
	"encoding/binary"
	"math/bits"
)

// The scanner below walks JSON in place and answers with positions. It is
// strict about strings, brackets and the commas of rows, and lenient about
// what it merely steps over: a record's SHA-1 has already spoken for that.

// maxDepth bounds the nesting of a value, as ovsdb-server bounds it.
const maxDepth = 1000

const (
	swarLow    = 0x0101010101010101
	swarHigh   = 0x8080808080808080
	swarQuote  = '"' * swarLow
	swarEscape = '\\' * swarLow
)

// stringStop returns the position of the first quote or backslash at or after
// i, or -1.
func stringStop(b []byte, i int) int {
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

// skipString takes the position after a string's opening quote and returns the
// position after its closing quote, or -1 where the string has no end.
func skipString(b []byte, i int) int {
	for {
		i = stringStop(b, i)
		if i < 0 {
			return -1
		}
		if b[i] == '"' {
			return i + 1
		}
		i += 2
	}
}

// skipSpace returns the position of the first byte at or after i that is not
// white space; it may be len(b).
func skipSpace(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\t' || b[i] == '\r') {
		i++
	}
	return i
}

// at returns b[i], or 0 where b has no such byte.
func at(b []byte, i int) byte {
	if uint(i) < uint(len(b)) {
		return b[i]
	}
	return 0
}

// kind is a set of the JSON kinds, told by a value's first byte.
type kind uint8

const (
	kindString kind = 1 << iota
	kindNumber
	kindBool
	kindNull
	kindArray
	kindObject
)

var kindOf = func() (t [256]kind) {
	t['"'], t['['], t['{'] = kindString, kindArray, kindObject
	t['t'], t['f'], t['n'], t['-'] = kindBool, kindBool, kindNull, kindNumber
	for c := '0'; c <= '9'; c++ {
		t[c] = kindNumber
	}
	return t
}()

// skipValue returns the position after the value that begins at i, or -1 where
// there is none that ends.
func skipValue(b []byte, i int) int {
	switch kindOf[at(b, i)] {
	case kindString:
		return skipString(b, i+1)
	case kindNumber:
		for i++; numeric[at(b, i)]; i++ {
		}
		return i
	case kindBool, kindNull:
		return skipLiteral(b, i)
	case kindArray, kindObject:
		return skipNested(b, i)
	}
	return -1
}

// numeric holds the bytes that a number's text is made of.
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

// skipNested steps over an array or object that begins at i. One bit for each
// open bracket remembers its shape.
func skipNested(b []byte, i int) int {
	var open [maxDepth/64 + 1]uint64
	depth := 0
	for i < len(b) {
		switch c := b[i]; c {
		case '"':
			if i = skipString(b, i+1); i < 0 {
				return -1
			}
			continue
		case '[', '{':
			if depth++; depth > maxDepth {
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

// member reads one member's name and colon at i, which is past the brace or the
// comma. It returns the name's span within its quotes and the position of the
// value; value is -1 where the text is something else.
func member(b []byte, i int) (from, to, value int) {
	if at(b, i) != '"' {
		return 0, 0, -1
	}
	from = i + 1
	end := skipString(b, from)
	if end < 0 {
		return 0, 0, -1
	}
	i = skipSpace(b, end)
	if at(b, i) != ':' {
		return 0, 0, -1
	}
	return from, end - 1, skipSpace(b, i+1)
}

// next takes the position after a member or element and returns the position
// of the one that follows, or the position after the closing bracket and done.
// The position is -1 where neither a comma nor the bracket follows.
func next(b []byte, i int, closing byte) (pos int, done bool) {
	i = skipSpace(b, i)
	switch at(b, i) {
	case ',':
		return skipSpace(b, i+1), false
	case closing:
		return i + 1, true
	}
	return -1, false
}

// first takes the position of an opening bracket and returns the position of
// the first member or element, or the position after the closing bracket and
// done.
func first(b []byte, i int, closing byte) (pos int, done bool) {
	i = skipSpace(b, i+1)
	if at(b, i) == closing {
		return i + 1, true
	}
	return i, false
}

// eachMember calls yield with the name and the place of each member of the
// object at i, and returns the position after the object. Names with escapes
// appear as they are written.
func eachMember(b []byte, i int, yield func(name string, v span) *recordError) (int, *recordError) {
	i = skipSpace(b, i)
	if at(b, i) != '{' {
		return i, recordErrorf(i, "no JSON object")
	}
	i, done := first(b, i, '}')
	for !done {
		from, to, value := member(b, i)
		if value < 0 {
			return i, recordErrorf(i, "not valid JSON")
		}
		end := skipValue(b, value)
		if end < 0 {
			return value, recordErrorf(value, "not valid JSON")
		}
		if f := yield(string(b[from:to]), span{value, end}); f != nil {
			return value, f
		}
		if i, done = next(b, end, '}'); i < 0 {
			return end, recordErrorf(end, "not valid JSON")
		}
	}
	return i, nil
}
