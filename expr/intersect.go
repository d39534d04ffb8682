package expr

import (
	"slices"

	"github.com/ovnwalk/ovnwalk/packet"
)

// intersect returns the comparisons that hold where one of as and one of bs do,
// in the order of as, then of bs.  If either is a single comparison, the values of
// the other stay those of their address set.  It returns none where that exceeds the
// bound on terms.
func (n *normalizer) intersect(as, bs []*Cmp) []*Cmp {
	if as[0].Symbol.Width == 0 {
		return n.intersectPorts(as, bs)
	}
	var out []*Cmp
	add := func(a, b *Cmp, v, m packet.Value) {
		c := &Cmp{Symbol: a.Symbol, Op: EQ, Value: v, Mask: m}
		switch {
		case len(as) == 1:
			c.Set = b.Set
		case len(bs) == 1:
			c.Set = a.Set
		}
		out = append(out, c)
	}
	if len(as)*len(bs) <= fewPairs {
		for _, a := range as {
			for _, b := range bs {
				if v, m, ok := packet.Intersect(a.Value, a.Mask, b.Value, b.Mask); ok {
					add(a, b, v, m)
				}
			}
		}
		return out
	}
	with := byMask(bs)
	var found []int
	for _, a := range as {
		found = with.find(a, found[:0])
		if !n.spend(max(len(found), len(with.masks))) {
			return nil
		}
		for _, i := range found {
			v, m, _ := packet.Intersect(a.Value, a.Mask, bs[i].Value, bs[i].Mask)
			add(a, bs[i], v, m)
		}
	}
	return out
}

// fewPairs is how many pairs of comparisons are as well tried one by one.
const fewPairs = 64

func (n *normalizer) intersectPorts(as, bs []*Cmp) (out []*Cmp) {
	times := map[string]int{}
	for _, b := range bs {
		times[b.Port]++
	}
	for _, a := range as {
		if !n.spend(times[a.Port]) {
			return nil
		}
		for range times[a.Port] {
			out = append(out, a)
		}
	}
	return out
}

// masked finds comparisons that have a value in common with another, by hash.
type masked struct {
	masks []packet.Value
	of    map[packet.Value][]*Cmp // by their masks
	at    map[packet.Value][]int  // likewise, their places
	index map[maskPair]map[packet.Value][]int
}

// maskPair is the mask of comparisons, and of which bits their values are hashed.
type maskPair struct{ mask, common packet.Value }

func byMask(cmps []*Cmp) *masked {
	x := &masked{of: map[packet.Value][]*Cmp{}, at: map[packet.Value][]int{}, index: map[maskPair]map[packet.Value][]int{}}
	for i, c := range cmps {
		if x.of[c.Mask] == nil {
			x.masks = append(x.masks, c.Mask)
		}
		x.of[c.Mask], x.at[c.Mask] = append(x.of[c.Mask], c), append(x.at[c.Mask], i)
	}
	return x
}

// find appends the places of the comparisons that c does not contradict.
func (x *masked) find(c *Cmp, found []int) []int {
	for _, mask := range x.masks {
		pair := maskPair{mask, mask.And(c.Mask)}
		values := x.index[pair]
		if values == nil {
			values = make(map[packet.Value][]int, len(x.of[mask]))
			for i, b := range x.of[mask] {
				v := b.Value.And(pair.common)
				values[v] = append(values[v], x.at[mask][i])
			}
			x.index[pair] = values
		}
		found = append(found, values[c.Value.And(pair.common)]...)
	}
	slices.Sort(found)
	return found
}
