package archive

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"

	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/gzip"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/memory"
)

// Bounds on compressed content. A database compresses by a factor of 5 to 50, a
// run of zeros in gzip by 1,030.
const (
	maxNesting          = 6         // layers of compression and archives
	minBombSize         = 256 << 20 // bytes of output from which the ratio is checked
	maxCompressionRatio = 500
	maxWindow           = 256 << 20 // memory that a decompressor may allocate
)

// errLayers is the error for content within too many layers.
var errLayers = memory.TooBig(fmt.Sprintf("more than %d layers of compression and archives; unpack it first", maxNesting))

// unpacked returns the decompressor of a stream, which the caller closes, and the
// same as a *gzip.Reader if it is one.
func unpacked(kind content, r *bufio.Reader, in *ovsdb.Counter) (io.ReadCloser, *gzip.Reader, error) {
	base := in.Count
	z, points, err := decompress(kind, r)
	if err != nil {
		return nil, nil, err
	}
	return &decompressor{ReadCloser: z, in: in, base: base}, points, nil
}

// decompress returns the decompressor of a stream.
func decompress(kind content, r io.Reader) (io.ReadCloser, *gzip.Reader, error) {
	switch kind {
	case contentGzip:
		z, err := gzip.NewReader(r)
		if err != nil {
			return nil, nil, err
		}
		return io.NopCloser(z), z, nil
	case contentZstd:
		z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxWindow), zstd.WithDecoderMaxWindow(maxWindow))
		if err != nil {
			return nil, nil, err
		}
		return z.IOReadCloser(), nil, nil
	case contentXz:
		if buffered, ok := r.(*bufio.Reader); ok {
			if err := checkXz(buffered); err != nil {
				return nil, nil, err
			}
		}
		z, err := xz.NewReader(r)
		if err != nil {
			return nil, nil, err
		}
		return io.NopCloser(z), nil, nil
	default:
	}
	return nil, nil, fmt.Errorf("no compressed content")
}

// checkXz checks the size of the dictionary in the first block's header.
func checkXz(r *bufio.Reader) error {
	b, err := r.Peek(12 + 32)
	if err != nil {
		return nil // too short for a block; the decompressor returns the error
	}
	b = b[12:]
	i := 2
	for _, flag := range []byte{0x40, 0x80} { // the optional sizes of the block
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
		return memory.TooBig(fmt.Sprintf("xz: the file asks for a dictionary of %d bytes, the limit is %d", size, maxWindow))
	}
	return nil
}

// decompressor counts the input and output of a decompressor and ends it with an error
// if the ratio is above the limit.
type decompressor struct {
	io.ReadCloser
	in   *ovsdb.Counter
	base int64 // input before its first byte
	out  int64
}

func (z *decompressor) Read(p []byte) (int, error) {
	n, err := z.ReadCloser.Read(p)
	z.out += int64(n)
	if in := z.in.Count - z.base; z.out > minBombSize && z.out/maxCompressionRatio > in {
		return n, memory.TooBig(fmt.Sprintf("%d bytes unpacked from %d compressed ones, a ratio that no database has; unpack the file first if it is one", z.out, in))
	}
	return n, err
}
