package ovsdb

import (
	"errors"
	"strconv"
	"unicode/utf8"
	"unsafe"

	"github.com/ovnwalk/ovnwalk/internal/jsonstring"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/jsonscan"
)

// eachAtom calls yield with the text of each atom of the value at the start of
// b: a set ["set",[...]] or a single atom. It reports whether the value has that
// form. It stops when yield returns false, and returns true.
func eachAtom(b []byte, yield func(atom []byte) bool) bool {
	list := listOf(b, "set")
	if list < 0 {
		end := jsonscan.SkipValue(b, 0)
		if end < 0 {
			return false
		}
		yield(b[:end])
		return true
	}
	i, done := jsonscan.First(b, list, ']')
	for !done {
		end := jsonscan.SkipValue(b, i)
		if end < 0 {
			return false
		}
		if !yield(b[i:end]) {
			return true
		}
		if i, done = jsonscan.Next(b, end, ']'); i < 0 {
			return false
		}
	}
	return true
}

// eachPair calls yield with the texts of each key and value of the map
// ["map",[[k,v],...]] at the start of b, as eachAtom does.
func eachPair(b []byte, yield func(key, value []byte) bool) bool {
	list := listOf(b, "map")
	if list < 0 {
		return false
	}
	i, done := jsonscan.First(b, list, ']')
	for !done {
		if jsonscan.At(b, i) != '[' {
			return false
		}
		k := jsonscan.SkipSpace(b, i+1)
		kEnd := jsonscan.SkipValue(b, k)
		if kEnd < 0 {
			return false
		}
		v, over := jsonscan.Next(b, kEnd, ']')
		if v < 0 || over {
			return false
		}
		vEnd := jsonscan.SkipValue(b, v)
		if vEnd < 0 {
			return false
		}
		end, over := jsonscan.Next(b, vEnd, ']')
		if end < 0 || !over {
			return false
		}
		if !yield(b[k:kEnd], b[v:vEnd]) {
			return true
		}
		if i, done = jsonscan.Next(b, end, ']'); i < 0 {
			return false
		}
	}
	return true
}

// listOf returns the position of the list in an array ["WORD", [...]] at the start of
// b, or -1 if b does not begin with one.
func listOf(b []byte, word string) int {
	if jsonscan.At(b, 0) != '[' {
		return -1
	}
	i := jsonscan.SkipSpace(b, 1)
	if jsonscan.At(b, i) != '"' || len(b)-i < len(word)+2 || string(b[i+1:i+1+len(word)]) != word || b[i+1+len(word)] != '"' {
		return -1
	}
	i, done := jsonscan.Next(b, i+len(word)+2, ']')
	if i < 0 || done || jsonscan.At(b, i) != '[' {
		return -1
	}
	return i
}

// singleAtom returns the text of the one atom of a scalar or optional scalar, or nil
// for an empty set.
func singleAtom(b []byte) []byte {
	var atom []byte
	n := 0
	ok := eachAtom(b, func(a []byte) bool { atom = a; n++; return n < 2 })
	if !ok || n != 1 {
		return nil
	}
	return atom
}

// ParseString decodes a JSON string. A string without escapes shares b's memory.
func ParseString(b []byte) (string, bool) {
	if jsonscan.At(b, 0) != '"' {
		return "", false
	}
	i := jsonscan.StringStop(b, 1)
	if i < 0 {
		return "", false
	}
	if b[i] == '"' {
		return share(b[1:i]), true
	}
	end := jsonscan.SkipString(b, 1)
	if end < 0 {
		return "", false
	}
	buf := make([]byte, 0, end-2)
	return share(appendUnescaped(buf, b[1:end-1])), true
}

// share returns bytes that are no longer changed as a string, without copying them.
func share(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// appendUnescaped appends the text of a JSON string, given without its quotes.
// Invalid escapes (RFC 8259) become U+FFFD.
func appendUnescaped(dst, b []byte) []byte {
	for i := 0; i < len(b); {
		n := jsonscan.StringStop(b, i)
		if n < 0 {
			return append(dst, b[i:]...)
		}
		dst = append(dst, b[i:n]...)
		if b[n] == '"' {
			dst = append(dst, '"')
			i = n + 1
			continue
		}
		r, used, err := jsonstring.Escape(b[n+1:])
		if err != nil && !errors.Is(err, jsonstring.ErrNull) {
			r = utf8.RuneError
		}
		dst = utf8.AppendRune(dst, r)
		i = n + 1 + used
	}
	return dst
}

// ParseInt parses a JSON number that is an integer, in any notation.
func ParseInt(b []byte) (int64, bool) {
	if len(b) == 0 {
		return 0, false
	}
	i, neg := 0, b[0] == '-'
	if neg {
		i = 1
	}
	if len(b)-i > 18 || i == len(b) {
		n, err := strconv.ParseInt(string(b), 10, 64)
		return n, err == nil
	}
	var n int64
	for ; i < len(b); i++ {
		c := b[i] - '0'
		if c > 9 {
			return parseWholeFloat(b)
		}
		n = 10*n + int64(c)
	}
	if neg {
		n = -n
	}
	return n, true
}

func parseWholeFloat(b []byte) (int64, bool) {
	f, err := strconv.ParseFloat(string(b), 64)
	n := int64(f)
	return n, err == nil && float64(n) == f
}

// ParseRef parses ["uuid","..."].
func ParseRef(b []byte) (UUID, bool) {
	const lead = `["uuid","`
	if len(b) >= len(lead)+uuidLen && string(b[:len(lead)]) == lead {
		return UUIDOf(b[len(lead) : len(lead)+uuidLen])
	}
	if jsonscan.At(b, 0) != '[' {
		return UUID{}, false
	}
	i := jsonscan.SkipSpace(b, 1)
	end := jsonscan.SkipValue(b, i)
	if end < 0 || string(b[i:end]) != `"uuid"` {
		return UUID{}, false
	}
	i, done := jsonscan.Next(b, end, ']')
	if i < 0 || done {
		return UUID{}, false
	}
	s, ok := ParseString(b[i:])
	if !ok {
		return UUID{}, false
	}
	return UUIDOf(s)
}
