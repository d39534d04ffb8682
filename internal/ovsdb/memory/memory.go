// Package memory provides memory for the bytes of databases: buffers that grow without
// being copied, mapped files, and views of pointer-free records as bytes. It also
// extends the heap in huge pages.
package memory

import (
	"errors"
	"io"
	"unsafe"
)

// Buffer collects the bytes of a source. Above mapFrom bytes it uses mapped memory, which
// grows in place or moves without being copied. If the system has no more memory, it
// returns an error and the process continues.
type Buffer struct {
	Data  []byte // what was read
	Limit int64  // maximum of len(Data)
	own   []byte // the mapped memory, or nil
}

// ErrLimit means that a database has more bytes than the limit.
const ErrLimit = TooBig("more than the limit on a database's size")

// errMemory means that the memory of the system, or the limit of the process, is exhausted.
const errMemory = TooBig("there is not enough memory for the database: unpack it first, or use a machine with more")

// firstRead is the number of bytes of the first read into an empty buffer.
const firstRead = 64 << 10

// NewBuffer returns a buffer. A correct hint of the size avoids growing it.
func NewBuffer(hint, limit int64) *Buffer {
	return &Buffer{Data: make([]byte, 0, min(max(hint+1, firstRead), limit+1, MapFrom)), Limit: limit}
}

// Fill reads once. It returns ErrLimit when the data exceeds the limit.
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

// grow makes room for more data.
func (b *Buffer) grow() error {
	had := int64(cap(b.Data))
	want := min(2*had, b.Limit+1)
	if had < MapFrom || !canGrow {
		b.Data = append(make([]byte, 0, want), b.Data...)
		return nil
	}
	for step := want - had; ; step /= 2 { // less if twice as much is not available
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

// Free releases the memory. The data must not be used afterwards.
func (b *Buffer) Free() error {
	own := b.own
	b.Data, b.own = nil, nil
	if own == nil {
		return nil
	}
	return unmapMemory(own)
}

// ReadAll reads r to its end, or to the limit. It returns the bytes before an error with
// it, but nothing if the error is ErrTooBig.
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

// ErrTooBig means that a source is larger than the limit.
var ErrTooBig = errors.New("too big")

// TooBig is an ErrTooBig with a text of its own.
type TooBig string

func (e TooBig) Error() string { return string(e) }

// Unwrap returns ErrTooBig.
func (TooBig) Unwrap() error { return ErrTooBig }

// MapFrom is the size from which a file is mapped instead of read: a mapped file takes
// memory only for the pages in use, but must not be truncated meanwhile.
const MapFrom = 16 << 20

// RecordBytes returns the memory of pointer-free records as bytes.
func RecordBytes[T any](r []T) []byte {
	if len(r) == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(&r[0])), len(r)*int(unsafe.Sizeof(r[0])))
}

// Records is the inverse of RecordBytes. It returns false if b is not a whole number of
// records or is not aligned.
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
