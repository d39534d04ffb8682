// Package memory holds the bytes of databases: buffers that grow without being
// copied, mapped files, and records without pointers as bytes. It also makes the heap
// larger in huge pages.
package memory

import (
	"errors"
	"io"
	"unsafe"
)

// Buffer collects what is read of a source. Beyond mapFrom it lies in memory of
// its own, which grows where it is, or moves without being copied: what it takes
// is what was read, and where the system has no more, that is an error and not
// the end of the process.
type Buffer struct {
	Data  []byte // what was read
	Limit int64  // on len(data)
	own   []byte // the memory of its own, or nil
}

// ErrLimit is the limit on a database's bytes, reached.
const ErrLimit = TooBig("more than the limit on a database's size")

// errMemory is the system's memory, or what a process may have of it, used up.
const errMemory = TooBig("there is not enough memory for the database: unpack it first, or use a machine with more")

// firstRead is how much is read at once into an empty buffer.
const firstRead = 64 << 10

// NewBuffer makes a buffer. A good hint of the size saves time.
func NewBuffer(hint, limit int64) *Buffer {
	return &Buffer{Data: make([]byte, 0, min(max(hint+1, firstRead), limit+1, MapFrom)), Limit: limit}
}

// Fill reads once. One byte past the limit is errLimit.
func (b *Buffer) Fill(r io.Reader) error {
	if len(b.Data) == cap(b.Data) {
		if err := b.grow(); err != nil {
			return err
		}
	}
	n, err := r.Read(b.Data[len(b.Data):cap(b.Data)])
	b.Data = b.Data[:len(b.Data)+n]
	if int64(len(b.Data)) > b.Limit {
		return ErrLimit
	}
	return err
}

// grow makes room for more.
func (b *Buffer) grow() error {
	had := int64(cap(b.Data))
	want := min(2*had, b.Limit+1)
	if had < MapFrom || !canGrow {
		b.Data = append(make([]byte, 0, want), b.Data...)
		return nil
	}
	for step := want - had; ; step /= 2 { // less where twice as much is not to be had
		memory, err := growMemory(b.own, had+step)
		if err == nil {
			if b.own == nil {
				copy(memory, b.Data)
			}
			b.own, b.Data = memory, memory[:len(b.Data)]
			return nil
		}
		if step < MapFrom {
			return errMemory
		}
	}
}

// Free gives the memory back. The data may not be used afterwards.
func (b *Buffer) Free() error {
	own := b.own
	b.Data, b.own = nil, nil
	if own == nil {
		return nil
	}
	return unmapMemory(own)
}

// ReadAll reads r to its end, or to the limit. What was read before an error is
// returned with it, but nothing where the error is errTooBig.
func ReadAll(r io.Reader, hint, limit int64) (*Buffer, error) {
	b := NewBuffer(hint, limit)
	for {
		switch err := b.Fill(r); {
		case err == nil:
		case errors.Is(err, io.EOF):
			return b, nil
		case errors.Is(err, ErrTooBig):
			return &Buffer{}, errors.Join(b.Free(), err)
		default:
			return b, err
		}
	}
}

// ErrTooBig means that a source is larger than the limit allows.
var ErrTooBig = errors.New("too big")

// TooBig is an errTooBig that says more.
type TooBig string

func (e TooBig) Error() string { return string(e) }

// Unwrap returns errTooBig.
func (TooBig) Unwrap() error { return ErrTooBig }

// MapFrom is the size from which a file is mapped rather than read: a mapped
// file costs memory only where it is looked at, but must not be cut short
// meanwhile.
const MapFrom = 16 << 20

// RecordBytes returns the memory of records without pointers, as bytes.
func RecordBytes[T any](r []T) []byte {
	if len(r) == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(&r[0])), len(r)*int(unsafe.Sizeof(r[0])))
}

// Records returns bytes that RecordBytes gave as records again. It is false
// where they are no whole number of records or do not lie as such must.
func Records[T any](b []byte) ([]T, bool) {
	var one T
	size := int(unsafe.Sizeof(one))
	if len(b) == 0 {
		return nil, true
	}
	if len(b)%size != 0 || uintptr(unsafe.Pointer(&b[0]))%unsafe.Alignof(one) != 0 {
		return nil, false
	}
	return unsafe.Slice((*T)(unsafe.Pointer(&b[0])), len(b)/size), true
}
