package packetset

import (
	"slices"

	"github.com/ovnwalk/ovnwalk/packet"
)

// cube are the numbers that have a value under a mask.
type cube struct{ value, mask packet.Value }

// maxCubes is the maximum number of alternatives of a field.
const maxCubes = 4096

// alternatives divides a set by the values of the first field on which it depends: those with
// the same packets of the fields after it are one alternative. ok is false if there are too many.
func (m *Manager) alternatives(s Set) (out [][]cube, ok bool) {
	first := m.nodes[s].bit
	var at span
	for _, f := range order {
		if at = spans[f]; first < at.first+at.bits {
			break
		}
	}
	n := 0
	index := map[Set]int{}
	var visit func(s Set, c cube) bool
	visit = func(s Set, c cube) bool {
		bit := m.nodes[s].bit
		if s == Empty {
			return true
		}
		if bit >= at.first+at.bits {
			if n++; n > maxCubes {
				return false
			}
			i, known := index[s]
			if !known {
				i = len(out)
				index[s] = i
				out = append(out, nil)
			}
			out[i] = append(out[i], c)
			return true
		}
		low := packet.Uint(1).Shl(int(at.first + at.bits - 1 - bit))
		c.mask = c.mask.Or(low)
		if !visit(m.nodes[s].lo, c) {
			return false
		}
		c.value = c.value.Or(low)
		return visit(m.nodes[s].hi, c)
	}
	ok = visit(s, cube{})
	return out, ok
}

// interval is a range of numbers, including both ends.
type interval struct{ low, high packet.Value }

func plusOne(v packet.Value) packet.Value {
	v.Lo++
	if v.Lo == 0 {
		v.Hi++
	}
	return v
}

// maxSplit is the maximum number of open bits above a required one in a cube that is
// written as runs.
const maxSplit = 4

// intervals returns the numbers of cubes as runs; ok is false for a cube with more open
// bits than maxSplit above a required one.
func intervals(cubes []cube, width int) (out []interval, ok bool) {
	for _, c := range cubes {
		open := packet.Ones(width).AndNot(c.mask)
		low := packet.Ones(c.mask.TrailingZeros()).And(open)
		high := open.AndNot(low)
		if high.OnesCount() > maxSplit {
			return nil, false
		}
		for v := (packet.Value{}); ; {
			out = append(out, interval{c.value.Or(v), c.value.Or(v).Or(low)})
			if v = plusOne(v.Or(high.Xor(packet.Ones(width)))).And(high); v.IsZero() {
				break // the next number whose bits are among the open ones
			}
		}
	}
	slices.SortFunc(out, func(a, b interval) int { return a.low.Cmp(b.low) })
	runs := out[:0]
	for _, r := range out {
		if n := len(runs); n > 0 && plusOne(runs[n-1].high) == r.low {
			runs[n-1].high = r.high
		} else {
			runs = append(runs, r)
		}
	}
	return runs, true
}

// numbers returns the values of cubes one by one.
func numbers(cubes []cube, width int) (out []cube) {
	for v := range uint64(1) << width {
		if n := packet.Uint(v); slices.ContainsFunc(cubes, func(c cube) bool { return n.And(c.mask) == c.value }) {
			out = append(out, cube{n, packet.Ones(width)})
		}
	}
	return out
}

// others returns the runs between the given runs.
func others(runs []interval, width int) (out []interval) {
	next := packet.Value{}
	for _, r := range runs {
		if next.Cmp(r.low) < 0 {
			out = append(out, interval{next, minusOne(r.low)})
		}
		if r.high == packet.Ones(width) {
			return out
		}
		next = plusOne(r.high)
	}
	return append(out, interval{next, packet.Ones(width)})
}

func minusOne(v packet.Value) packet.Value {
	if v.Lo == 0 {
		v.Hi--
	}
	v.Lo--
	return v
}

// addresses returns a run of addresses as they are listed: as prefixes, but pairs of Ethernet
// addresses one by one.
func (r interval) addresses(f *packet.Field, width int) (out []cube) {
	for _, c := range r.prefixes(width) {
		if f.Kind == packet.KindEthernet && c.mask.OnesCount() == width-1 {
			ones := packet.Ones(width)
			out = append(out, cube{c.value, ones}, cube{plusOne(c.value), ones})
		} else {
			out = append(out, c)
		}
	}
	return out
}

// prefixes returns a run as the smallest number of cubes.
func (r interval) prefixes(width int) (out []cube) {
	for low := r.low; ; {
		n := 0
		for n < width && low.Bit(n) == 0 && low.Or(packet.Ones(n+1)).Cmp(r.high) <= 0 {
			n++
		}
		out = append(out, cube{low, packet.Ones(width).AndNot(packet.Ones(n))})
		last := low.Or(packet.Ones(n))
		if last == r.high {
			return out
		}
		low = plusOne(last)
	}
}
