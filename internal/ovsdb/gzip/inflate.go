package gzip

import (
	"encoding/binary"
	"errors"
	"io"
)

// windowSize is the maximum distance that a block may refer back (RFC 1951).
const windowSize = 32 << 10

// Sizes of the decoder's buffers.
const (
	inSize  = 64 << 10
	outSize = windowSize + 256<<10
	outRoom = 258 + 32 // maximum output of one step, including bytes written beyond it
	padding = 32       // readable bytes behind the input
)

// state is the state of a decoder.
type state uint8

const (
	atBlock   state = iota // before the header of a block
	inStored               // within a block that is not compressed
	inHuffman              // within a compressed block
	atEnd                  // after the last block
)

// decoder decompresses a stream (RFC 1951).
type decoder struct {
	r   io.Reader
	err error // of r

	in     []byte // with padding behind end
	at     int    // position in it: bytes before are in bits
	end    int
	before int64 // bytes of the stream before in
	bits   uint64
	n      uint // number of bits of the stream in bits, at least

	out   []byte
	pos   int
	since int   // offset in out at which the current stream begins, or less than a window before pos
	moved int64 // bytes of output before out[0]

	state  state
	last   bool // the block is the last one
	stored int  // bytes left in a stored block
	lit    litTable
	dist   distTable
}

func (d *decoder) init(r io.Reader) {
	d.r = r
	d.in = make([]byte, inSize+padding)
	d.out = make([]byte, outSize+outRoom)
}

// restart sets the output that precedes the next block.
func (d *decoder) restart(window []byte) { d.pos = copy(d.out, window) }

// forget makes the output so far unavailable to later blocks.
func (d *decoder) forget() { d.since = d.pos }

// total returns the number of bytes of output.
func (d *decoder) total() int64 { return d.moved + int64(d.pos) }

// bitsRead returns the number of bits that were used.
func (d *decoder) bitsRead() int64 { return (d.before+int64(d.at))*8 - int64(d.n) }

// slide makes room for output.
func (d *decoder) slide() {
	if d.pos < outSize {
		return
	}
	by := d.pos - windowSize
	copy(d.out, d.out[by:d.pos])
	d.pos -= by
	d.moved += int64(by)
	d.since = max(0, d.since-by)
}

// more reads input. It may discard bytes that are in bits already.
func (d *decoder) more() {
	if d.err != nil {
		return
	}
	d.end = copy(d.in, d.in[d.at:d.end])
	d.before += int64(d.at)
	d.at = 0
	for empty := 0; d.end < inSize; {
		n, err := d.r.Read(d.in[d.end:inSize])
		d.end += n
		if empty++; n > 0 {
			empty = 0
		}
		if err == nil && empty > 100 {
			err = io.ErrNoProgress
		}
		if d.err = err; err != nil || n > 0 && d.end >= inSize/2 {
			break
		}
	}
	clear(d.in[d.end : d.end+padding])
}

// available returns the number of bytes of input, or the error if there are none.
func (d *decoder) available() (int, error) {
	d.giveBack()
	if d.at == d.end {
		d.more()
	}
	if d.at == d.end {
		return 0, d.err
	}
	return d.end - d.at, nil
}

// giveBack discards the rest of the current byte, and returns whole bytes from bits to
// the input.
func (d *decoder) giveBack() {
	d.at -= int(d.n / 8)
	d.bits, d.n = 0, 0
}

// bytes reads whole bytes of input.
func (d *decoder) bytes(p []byte) error {
	for len(p) > 0 {
		if _, err := d.available(); err != nil {
			return unexpected(err)
		}
		n := copy(p, d.in[d.at:d.end])
		d.at += n
		p = p[n:]
	}
	return nil
}

func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// need makes at least n bits, up to 56, available in bits.
func (d *decoder) need(n uint) error {
	if d.n >= n {
		return nil
	}
	if d.end-d.at < 8 {
		d.more()
	}
	for d.n < n {
		if d.at >= d.end {
			return unexpected(d.err)
		}
		d.bits |= uint64(d.in[d.at]) << d.n
		d.n += 8
		d.at++
	}
	return nil
}

// drop discards n bits.
func (d *decoder) drop(n uint) {
	d.bits >>= n
	d.n -= n
}

// take returns the next n bits, up to 16.
func (d *decoder) take(n uint) (int, error) {
	if err := d.need(n); err != nil {
		return 0, err
	}
	v := int(d.bits & (1<<n - 1))
	d.drop(n)
	return v, nil
}

// run decompresses until output is available and room for more may be exhausted, or to
// the end of a block.
func (d *decoder) run() error {
	switch d.state {
	case atBlock:
		return d.block()
	case inStored:
		return d.copyStored()
	case inHuffman:
		return d.huffman()
	case atEnd:
	}
	return nil
}

// endBlock continues after a block.
func (d *decoder) endBlock() {
	if d.state = atBlock; d.last {
		d.state = atEnd
		d.giveBack()
	}
}

// block reads the header of a block.
func (d *decoder) block() error {
	head, err := d.take(3)
	if err != nil {
		return err
	}
	d.last = head&1 == 1
	switch head >> 1 {
	case 0:
		d.giveBack()
		var size [4]byte
		if err := d.bytes(size[:]); err != nil {
			return err
		}
		n, inverse := binary.LittleEndian.Uint16(size[:2]), binary.LittleEndian.Uint16(size[2:])
		if n != ^inverse {
			return corrupt("the size of a block contradicts itself")
		}
		d.stored, d.state = int(n), inStored
	case 1:
		d.lit, d.dist = fixedLit, fixedDist
		d.state = inHuffman
	case 2:
		if err := d.tables(); err != nil {
			return err
		}
		d.state = inHuffman
	default:
		return corrupt("a block of a kind that does not exist")
	}
	return nil
}

// copyStored copies a stored block.
func (d *decoder) copyStored() error {
	if d.stored > 0 {
		if _, err := d.available(); err != nil {
			return unexpected(err)
		}
		n := copy(d.out[d.pos:outSize], d.in[d.at:min(d.end, d.at+d.stored)])
		d.at, d.pos, d.stored = d.at+n, d.pos+n, d.stored-n
	}
	if d.stored == 0 {
		d.endBlock()
	}
	return nil
}

// huffman decompresses until the end of the block, or until output has no room.
func (d *decoder) huffman() error {
	for {
		limit := d.end - 16 // a step reads eight bytes twice
		if d.err != nil && limit < d.at {
			limit = d.at // one step at a time, with zeros after the input
		}
		before := d.pos
		done, err := d.symbols(limit)
		over := d.at*8-int(d.n) > d.end*8
		d.unread()
		switch {
		case over:
			d.pos = before
			return unexpected(d.err)
		case err != nil:
			return err
		case done:
			d.endBlock()
			return nil
		case d.pos >= outSize:
			return nil
		}
		if d.err == nil {
			d.more()
		}
	}
}

// unread returns whole bytes from bits to the input.
func (d *decoder) unread() {
	k := d.n / 8
	d.at -= int(k)
	d.n -= 8 * k
	d.bits &= 1<<d.n - 1
}

var errDistance = corrupt("it refers to before its beginning")

// symbols decompresses until the input reaches limit, or output has no room. It reports
// whether the block ended.
func (d *decoder) symbols(limit int) (done bool, err error) {
	in, at, bits, n := d.in, d.at, d.bits, d.n
	out, pos := d.out, d.pos
	lit, dist := &d.lit, &d.dist
	for at <= limit && pos < outSize {
		bits |= binary.LittleEndian.Uint64(in[at:]) << n
		at += int((63 - n) >> 3)
		n |= 56

		e := lit[bits&(1<<litBits-1)]
		if e&isLiteral != 0 { // two literals take at most 22 bits
			bits >>= e & bitsMask
			n -= uint(e & bitsMask)
			out[pos] = byte(e >> valueShift)
			pos++
			if e = lit[bits&(1<<litBits-1)]; e&isLiteral != 0 {
				bits >>= e & bitsMask
				n -= uint(e & bitsMask)
				out[pos] = byte(e >> valueShift)
				pos++
				continue
			}
			bits |= binary.LittleEndian.Uint64(in[at:]) << n
			at += int((63 - n) >> 3)
			n |= 56
		}
		if e&isLink != 0 {
			e = lit[int(e>>valueShift)+int(bits>>litBits&(1<<subBits-1))]
		}
		bits >>= e & bitsMask
		n -= uint(e & bitsMask)
		if e&(isLiteral|isEnd|isBad) != 0 {
			if e&isLiteral != 0 {
				out[pos] = byte(e >> valueShift)
				pos++
				continue
			}
			if err = nil; e&isBad != 0 {
				err = corrupt("a code that does not exist")
			}
			d.at, d.bits, d.n, d.pos = at, bits, n, pos
			return true, err
		}
		extra := e >> extraShift & extraMask
		length := int(e>>valueShift) + int(bits&(1<<extra-1))
		bits >>= extra
		n -= uint(extra)

		f := dist[bits&(1<<distBits-1)]
		if f&isLink != 0 {
			f = dist[int(f>>valueShift)+int(bits>>distBits&(1<<distSubBits-1))]
		}
		bits >>= f & bitsMask
		n -= uint(f & bitsMask)
		extra = f >> extraShift & extraMask
		back := int(f>>valueShift) + int(bits&(1<<extra-1))
		bits >>= extra
		n -= uint(extra)
		if f&isBad != 0 || back > pos-d.since {
			d.at, d.bits, d.n, d.pos = at, bits, n, pos
			return false, errDistance
		}
		from := pos - back
		if back >= 8 {
			for k := 0; k < length; k += 8 {
				binary.LittleEndian.PutUint64(out[pos+k:], binary.LittleEndian.Uint64(out[from+k:]))
			}
		} else {
			for k := range length {
				out[pos+k] = out[from+k]
			}
		}
		pos += length
	}
	d.at, d.bits, d.n, d.pos = at, bits, n, pos
	return false, nil
}
