package pack_test

import (
	"math"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/ovsdb/pack"
)

// TestRoundTrip reads what was written, and expects Bad for truncated data.
func TestRoundTrip(t *testing.T) {
	numbers := []int64{0, 1, -1, 63, 64, -64, -65, 1 << 40, math.MaxInt64, math.MinInt64}
	texts := []string{"", "a", "\x00\xff", string(make([]byte, 300))}
	var w pack.Writer
	w.Int(int64(len(texts)))
	for _, v := range numbers {
		w.Int(v)
	}
	w.Bool(true)
	for _, s := range texts {
		w.String(s)
	}
	r := pack.NewReader(string(w.Data))
	if n := r.Count(); n != len(texts) {
		t.Errorf("count %d", n)
	}
	for _, v := range numbers {
		if got := r.Int(); got != v {
			t.Errorf("%d instead of %d", got, v)
		}
	}
	if !r.Bool() {
		t.Error("false")
	}
	for _, s := range texts {
		if got := r.String(); got != s {
			t.Errorf("%q instead of %q", got, s)
		}
	}
	if r.Bad() || r.Rest() != 0 {
		t.Errorf("bad %t, %d bytes left", r.Bad(), r.Rest())
	}
	for n := range w.Data {
		r := pack.NewReader(string(w.Data[:n]))
		r.Count()
		for range numbers {
			r.Int()
		}
		r.Bool()
		for range texts {
			_ = r.String()
		}
		if !r.Bad() {
			t.Errorf("%d of %d bytes are read without Bad", n, len(w.Data))
		}
	}
}
