package vet

import (
	"slices"

	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/packet"
)

// flowCube is a cube of a flow, to be compared with those of others.
type flowCube struct {
	f      *flow
	cube   expr.Cube
	action int // flows with the same number do the same
}

// maxNaivePairs is how many pairs of items are compared one by one rather than split.
const maxNaivePairs = 256

// partition is bits of a symbol by which items are distinguished; the zero partition is
// the one datapath that a flow has.
type partition struct {
	symbol string
	mask   packet.Value // zero for a port
}

// maxPartitions bounds the partitions that are tried for a list of items.
const maxPartitions = 24

// value is what an item fixes of a partition: a number, a port or a datapath.
type value struct {
	v        packet.Value
	port     string
	datapath int
}

// fixed returns what an item fixes of a partition, if it fixes all of it.
func (it *flowCube) fixed(a partition) (value, bool) {
	if a == (partition{}) {
		return value{datapath: it.f.on.List[0].Index}, len(it.f.on.List) == 1
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

// eachPair calls f for pairs of items, including all pairs that have packets in common. Large lists are
// split by values that items fix, because items that fix different values have no packet in common.
func eachPair(items []flowCube, used map[partition]bool, f func(a, b *flowCube) bool) bool {
	if len(items) < 2 || sameActions(items) {
		return true
	}
	by, ok := partition{}, false
	if len(items)*len(items) > maxNaivePairs {
		by, ok = bestPartition(items, nil, used)
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
	buckets, loose := partitionBy(items, by)
	var rest []flowCube
	for _, b := range buckets {
		if !eachPair(b.items, used, f) {
			return false
		}
		if len(loose) > 0 {
			rest = append(rest, b.items...)
		}
	}
	return eachPair(loose, used, f) && eachCrossPair(loose, rest, used, f)
}

// eachCrossPair calls f for pairs of an item of each of two lists.
func eachCrossPair(as, bs []flowCube, used map[partition]bool, f func(a, b *flowCube) bool) bool {
	if len(as) == 0 || len(bs) == 0 {
		return true
	}
	by, ok := partition{}, false
	if len(as)*len(bs) > maxNaivePairs {
		by, ok = bestPartition(as, bs, used)
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
	left, looseA := partitionBy(as, by)
	right, looseB := partitionBy(bs, by)
	byValue := map[value][]flowCube{}
	var exactB []flowCube
	for _, b := range right {
		byValue[b.value] = b.items
		exactB = append(exactB, b.items...)
	}
	for _, a := range left {
		if !eachCrossPair(a.items, byValue[a.value], used, f) || !eachCrossPair(a.items, looseB, used, f) {
			return false
		}
	}
	return eachCrossPair(looseA, exactB, used, f) && eachCrossPair(looseA, looseB, used, f)
}

// sameActions reports whether all items do the same.
func sameActions(items []flowCube) bool {
	for i := range items {
		if items[i].action != items[0].action {
			return false
		}
	}
	return true
}

type bucket struct {
	value value
	items []flowCube
}

// partitionBy puts the items that fix a partition alike together, in the order of the
// first of each, and returns those that do not fix it.
func partitionBy(items []flowCube, by partition) (buckets []*bucket, loose []flowCube) {
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

// bestPartition returns the partition that leaves the fewest pairs to compare: of items of one list or, if
// there is a second list, of one item from each. ok is false if none saves much.
func bestPartition(as, bs []flowCube, used map[partition]bool) (best partition, ok bool) {
	one := bs == nil
	if one {
		bs = as
	}
	cost := len(as) * len(bs) * 9 / 10
	for _, by := range partitionsOf(as, used) {
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

// count returns how many items fix a partition to each value.
func count(items []flowCube, by partition) (counts map[value]int, exact int) {
	counts = map[value]int{}
	for i := range items {
		if v, ok := items[i].fixed(by); ok {
			counts[v]++
			exact++
		}
	}
	return counts, exact
}

// partitionsOf returns the aspects of items that are not used yet: the datapath,
// then those that most items have.
func partitionsOf(items []flowCube, used map[partition]bool) []partition {
	counts := map[partition]int{}
	var out []partition
	add := func(a partition) {
		if used[a] {
			return
		}
		if counts[a]++; counts[a] == 1 {
			out = append(out, a)
		}
	}
	for i := range items {
		for _, t := range items[i].cube.Terms() {
			add(partition{t.Symbol.Name, t.Mask})
		}
	}
	slices.SortStableFunc(out, func(a, b partition) int { return counts[b] - counts[a] })
	out = out[:min(len(out), maxPartitions)]
	if !used[partition{}] {
		out = append([]partition{{}}, out...)
	}
	return out
}
