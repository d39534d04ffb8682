package memory

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"testing"
	"testing/iotest"
)

// TestReadAll reads sources below, at and above a limit, with buffers of both kinds of
// memory.
func TestReadAll(t *testing.T) {
	random := make([]byte, 3*MapFrom)
	for i := range random {
		random[i] = byte(rand.Uint32())
	}
	for _, size := range []int{0, 1, firstRead, firstRead + 1, MapFrom - 1, MapFrom, MapFrom + 1, 3 * MapFrom} {
		for _, limit := range []int{0, 1, firstRead - 1, firstRead, MapFrom, 2*MapFrom + 1, 3 * MapFrom} {
			for _, hint := range []int64{0, int64(size), 1 << 40} {
				b, err := ReadAll(iotest.DataErrReader(bytes.NewReader(random[:size])), hint, int64(limit))
				if size > limit {
					if !errors.Is(err, ErrLimit) || len(b.Data) != 0 {
						t.Errorf("%d bytes, limit %d: %v, %d bytes", size, limit, err, len(b.Data))
					}
					continue
				}
				if err != nil || !bytes.Equal(b.Data, random[:size]) {
					t.Errorf("%d bytes, limit %d: %v, %d bytes", size, limit, err, len(b.Data))
				}
				if got := cap(b.Data); got > max(2*size, limit+1, firstRead) || hint > MapFrom && size == 0 && got > MapFrom {
					t.Errorf("%d bytes, limit %d, hint %d: room for %d", size, limit, hint, got)
				}
				if err := errors.Join(b.Free(), b.Free()); err != nil {
					t.Error(err)
				}
			}
		}
	}
}

// TestReadAllTruncated expects the bytes before an error.
func TestReadAllTruncated(t *testing.T) {
	torn := errors.New("torn")
	b, err := ReadAll(io.MultiReader(bytes.NewReader(make([]byte, 2*MapFrom)), iotest.ErrReader(torn)), 0, 1<<30)
	if !errors.Is(err, torn) || len(b.Data) != 2*MapFrom {
		t.Errorf("%v, %d bytes", err, len(b.Data))
	}
	if err := b.Free(); err != nil {
		t.Error(err)
	}
}
