package ovsdb

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
)

// Bounds on compressed content. A database compresses by a factor of 5 to 50, a
// run of zeros in gzip by 1,030; nothing honest comes near maxCompressionRatio.
const (
	maxNesting          = 4         // layers of compression and archives
	minBombSize         = 256 << 20 // bytes from which the ratio is looked at
	maxCompressionRatio = 500
	maxWindow           = 256 << 20 // memory that a decompressor may ask for
)

// errLayers is the error for content within too many layers.
var errLayers = tooBig(fmt.Sprintf("more than %d layers of compression and archives; unpack it first", maxNesting))

// unpacked wraps a compressed stream in its decompressor. The caller closes it.
func unpacked(kind content, r *bufio.Reader, in *counter) (io.ReadCloser, error) {
	switch kind {
	case contentGzip:
		z, err := gzip.NewReader(r)
		if err != nil {
			return nil, err
		}
		return &decompressor{r: z, in: in, base: in.n, close: func() { z.Close() }}, nil
	case contentZstd:
		z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxWindow), zstd.WithDecoderMaxWindow(maxWindow))
		if err != nil {
			return nil, err
		}
		return &decompressor{r: z, in: in, base: in.n, close: z.Close}, nil
	case contentXz:
		if err := checkXz(r); err != nil {
			return nil, err
		}
		z, err := xz.NewReader(r)
		if err != nil {
			return nil, err
		}
		return &decompressor{r: z, in: in, base: in.n, close: func() {}}, nil
	default:
	}
	return nil, fmt.Errorf("no compressed content")
}

// checkXz looks at the dictionary that the first block's header asks for.
func checkXz(r *bufio.Reader) error {
	b, err := r.Peek(12 + 32)
	if err != nil {
		return nil // too short for a block; the decompressor says what is wrong
	}
	b = b[12:]
	i := 2
	for _, flag := range []byte{0x40, 0x80} { // the block's sizes, where given
		if b[1]&flag != 0 {
			_, n := binary.Uvarint(b[i:])
			if n <= 0 {
				return nil
			}
			i += n
		}
	}
	if i+3 > len(b) || b[i] != 0x21 || b[i+1] != 1 {
		return nil
	}
	d := b[i+2] & 0x3f
	if size := uint64(2|d&1) << (d/2 + 11); d > 39 || size > maxWindow {
		return tooBig(fmt.Sprintf("xz: the file asks for a dictionary of %d bytes, the limit is %d", size, maxWindow))
	}
	return nil
}

// decompressor counts what a decompressor makes of what it was given and stops a
// bomb.
type decompressor struct {
	r     io.Reader
	in    *counter
	base  int64 // what had been read before
	out   int64
	close func()
}

func (z *decompressor) Read(p []byte) (int, error) {
	n, err := z.r.Read(p)
	z.out += int64(n)
	if in := z.in.n - z.base; z.out > minBombSize && z.out/maxCompressionRatio > in {
		return n, tooBig(fmt.Sprintf("%d bytes come out of %d compressed ones, which no database does; unpack it first if it is one", z.out, in))
	}
	return n, err
}

func (z *decompressor) Close() error { z.close(); return nil }

// counter counts what is read from a source, tells progress and ends when the
// context does.
type counter struct {
	ctx      context.Context
	r        io.Reader
	o        *Options
	n        int64
	total    int64
	reported int64
}

func (c *counter) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := c.r.Read(p)
	c.n += int64(n)
	if c.o.Progress != nil && c.n-c.reported >= pollStep/4 {
		c.reported = c.n
		c.o.Progress(c.n, c.total)
	}
	return n, err
}
