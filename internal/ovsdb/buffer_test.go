package ovsdb

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"testing"
	"testing/iotest"
)

// TestReadAll reads what is smaller, as large as and larger than a limit, on both
// sides of the size from which a buffer has memory of its own.
func TestReadAll(t *testing.T) {
	random := make([]byte, 3*mapFrom)
	for i := range random {
		random[i] = byte(rand.Uint32())
	}
	for _, size := range []int{0, 1, firstRead, firstRead + 1, mapFrom - 1, mapFrom, mapFrom + 1, 3 * mapFrom} {
		for _, limit := range []int{0, 1, firstRead - 1, firstRead, mapFrom, 2*mapFrom + 1, 3 * mapFrom} {
			for _, hint := range []int64{0, int64(size), 1 << 40} {
				b, err := readAll(iotest.DataErrReader(bytes.NewReader(random[:size])), hint, int64(limit))
				if size > limit {
					if !errors.Is(err, errLimit) || len(b.data) != 0 {
						t.Errorf("%d bytes, limit %d: %v, %d bytes", size, limit, err, len(b.data))
					}
					continue
				}
				if err != nil || !bytes.Equal(b.data, random[:size]) {
					t.Errorf("%d bytes, limit %d: %v, %d bytes", size, limit, err, len(b.data))
				}
				if got := cap(b.data); got > max(2*size, limit+1, firstRead) || hint > mapFrom && size == 0 && got > mapFrom {
					t.Errorf("%d bytes, limit %d, hint %d: room for %d", size, limit, hint, got)
				}
				if err := errors.Join(b.free(), b.free()); err != nil {
					t.Error(err)
				}
			}
		}
	}
}

// TestReadAllTorn keeps what came before an error.
func TestReadAllTorn(t *testing.T) {
	torn := errors.New("torn")
	b, err := readAll(io.MultiReader(bytes.NewReader(make([]byte, 2*mapFrom)), iotest.ErrReader(torn)), 0, 1<<30)
	if !errors.Is(err, torn) || len(b.data) != 2*mapFrom {
		t.Errorf("%v, %d bytes", err, len(b.data))
	}
	if err := b.free(); err != nil {
		t.Error(err)
	}
}

// TestBomb unpacks what no database comes to: much, out of little.
func TestBomb(t *testing.T) {
	for _, tt := range []struct {
		name    string
		in, out int64
		bomb    bool
	}{
		{"little out of nothing", 0, 0, false},
		{"much out of much", 100 << 20, minBombSize, false},
		{"much, as a database", minBombSize / 50, minBombSize, false},
		{"zeros in gzip", minBombSize / 1030, minBombSize, true},
	} {
		z := &decompressor{r: bytes.NewReader(make([]byte, 100)), in: &counter{n: tt.in}, out: tt.out}
		if _, err := z.Read(make([]byte, 100)); errors.Is(err, ErrTooBig) != tt.bomb {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}
