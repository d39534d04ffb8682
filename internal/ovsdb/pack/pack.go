// Package pack encodes sequences of numbers and strings, and decodes them without
// copying.
package pack

import "encoding/binary"

// Writer appends values.
type Writer struct{ Data []byte }

// Int appends a number.
func (w *Writer) Int(v int64) { w.Data = binary.AppendVarint(w.Data, v) }

// Bool appends a boolean.
func (w *Writer) Bool(v bool) {
	if v {
		w.Int(1)
	} else {
		w.Int(0)
	}
}

// String appends a string.
func (w *Writer) String(s string) {
	w.Int(int64(len(s)))
	w.Data = append(w.Data, s...)
}

// Reader decodes the data of a Writer, in the same order. Its strings share its memory.
type Reader struct {
	data string
	bad  bool
}

// NewReader returns a reader of data.
func NewReader(data string) *Reader { return &Reader{data: data} }

// Bad reports whether the data did not match what was read.
func (r *Reader) Bad() bool { return r.bad }

// Rest returns the number of bytes that were not read.
func (r *Reader) Rest() int { return len(r.data) }

// Int reads a number. It returns 0 if the data is invalid.
func (r *Reader) Int() int64 {
	var v uint64
	for i := 0; i < len(r.data) && i < binary.MaxVarintLen64; i++ {
		c := r.data[i]
		v |= uint64(c&0x7f) << (7 * i)
		if c < 0x80 {
			r.data = r.data[i+1:]
			return int64(v>>1) ^ -int64(v&1)
		}
	}
	r.data, r.bad = "", true
	return 0
}

// Bool reads a boolean.
func (r *Reader) Bool() bool { return r.Int() != 0 }

// String reads a string.
func (r *Reader) String() string {
	n := r.Int()
	if n < 0 || n > int64(len(r.data)) {
		r.data, r.bad = "", true
		return ""
	}
	s := r.data[:n]
	r.data = r.data[n:]
	return s
}

// Count reads the length of a list whose elements take at least one byte each.
func (r *Reader) Count() int {
	n := r.Int()
	if n < 0 || n > int64(len(r.data)) {
		r.data, r.bad = "", true
		return 0
	}
	return int(n)
}
