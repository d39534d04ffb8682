package expr

import (
	"slices"

	"github.com/ovnwalk/ovnwalk/packet"
)

// intersect returns the comparisons that hold if one of as and one of bs do, in the order of
// as, then of bs. If members is set, values of an address set in bs keep that property. It
// returns none if the bound on terms is exceeded.
func (n *normalizer) intersect(as, bs []*Cmp, members bool) []*Cmp {
	var out []*Cmp
	add := func(a, b *Cmp, v, m packet.Value) {
		c := &Cmp{Symbol: a.Symbol, Op: EQ, Value: v, Mask: m}
		if members {
			c.Set = b.Set
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

// fewPairs is the number of pairs up to which all pairs are compared.
const fewPairs = 64

// intersectPorts is intersect for names of ports.
func intersectPorts(as, bs []*Cmp) (out []*Cmp) {
	named := make(map[string]bool, len(bs))
	for _, b := range bs {
		named[b.Port] = true
	}
	for _, a := range as {
		if named[a.Port] {
			out = append(out, a)
		}
	}
	return out
}

// masked finds comparisons with a value in common with another one by hash.
type masked struct {
	masks []packet.Value
	of    map[packet.Value][]*Cmp // by mask
	at    map[packet.Value][]int  // their indexes, by mask
	index map[maskPair]map[packet.Value][]int
}

// maskPair is the mask of comparisons, and the bits of which their values are hashed.
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

// find appends the indexes of the comparisons that do not contradict c.
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
