package witness

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestWidest compares the regions that are found by their bits with those that are found by
// comparing each pair.
func TestWidest(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 7))
	for range 200 {
		var list, want []*Region
		for range 1 + r.IntN(300) {
			c := &Region{}
			for range r.IntN(6) {
				i, bit := []int{0, 1, len(c.mask) - 1}[r.IntN(3)], uint64(1)<<r.IntN(4)
				c.mask[i] |= bit
				c.val[i] |= bit * r.Uint64N(2)
			}
			list = append(list, c)
		}
		for i, c := range list {
			if !slices.ContainsFunc(list[:i], c.within) && !slices.ContainsFunc(list[i+1:], func(o *Region) bool { return c.within(o) && *c != *o }) {
				want = append(want, c)
			}
		}
		if got := widestOfMany(slices.Clone(list)); !slices.Equal(got, want) {
			t.Fatalf("%d of %d regions, want %d", len(got), len(list), len(want))
		}
		if got := widest(slices.Clone(list)); !slices.Equal(got, want) {
			t.Fatalf("%d of %d regions, want %d", len(got), len(list), len(want))
		}
	}
}
