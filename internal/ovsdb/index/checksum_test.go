package index

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// TestChecksums changes, truncates and extends data with checksums.
func TestChecksums(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, size := range []int{0, 1, sumBlock - 1, sumBlock, sumBlock + 1, 2*sumBlock + 77} {
		var b bytes.Buffer
		s := &checksumWriter{w: &b}
		content := make([]byte, size)
		for i := range content {
			content[i] = byte(r.Uint32())
		}
		for rest := content; len(rest) > 0; {
			n := min(len(rest), 1+r.IntN(sumBlock))
			if _, err := s.Write(rest[:n]); err != nil {
				t.Fatal(err)
			}
			rest = rest[n:]
		}
		if err := s.end(); err != nil {
			t.Fatal(err)
		}
		whole := b.Bytes()
		is := func(b []byte) bool { return validChecksum(bytes.NewReader(b), int64(len(b))) }
		if !bytes.Equal(whole[:size], content) || !is(whole) {
			t.Fatalf("%d bytes are not the same when they are read", size)
		}
		for range 50 {
			bad := bytes.Clone(whole)
			bad[r.IntN(len(bad))] ^= 1 << r.IntN(8)
			if is(bad) {
				t.Errorf("%d bytes, one bit changed: valid", size)
			}
			if cut := whole[:r.IntN(len(whole))]; is(cut) {
				t.Errorf("%d bytes, cut to %d: valid", size, len(cut))
			}
		}
		if is(append(bytes.Clone(whole), 0)) || is(append([]byte{0}, whole...)) {
			t.Errorf("%d bytes and one more: valid", size)
		}
	}
}
