package vet

import (
	"slices"

	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/packet"
)

// item is a cube of a flow, to be compared with those of others.
type item struct {
	f      *flow
	cube   expr.Cube
	action int // flows with the same number do the same
}

// few is how many pairs of items are compared one by one rather than split.
const few = 256

// aspect is bits of a symbol by which items are told apart; the zero aspect is
// the one datapath that a flow has.
type aspect struct {
	symbol string
	mask   packet.Value // zero for a port
}

// maxAspects bounds the aspects that are tried for a list of items.
const maxAspects = 24

// value is what an item fixes of an aspect: a number, a port or a datapath.
type value struct {
	v    packet.Value
	port string
	path int
}

// fixed returns what an item fixes of an aspect, if it fixes all of it.
func (it *item) fixed(a aspect) (value, bool) {
	if a == (aspect{}) {
		return value{path: it.f.on.list[0].Index}, len(it.f.on.list) == 1
	}
	for _, t := range it.cube.Terms() {
		switch {
		case t.Symbol.Name != a.symbol:
		case t.Symbol.Width == 0:
			return value{port: t.Port}, t.Group == ""
		default:
			return value{v: t.Value.And(a.mask)}, a.mask.AndNot(t.Mask).IsZero()
		}
	}
	return value{}, false
}

// each calls f for pairs of items, of which no pair that meets is left out.
// Where there are many they are split by what they fix, for two that fix it
// differently have no packet in common.
func each(items []item, used map[aspect]bool, f func(a, b *item) bool) bool {
	if len(items) < 2 || alike(items) {
		return true
	}
	by, ok := aspect{}, false
	if len(items)*len(items) > few {
		by, ok = bestSplit(items, nil, used)
	}
	if !ok {
		for i := range items {
			for j := i + 1; j < len(items); j++ {
				if !f(&items[i], &items[j]) {
					return false
				}
			}
		}
		return true
	}
	used[by] = true
	defer delete(used, by)
	buckets, loose := split(items, by)
	var rest []item
	for _, b := range buckets {
		if !each(b.items, used, f) {
			return false
		}
		if len(loose) > 0 {
			rest = append(rest, b.items...)
		}
	}
	return each(loose, used, f) && across(loose, rest, used, f)
}

// across calls f for pairs of an item of each of two lists.
func across(as, bs []item, used map[aspect]bool, f func(a, b *item) bool) bool {
	if len(as) == 0 || len(bs) == 0 {
		return true
	}
	by, ok := aspect{}, false
	if len(as)*len(bs) > few {
		by, ok = bestSplit(as, bs, used)
	}
	if !ok {
		for i := range as {
			for j := range bs {
				if !f(&as[i], &bs[j]) {
					return false
				}
			}
		}
		return true
	}
	used[by] = true
	defer delete(used, by)
	left, looseA := split(as, by)
	right, looseB := split(bs, by)
	byValue := map[value][]item{}
	var exactB []item
	for _, b := range right {
		byValue[b.value] = b.items
		exactB = append(exactB, b.items...)
	}
	for _, a := range left {
		if !across(a.items, byValue[a.value], used, f) || !across(a.items, looseB, used, f) {
			return false
		}
	}
	return across(looseA, exactB, used, f) && across(looseA, looseB, used, f)
}

// alike reports whether all items do the same.
func alike(items []item) bool {
	for i := range items {
		if items[i].action != items[0].action {
			return false
		}
	}
	return true
}

type bucket struct {
	value value
	items []item
}

// split puts the items that fix an aspect alike together, in the order of the
// first of each, and returns those that do not fix it.
func split(items []item, by aspect) (buckets []*bucket, loose []item) {
	known := map[value]*bucket{}
	for _, it := range items {
		v, ok := it.fixed(by)
		if !ok {
			loose = append(loose, it)
			continue
		}
		b := known[v]
		if b == nil {
			b = &bucket{value: v}
			known[v] = b
			buckets = append(buckets, b)
		}
		b.items = append(b.items, it)
	}
	return buckets, loose
}

// bestSplit returns the aspect by which the fewest pairs are left to compare, of
// items of one list or, where there is a second, of one from each.  It is false
// where none saves much.
func bestSplit(as, bs []item, used map[aspect]bool) (best aspect, ok bool) {
	one := bs == nil
	if one {
		bs = as
	}
	cost := len(as) * len(bs) * 9 / 10
	for _, by := range aspectsOf(as, used) {
		left, exactA := count(as, by)
		right, exactB := left, exactA
		if !one {
			right, exactB = count(bs, by)
		}
		c := (len(as)-exactA)*len(bs) + exactA*(len(bs)-exactB)
		for v, n := range left {
			c += n * right[v]
		}
		if c < cost {
			best, cost, ok = by, c, true
		}
	}
	return best, ok
}

// count returns how many items fix an aspect to each value.
func count(items []item, by aspect) (counts map[value]int, exact int) {
	counts = map[value]int{}
	for i := range items {
		if v, ok := items[i].fixed(by); ok {
			counts[v]++
			exact++
		}
	}
	return counts, exact
}

// aspectsOf returns the aspects of items that are not used yet: the datapath,
// then those that most items have.
func aspectsOf(items []item, used map[aspect]bool) []aspect {
	counts := map[aspect]int{}
	var out []aspect
	add := func(a aspect) {
		if used[a] {
			return
		}
		if counts[a]++; counts[a] == 1 {
			out = append(out, a)
		}
	}
	for i := range items {
		for _, t := range items[i].cube.Terms() {
			add(aspect{t.Symbol.Name, t.Mask})
		}
	}
	slices.SortStableFunc(out, func(a, b aspect) int { return counts[b] - counts[a] })
	out = out[:min(len(out), maxAspects)]
	if !used[aspect{}] {
		out = append([]aspect{{}}, out...)
	}
	return out
}
