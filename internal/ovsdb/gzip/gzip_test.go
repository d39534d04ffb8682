package gzip_test

import (
	"bytes"
	stdlib "compress/gzip"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/ovnwalk/ovnwalk/internal/ovsdb/gzip"
)

// packed compresses data with compress/gzip.
func packed(t testing.TB, data []byte, level int) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := stdlib.NewWriterLevel(&b, level)
	if err != nil {
		t.Fatal(err)
	}
	w.Name = "a name"
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// texts are contents of several kinds.
func texts() map[string][]byte {
	random := rand.New(rand.NewPCG(1, 2))
	noise := make([]byte, 3<<20)
	for i := range noise {
		noise[i] = byte(random.Uint32())
	}
	var rows strings.Builder
	for rows.Len() < 6<<20 {
		fmt.Fprintf(&rows, `"%08x-0000":{"priority":%d,"match":"ip4.src == 10.%d.0.%d","actions":"next;"},`, random.Uint32(), random.IntN(100), random.IntN(256), random.IntN(256))
	}
	return map[string][]byte{
		"nothing": nil, "a byte": {'x'}, "zeros": make([]byte, 5<<20), "noise": noise, "rows": []byte(rows.String()),
		"mixed": append(append([]byte(rows.String()[:1<<20]), noise[:1<<20]...), rows.String()[:1<<20]...),
	}
}

// TestReader reads the output of compress/gzip, from its beginning and from each point.
func TestReader(t *testing.T) {
	for name, text := range texts() {
		for _, level := range []int{stdlib.NoCompression, stdlib.BestSpeed, stdlib.DefaultCompression, stdlib.HuffmanOnly} {
			t.Run(fmt.Sprintf("%s/%d", name, level), func(t *testing.T) {
				in := packed(t, text, level)
				z, err := gzip.NewReader(bytes.NewReader(in))
				if err != nil {
					t.Fatal(err)
				}
				got, err := io.ReadAll(z)
				if err != nil || !bytes.Equal(got, text) {
					t.Fatalf("%d bytes of %d: %v", len(got), len(text), err)
				}
				for _, p := range z.Points() {
					r, err := gzip.Resume(bytes.NewReader(in[p.Bits/8:]), p)
					if err != nil {
						t.Fatal(err)
					}
					if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, text[p.Out:]) {
						t.Fatalf("from %d: %d bytes of %d: %v", p.Out, len(got), len(text)-int(p.Out), err)
					}
				}
				if want := len(text) >> 21; level != stdlib.NoCompression && len(z.Points()) < want {
					t.Errorf("%d points", len(z.Points()))
				}
			})
		}
	}
}

// TestSeveralStreams reads concatenated streams, in pieces of several sizes.
func TestSeveralStreams(t *testing.T) {
	a, b := packed(t, []byte("one "), 6), packed(t, texts()["rows"][:100000], 6)
	want := append([]byte("one "), texts()["rows"][:100000]...)
	for name, r := range map[string]io.Reader{
		"at once": bytes.NewReader(append(bytes.Clone(a), b...)),
		"bytes":   iotest.OneByteReader(bytes.NewReader(append(bytes.Clone(a), b...))),
		"halves":  iotest.HalfReader(bytes.NewReader(append(bytes.Clone(a), b...))),
	} {
		z, err := gzip.NewReader(r)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(z); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %d bytes of %d: %v", name, len(got), len(want), err)
		}
	}
}

// TestDamage reads streams that are truncated, or have a wrong checksum.
func TestDamage(t *testing.T) {
	text := texts()["rows"][:300000]
	whole := packed(t, text, 6)
	wrong := bytes.Clone(whole)
	wrong[len(wrong)-5] ^= 1
	for name, c := range map[string]struct {
		in   []byte
		want error
	}{
		"checksum":  {wrong, gzip.ErrCorrupt},
		"garbage":   {append(bytes.Clone(whole), "garbage..."...), gzip.ErrCorrupt},
		"no header": {[]byte("0123456789abcdef"), gzip.ErrCorrupt},
		"half":      {whole[:len(whole)/2], io.ErrUnexpectedEOF},
		"no sum":    {whole[:len(whole)-8], io.ErrUnexpectedEOF},
		"last bit":  {whole[:len(whole)-9], io.ErrUnexpectedEOF},
		"header":    {whole[:5], io.ErrUnexpectedEOF},
	} {
		z, err := gzip.NewReader(bytes.NewReader(c.in))
		var got []byte
		if err == nil {
			got, err = io.ReadAll(z)
		}
		if !errors.Is(err, c.want) || !bytes.HasPrefix(text, got) {
			t.Errorf("%s: %v after %d bytes", name, err, len(got))
		}
	}
}

// TestTruncated truncates streams at every byte.
func TestTruncated(t *testing.T) {
	for name, text := range texts() {
		whole := packed(t, text[:min(len(text), 5000)], 6)
		for n := 1; n < len(whole); n++ {
			z, err := gzip.NewReader(bytes.NewReader(whole[:n]))
			if err == nil {
				_, err = io.ReadAll(z)
			}
			if !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("%s: %d bytes of %d: %v", name, n, len(whole), err)
			}
		}
	}
}

// FuzzReader compares Reader with compress/gzip for any input.
func FuzzReader(f *testing.F) {
	for _, text := range texts() {
		f.Add(packed(f, text[:min(len(text), 2000)], 6))
		f.Add(packed(f, text[:min(len(text), 2000)], stdlib.HuffmanOnly))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		read := func(z io.Reader, err error) ([]byte, error) {
			if err != nil {
				return nil, err
			}
			return io.ReadAll(io.LimitReader(z, 1<<22))
		}
		z, err := gzip.NewReader(bytes.NewReader(in))
		got, err := read(z, err)
		w, wantErr := stdlib.NewReader(bytes.NewReader(in))
		want, wantErr := read(w, wantErr)
		if (err == nil) != (wantErr == nil) || err == nil && !bytes.Equal(got, want) {
			t.Fatalf("%d bytes, %v; want %d, %v", len(got), err, len(want), wantErr)
		}
	})
}

func BenchmarkReader(b *testing.B) {
	text := texts()["rows"]
	in := packed(b, text, 6)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		z, err := gzip.NewReader(bytes.NewReader(in))
		if err != nil {
			b.Fatal(err)
		}
		if _, err := z.WriteTo(io.Discard); err != nil {
			b.Fatal(err)
		}
	}
}
