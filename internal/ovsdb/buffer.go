package ovsdb

import (
	"errors"
	"io"
)

// buffer collects what is read of a source. Beyond mapFrom it lies in memory of
// its own, which grows where it is, or moves without being copied: what it takes
// is what was read, and where the system has no more, that is an error and not
// the end of the process.
type buffer struct {
	data  []byte // what was read
	limit int64  // on len(data)
	own   []byte // the memory of its own, or nil
}

// errLimit is the limit on a database's bytes, reached.
const errLimit = tooBig("more than the limit on a database's size")

// errMemory is the system's memory, or what a process may have of it, used up.
const errMemory = tooBig("there is not enough memory for the database: unpack it first, or use a machine with more")

// firstRead is how much is read at once into an empty buffer.
const firstRead = 64 << 10

// newBuffer makes a buffer. A good hint of the size saves time.
func newBuffer(hint, limit int64) *buffer {
	return &buffer{data: make([]byte, 0, min(max(hint+1, firstRead), limit+1, mapFrom)), limit: limit}
}

// fill reads once. One byte past the limit is errLimit.
func (b *buffer) fill(r io.Reader) error {
	if len(b.data) == cap(b.data) {
		if err := b.grow(); err != nil {
			return err
		}
	}
	n, err := r.Read(b.data[len(b.data):cap(b.data)])
	b.data = b.data[:len(b.data)+n]
	if int64(len(b.data)) > b.limit {
		return errLimit
	}
	return err
}

// grow makes room for more.
func (b *buffer) grow() error {
	had := int64(cap(b.data))
	want := min(2*had, b.limit+1)
	if had < mapFrom || !canGrow {
		b.data = append(make([]byte, 0, want), b.data...)
		return nil
	}
	for step := want - had; ; step /= 2 { // less where twice as much is not to be had
		memory, err := growMemory(b.own, had+step)
		if err == nil {
			if b.own == nil {
				copy(memory, b.data)
			}
			b.own, b.data = memory, memory[:len(b.data)]
			return nil
		}
		if step < mapFrom {
			return errMemory
		}
	}
}

// free gives the memory back. The data may not be used afterwards.
func (b *buffer) free() error {
	own := b.own
	b.data, b.own = nil, nil
	if own == nil {
		return nil
	}
	return unmapMemory(own)
}

// source makes a source of what was read, which gives the memory back when it is
// closed.
func (b *buffer) source() *source { return &source{data: b.data, memory: b} }

// readAll reads r to its end, or to the limit. What was read before an error is
// returned with it, but nothing where the error is ErrTooBig.
func readAll(r io.Reader, hint, limit int64) (*buffer, error) {
	b := newBuffer(hint, limit)
	for {
		switch err := b.fill(r); {
		case err == nil:
		case errors.Is(err, io.EOF):
			return b, nil
		case errors.Is(err, ErrTooBig):
			return &buffer{}, errors.Join(b.free(), err)
		default:
			return b, err
		}
	}
}
