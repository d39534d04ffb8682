// Package gzip reads gzip streams (RFC 1952), and records points from which
// decompression can resume.
package gzip

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"slices"
)

// ErrCorrupt means that the input is not a gzip stream, or a damaged one.
var ErrCorrupt = errors.New("the gzip stream is damaged")

func corrupt(what string) error { return fmt.Errorf("%w: %s", ErrCorrupt, what) }

// Reader decompresses a stream. Concatenated streams are read as one.
type Reader struct {
	d       decoder
	sum     uint32
	size    uint32 // output of the current stream, modulo 1<<32
	resumed bool   // decompression began within a stream, whose checksum cannot be verified
	err     error
	from    int // d.out before it was returned

	points  []Point
	spacing int64
}

// Point is a position between two blocks of a stream from which decompression can
// resume.
type Point struct {
	Out    int64  // bytes of output before it
	Bits   int64  // offset of the block in the compressed stream, in bits
	Window []byte // the last bytes of output, which the block may refer to
}

// Bounds on the points of a stream.
const (
	MinSpacing = 1 << 20 // bytes of output between two points, at least
	maxPoints  = 512
)

// NewReader returns a Reader of a stream.
func NewReader(r io.Reader) (*Reader, error) {
	z := &Reader{spacing: MinSpacing}
	z.d.init(r)
	if err := z.header(); err != nil {
		return nil, err
	}
	return z, nil
}

// Resume returns a Reader of the output after a point. r begins at the byte p.Bits/8 of
// the stream.
func Resume(r io.Reader, p Point) (*Reader, error) {
	z := &Reader{resumed: true}
	z.d.init(r)
	z.d.restart(p.Window)
	z.from = z.d.pos
	if err := z.d.need(1); err != nil {
		return nil, err
	}
	z.d.drop(uint(p.Bits % 8))
	return z, nil
}

// Points returns the points of the input that was read, in order.
func (z *Reader) Points() []Point { return z.points }

// Before returns the last point with at most out bytes of output before it.
func (z *Reader) Before(out int64) (p Point, ok bool) {
	i, found := slices.BinarySearchFunc(z.points, out, func(p Point, out int64) int { return cmp.Compare(p.Out, out) })
	if !found {
		i--
	}
	if i < 0 {
		return Point{}, false
	}
	return z.points[i], true
}

// Read implements io.Reader.
func (z *Reader) Read(p []byte) (int, error) {
	for z.from == z.d.pos {
		if z.err != nil {
			return 0, z.err
		}
		z.err = z.fill()
	}
	n := copy(p, z.d.out[z.from:z.d.pos])
	z.from += n
	return n, nil
}

// WriteTo implements io.WriterTo.
func (z *Reader) WriteTo(w io.Writer) (total int64, err error) {
	for {
		for z.from == z.d.pos {
			if z.err != nil {
				if errors.Is(z.err, io.EOF) {
					return total, nil
				}
				return total, z.err
			}
			z.err = z.fill()
		}
		n, err := w.Write(z.d.out[z.from:z.d.pos])
		z.from += n
		if total += int64(n); err != nil {
			return total, err
		}
	}
}

// fill decompresses more input.
func (z *Reader) fill() error {
	z.d.slide()
	z.from = z.d.pos
	for z.d.pos == z.from {
		if z.d.state == atBlock {
			z.point()
		}
		if z.d.state == atEnd {
			if err := z.trailer(); err != nil {
				return err
			}
			continue
		}
		err := z.d.run()
		z.sum = crc32.Update(z.sum, crc32.IEEETable, z.d.out[z.from:z.d.pos])
		z.size += uint32(z.d.pos - z.from)
		if err != nil {
			return err
		}
	}
	return nil
}

// point records a point if the last one is far enough away.
func (z *Reader) point() {
	if z.spacing == 0 || len(z.points) > 0 && z.d.total()-z.points[len(z.points)-1].Out < z.spacing {
		return
	}
	if len(z.points) == maxPoints {
		kept := z.points[:0]
		for i := 0; i < maxPoints; i += 2 {
			kept = append(kept, z.points[i])
		}
		clear(z.points[len(kept):])
		z.points = kept
		z.spacing *= 2
	}
	window := z.d.out[max(0, z.d.pos-windowSize):z.d.pos]
	z.points = append(z.points, Point{Out: z.d.total(), Bits: z.d.bitsRead(), Window: append([]byte(nil), window...)})
}

// Flags of a header.
const (
	flagHeaderSum = 1 << 1
	flagExtra     = 1 << 2
	flagName      = 1 << 3
	flagComment   = 1 << 4
)

// header reads the header of a stream. It returns io.EOF if the input has ended.
func (z *Reader) header() error {
	d := &z.d
	if n, err := d.available(); n == 0 {
		return err
	}
	var head [10]byte
	if err := d.bytes(head[:]); err != nil {
		return err
	}
	if head[0] != 0x1f || head[1] != 0x8b || head[2] != 8 {
		return corrupt("no header where one should be")
	}
	flags := head[3]
	if flags&flagExtra != 0 {
		var size [2]byte
		if err := d.bytes(size[:]); err != nil {
			return err
		}
		if err := d.bytes(make([]byte, binary.LittleEndian.Uint16(size[:]))); err != nil {
			return err
		}
	}
	for _, flag := range []byte{flagName, flagComment} {
		for c := []byte{1}; flags&flag != 0 && c[0] != 0; {
			if err := d.bytes(c); err != nil {
				return err
			}
		}
	}
	if flags&flagHeaderSum != 0 {
		if err := d.bytes(make([]byte, 2)); err != nil {
			return err
		}
	}
	d.state, z.sum, z.size = atBlock, 0, 0
	d.forget()
	return nil
}

// trailer verifies the end of a stream and begins the next one.
func (z *Reader) trailer() error {
	var tail [8]byte
	if err := z.d.bytes(tail[:]); err != nil {
		return err
	}
	if sum, size := binary.LittleEndian.Uint32(tail[:4]), binary.LittleEndian.Uint32(tail[4:]); !z.resumed && (sum != z.sum || size != z.size) {
		return corrupt("its checksum is another one")
	}
	z.resumed = false
	return z.header()
}
