package witness

import "slices"

// restrict returns the excluded regions as far as they are within a region, without the
// bits that the region requires itself, and without those that are within another one.
// empty is true if nothing is left of the region.
func (r *Region) restrict(without []*Region) (out []*Region, empty bool) {
	for _, b := range without {
		if b.meets(r) {
			out = append(out, b)
		}
	}
	rest := make([]Region, len(out))
	for i, b := range out {
		c := &rest[i]
		for i := range c.mask {
			c.mask[i] = b.mask[i] &^ r.mask[i]
			c.val[i] = b.val[i] & c.mask[i]
		}
		if c.mask == (words{}) {
			return nil, true
		}
		out[i] = c
	}
	return widest(out), false
}

// fewRegions is the number of regions up to which all pairs are compared.
const fewRegions = 32

// widest removes the regions that are within another one, and all but the first of equal
// ones.
func widest(list []*Region) []*Region {
	if len(list) > fewRegions {
		return widestOfMany(list)
	}
	out := list[:0]
	for _, c := range list {
		if !slices.ContainsFunc(out, c.within) {
			out = append(slices.DeleteFunc(out, func(o *Region) bool { return o.within(c) }), c)
		}
	}
	return out
}

// sameBits are the regions that require the same bits, by a hash of their values.
type sameBits struct {
	mask  sparse
	known map[uint64][]*Region
}

// hash returns the hash of a region's values of the bits. It returns false if the region
// leaves some of them open.
func (k *sameBits) hash(r *Region) (h uint64, ok bool) {
	for _, w := range k.mask {
		if w.mask&^r.mask[w.i] != 0 {
			return 0, false
		}
		h = (h ^ r.val[w.i]&w.mask) * 0x9e3779b97f4a7c15
		h ^= h >> 29
	}
	return h, true
}

// widestOfMany is widest with an index of the regions by the bits that they require.
func widestOfMany(list []*Region) []*Region {
	order, fixed := make([]int, len(list)), make([]int, len(list))
	for i, r := range list {
		order[i], fixed[i] = i, r.fixed()
	}
	slices.SortStableFunc(order, func(a, b int) int { return fixed[a] - fixed[b] }) // a region comes after those that may contain it
	var all []*sameBits
	byMask := map[words]*sameBits{}
	kept := make([]bool, len(list))
	for _, i := range order {
		r := list[i]
		kept[i] = !slices.ContainsFunc(all, func(k *sameBits) bool {
			h, ok := k.hash(r)
			return ok && slices.ContainsFunc(k.known[h], r.within)
		})
		if !kept[i] {
			continue
		}
		own := byMask[r.mask]
		if own == nil {
			own = &sameBits{r.sparse(), map[uint64][]*Region{}}
			byMask[r.mask] = own
			all = append(all, own)
		}
		h, _ := own.hash(r)
		own.known[h] = append(own.known[h], r)
	}
	out := list[:0]
	for i, r := range list {
		if kept[i] {
			out = append(out, r)
		}
	}
	return out
}
