package ovsdb

import (
	"fmt"
	"iter"

	"github.com/ovnwalk/ovnwalk/internal/ovsdb/jsonscan"
)

// Row is one row of a table. It is small; pass it by value. Its accessors decode the
// source's text on each call, so keep values that are used often. They return the zero
// value for a column that the table lacks, for an empty optional value and for a value of
// another type.
//
// Strings, and bytes from Raw, may share memory with the source: they are valid until the
// Snapshot is closed.
type Row struct {
	t    *Table
	slot uint32
}

// UUID returns the row's UUID.
func (r Row) UUID() UUID { return r.t.slots.uuid(r.slot) }

// Number returns a number from which Table.At returns the row. Numbers are small, but may
// have gaps.
func (r Row) Number() uint32 { return r.slot }

// Table returns the table that the row is in.
func (r Row) Table() *Table { return r.t }

// Col returns a column of the row's table, or NoCol, whose values are defaults.
func (r Row) Col(name string) Col {
	c, _ := r.t.Col(name)
	return c
}

// Text returns a string by the name of its column, or "" if the table lacks the column.
func (r Row) Text(column string) string { return r.String(r.Col(column)) }

// Offset returns the offset of the row's text in the (decompressed) source, for messages.
func (r Row) Offset() int64 { return int64(r.t.slots.base(r.slot)) }

// text returns the source from the first byte of a column's value on, or nil if the value
// is the column's default.
func (r Row) text(c Col) []byte {
	if c < 0 || r.t == nil {
		return nil
	}
	cell := r.t.slots.row(r.slot)[rowHead+int(c)]
	return r.t.text(r.t.place(r.slot, cell))
}

// Raw returns a value's JSON as the source has it (RFC 7047, section 5.1), or nil if the
// source omits it because it is the column's default.
func (r Row) Raw(c Col) []byte {
	b := r.text(c)
	if b == nil {
		return nil
	}
	return b[:max(0, jsonscan.SkipValue(b, 0)):max(0, jsonscan.SkipValue(b, 0))]
}

// Has reports whether a set, map or optional scalar is not empty. It returns true for a
// scalar that is not optional.
func (r Row) Has(c Col) bool {
	b := r.text(c)
	if b == nil {
		typ := r.t.ColumnType(c)
		return typ != nil && typ.Min > 0
	}
	has := false
	if listOf(b, "map") >= 0 {
		eachPair(b, func(_, _ []byte) bool { has = true; return false })
	} else {
		eachAtom(b, func([]byte) bool { has = true; return false })
	}
	return has
}

// String returns a string.
func (r Row) String(c Col) string {
	b := r.text(c)
	if jsonscan.At(b, 0) == '[' {
		b = singleAtom(b)
	}
	s, _ := ParseString(b)
	return s
}

// Int returns an integer.
func (r Row) Int(c Col) int64 {
	b := r.text(c)
	if jsonscan.At(b, 0) == '[' {
		b = singleAtom(b)
	}
	if jsonscan.KindOf[jsonscan.At(b, 0)] != jsonscan.KindNumber {
		return 0
	}
	n, _ := ParseInt(b[:jsonscan.SkipValue(b, 0)])
	return n
}

// Bool returns a boolean.
func (r Row) Bool(c Col) bool {
	b := r.text(c)
	if jsonscan.At(b, 0) == '[' {
		b = singleAtom(b)
	}
	return jsonscan.At(b, 0) == 't'
}

// Ref returns the UUID of a reference, and whether it is set.
func (r Row) Ref(c Col) (UUID, bool) {
	b := r.text(c)
	if listOf(b, "set") >= 0 {
		b = singleAtom(b)
	}
	return ParseRef(b)
}

// Refs returns the UUIDs of a set of references in the order of the source, which sorts
// them.
func (r Row) Refs(c Col) []UUID {
	var refs []UUID
	if b := r.text(c); b != nil {
		eachAtom(b, func(atom []byte) bool {
			if u, ok := ParseRef(atom); ok {
				refs = append(refs, u)
			}
			return true
		})
	}
	return refs
}

// Strings returns a set of strings in the order of the source, which sorts them.
func (r Row) Strings(c Col) []string {
	var list []string
	if b := r.text(c); b != nil {
		eachAtom(b, func(atom []byte) bool {
			if s, ok := ParseString(atom); ok {
				list = append(list, s)
			}
			return true
		})
	}
	return list
}

// Map yields a map's keys and values in the order of the source, which sorts them by key.
// Atoms that are not strings are rendered as OVS prints them.
func (r Row) Map(c Col) iter.Seq2[string, string] {
	return func(yield func(key, value string) bool) {
		if b := r.text(c); b != nil {
			eachPair(b, func(key, value []byte) bool { return yield(atomText(key), atomText(value)) })
		}
	}
}

// MapGet returns the value of a key in a map.
func (r Row) MapGet(c Col, key string) (string, bool) {
	for k, v := range r.Map(c) {
		if k == key {
			return v, true
		}
	}
	return "", false
}

// atomText renders an atom: a string decoded, a reference as its UUID, any other atom as
// its JSON.
func atomText(atom []byte) string {
	switch jsonscan.KindOf[jsonscan.At(atom, 0)] {
	case jsonscan.KindString:
		s, _ := ParseString(atom)
		return s
	case jsonscan.KindArray:
		u, _ := ParseRef(atom)
		return u.String()
	default:
	}
	return share(atom)
}

// AppendJSON appends "UUID":{...} in the form of a transaction.
func (r Row) AppendJSON(dst []byte) []byte {
	dst = append(dst, '"')
	dst = r.UUID().Append(dst)
	dst = append(dst, `":{`...)
	n := 0
	for c, k := range r.t.cols {
		raw := r.Raw(Col(c))
		if raw == nil {
			continue
		}
		if n++; n > 1 {
			dst = append(dst, ',')
		}
		dst = append(dst, r.t.keys[k].quoted...)
		dst = append(dst, ':')
		dst = append(dst, raw...)
	}
	return append(dst, '}')
}

// Error returns an error about a row, with the source, the offset of the row, its table
// and UUID, and the text. It wraps err.
func (r Row) Error(err error, format string, args ...any) *Error {
	return &Error{File: r.t.file, Offset: r.Offset(), Table: r.t.name, UUID: r.UUID(), Text: fmt.Sprintf(format, args...), Err: err}
}
