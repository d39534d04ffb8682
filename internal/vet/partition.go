package vet

import (
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

// onDatapath stands for the name of a symbol: the one datapath that a flow has.
const onDatapath = ""

// value is what an item fixes whole: a number, a port or a datapath.
type value struct {
	v    packet.Value
	port string
	path int
}

// fixed returns what an item fixes of a symbol.
func (it *item) fixed(symbol string) (value, bool) {
	if symbol == onDatapath {
		return value{path: it.f.on.list[0].Index}, len(it.f.on.list) == 1
	}
	v, port, ok := it.cube.Exact(symbol)
	return value{v: v, port: port}, ok
}

// each calls f for pairs of items, of which no pair that meets is left out.
// Where there are many they are split by what they fix, for two that fix it
// differently have no packet in common.
func each(items []item, used map[string]bool, f func(a, b *item) bool) bool {
	if len(items) < 2 || alike(items) {
		return true
	}
	symbol, ok := "", false
	if len(items)*len(items) > few {
		symbol, ok = bestSplit(items, nil, used)
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
	used[symbol] = true
	defer delete(used, symbol)
	buckets, loose := split(items, symbol)
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
func across(as, bs []item, used map[string]bool, f func(a, b *item) bool) bool {
	if len(as) == 0 || len(bs) == 0 {
		return true
	}
	symbol, ok := "", false
	if len(as)*len(bs) > few {
		symbol, ok = bestSplit(as, bs, used)
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
	used[symbol] = true
	defer delete(used, symbol)
	left, looseA := split(as, symbol)
	right, looseB := split(bs, symbol)
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

// split puts the items that fix a symbol alike together, in the order of the
// first of each, and returns those that do not fix it.
func split(items []item, symbol string) (buckets []*bucket, loose []item) {
	known := map[value]*bucket{}
	for _, it := range items {
		v, ok := it.fixed(symbol)
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

// bestSplit returns the symbol by which the fewest pairs are left to compare, of
// items of one list or, where there is a second, of one from each.  It is false
// where none saves much.
func bestSplit(as, bs []item, used map[string]bool) (best string, ok bool) {
	one := bs == nil
	if one {
		bs = as
	}
	all := len(as) * len(bs)
	cost := all * 9 / 10
	for _, symbol := range symbolsOf(as, used) {
		left, exactA := count(as, symbol)
		right, exactB := left, exactA
		if !one {
			right, exactB = count(bs, symbol)
		}
		c := (len(as)-exactA)*len(bs) + exactA*(len(bs)-exactB)
		for v, n := range left {
			c += n * right[v]
		}
		if c < cost {
			best, cost, ok = symbol, c, true
		}
	}
	return best, ok
}

// count returns how many items fix a symbol to each value.
func count(items []item, symbol string) (counts map[value]int, exact int) {
	counts = map[value]int{}
	for i := range items {
		if v, ok := items[i].fixed(symbol); ok {
			counts[v]++
			exact++
		}
	}
	return counts, exact
}

// symbolsOf returns the symbols that items compare and that are not used yet,
// in the order in which they are met.
func symbolsOf(items []item, used map[string]bool) (out []string) {
	seen := map[string]bool{}
	add := func(s string) {
		if !seen[s] && !used[s] {
			seen[s] = true
			out = append(out, s)
		}
	}
	add(onDatapath)
	for i := range items {
		for _, t := range items[i].cube.Terms() {
			add(t.Symbol.Name)
		}
	}
	return out
}
