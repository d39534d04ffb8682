package packetset

import (
	"maps"
	"math/bits"
	"slices"

	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/packet"
)

func trailing(v uint64) int { return bits.TrailingZeros64(v) }

// stateTable numbers states.
type stateTable struct {
	byHash map[uint64][]*State
	n      int32
}

// ID returns the number of a state. States that are the same for every packet have the same
// number.
func (m *Manager) ID(s *State) int32 {
	if s.id != 0 {
		return s.id
	}
	if m.states.byHash == nil {
		m.states.byHash = map[uint64][]*State{}
	}
	h := uint64(0)
	for w := range s.value {
		if s.value[w]|s.symbolic[w] != 0 {
			h = hash(h^uint64(w), s.value[w], hash(s.symbolic[w], s.own[w], 0))
		}
		for open := s.symbolic[w] &^ s.own[w]; open != 0; {
			b := trailing(open)
			run := bits.TrailingZeros64(^(open >> b))
			h = hash(h, uint64(s.from(w, b)), uint64(b))
			if run+b >= 64 {
				break
			}
			open &^= (1<<run - 1) << b
		}
	}
	for _, o := range m.states.byHash[h] {
		if s.same(o) {
			s.id = o.id
			return s.id
		}
	}
	m.states.n++
	c := s.Clone()
	c.id = m.states.n
	m.states.byHash[h] = append(m.states.byHash[h], c)
	s.id = c.id
	return s.id
}

// Match returns the original packets for which a matcher holds at a point of their path, on
// a datapath given by its index. Ports are the keys that the original packet's input port
// can have. The result is exact: every construct of the match language has its set.
func (m *Manager) Match(matcher *expr.Matcher, s *State, datapath int, ports []uint64) Set {
	a := factors{algebra: algebra{m, s, ports}}
	return a.made(expr.Evaluate[factor](matcher, datapath, &a))
}

// MatchAny returns the original packets for which one of several matchers holds.
func (m *Manager) MatchAny(matchers []*expr.Matcher, s *State, datapath int, ports []uint64) Set {
	a := factors{algebra: algebra{m, s, ports}}
	of := map[Set][]terms{} // by the set that they have in common
	var sets []Set
	for _, matcher := range matchers {
		if f := expr.Evaluate[factor](matcher, datapath, &a); f.terms == nil {
			sets = append(sets, f.set)
		} else {
			of[f.set] = append(of[f.set], *f.terms)
		}
	}
	for _, among := range slices.Sorted(maps.Keys(of)) {
		sets = append(sets, m.And(among, m.union(m.unite(of[among]))))
	}
	return m.union(sets)
}

// assumption is the values that a field of the original packet may have.
type assumption struct {
	span
	values []packet.Value
}

// Assume restricts Match to packets of which a field has one of some values, or which do
// not have the field; for others, its result is undefined. Lists of addresses are then no
// larger than the values.
func (m *Manager) Assume(f *packet.Field, values []packet.Value) {
	m.assumed = append(m.assumed, assumption{spans[f], values})
}

// contradicts reports whether bits have values that no packet is assumed to have.
func (c *conjunction) contradicts(assumed []assumption) bool {
	for _, a := range assumed {
		var v, mask packet.Value
		for _, t := range c.terms[:c.n] {
			if i := a.first + a.bits - 1 - int32(t.bit); i >= 0 && i < a.bits {
				mask = mask.Flip(int(i))
				if t.one {
					v = v.Flip(int(i))
				}
			}
		}
		if !mask.IsZero() && !slices.ContainsFunc(a.values, func(w packet.Value) bool { return w.And(mask) == v }) {
			return true
		}
	}
	return false
}

// Word returns the original packets for which bits of a word of their state have a value.
func (m *Manager) Word(s *State, word int, mask, value uint64) Set {
	c, ok := m.equal(s, word, mask, value)
	if !ok {
		return Empty
	}
	return c.set(m)
}

// algebra implements expr.Algebra for a state.
type algebra struct {
	*Manager
	s     *State
	ports []uint64
}

// Truth implements expr.Algebra.
func (a *algebra) Truth(b bool) Set {
	if b {
		return All
	}
	return Empty
}

// Equal implements expr.Algebra.
func (a *algebra) Equal(word int, mask, value uint64) Set {
	c, ok := a.equal(a.s, word, mask, value)
	if !ok || c.contradicts(a.assumed) {
		return Empty
	}
	return c.set(a.Manager)
}

// equal returns the condition on the original packet that is equivalent to a value of bits
// of a word of the state; ok is false if no packet satisfies it.
func (m *Manager) equal(s *State, word int, mask, value uint64) (c conjunction, ok bool) {
	symbolic := s.symbolic[word]
	if (s.value[word]^value)&mask&^symbolic != 0 || value&^mask != 0 {
		return c, false
	}
	for open := symbolic & mask; open != 0; open &= open - 1 {
		b := trailing(open)
		c.add(s.from(word, b), value>>b&1 != 0)
	}
	return c, true
}

// In implements expr.Algebra.
func (a *algebra) In(word int, mask uint64, values []uint64) Set {
	symbolic := a.s.symbolic[word]
	if symbolic&mask == 0 {
		_, found := slices.BinarySearch(values, a.s.value[word]&mask)
		return a.Truth(found)
	}
	if key, ok := a.listKey(word, mask, values); ok {
		s, known := a.lists[key]
		if !known {
			possible := make([]packet.Value, 0, len(values))
			for _, v := range values {
				if c, ok := a.equal(a.s, word, mask, v); ok && !c.contradicts(a.assumed) {
					possible = append(possible, packet.Uint(v))
				}
			}
			s = a.anyOf(word, mask, possible, int32(key.bit)+int32(trailing(mask)))
			a.lists[key] = s
		}
		return s
	}
	sets := make([]Set, 0, len(values))
	for _, v := range values {
		if s := a.Equal(word, mask, v); s != Empty {
			sets = append(sets, s)
		}
	}
	return a.Union(sets)
}

// anyOf returns the original packets for which consecutive bits, up to a lowest one, have one
// of several values, which are sorted.
func (a *algebra) anyOf(word int, mask uint64, values []packet.Value, lowest int32) Set {
	if a.renames == nil {
		return a.oneOf(values, packet.Uint(mask), lowest)
	}
	sets := make([]Set, len(values))
	for i, v := range values {
		sets[i] = a.Word(a.s, word, mask, v.Lo)
	}
	return a.Union(sets)
}

// listKey is a list of values, and the consecutive bits of the original packet that are
// compared with it.
type listKey struct {
	first *uint64
	mask  uint64
	bit   int16
}

// listKey returns the key of a comparison; ok is false if the bits are not consecutive.
func (a *algebra) listKey(word int, mask uint64, values []uint64) (key listKey, ok bool) {
	if mask&^a.s.symbolic[word] != 0 || len(values) == 0 {
		return key, false
	}
	low := trailing(mask)
	key = listKey{&values[0], mask, a.s.from(word, low)}
	for open := mask; open != 0; open &= open - 1 {
		if b := trailing(open); a.s.from(word, b) != key.bit-int16(b-low) {
			return key, false
		}
	}
	return key, true
}

// Order implements expr.Algebra.
func (a *algebra) Order(word int, high bool, op expr.Op, mask, value packet.Value) Set {
	// The packets of which the bits below, from the lowest up, are less and equal.
	less, equal := Empty, All
	for i := range 128 {
		w, b := word, i
		if i >= 64 {
			if !high {
				break
			}
			w, b = word-1, i-64
		}
		v := value.Bit(i) != 0
		one := Empty
		if mask.Bit(i) != 0 {
			one = a.bit(a.s, w, b)
		}
		if v {
			less, equal = a.Choose(one, less, All), a.And(one, equal)
		} else {
			less, equal = a.Without(less, one), a.Without(equal, one)
		}
	}
	switch op {
	case expr.LT:
		return less
	case expr.LE:
		return a.Or(less, equal)
	case expr.GT:
		return a.Not(a.Or(less, equal))
	case expr.GE:
		return a.Not(less)
	case expr.NE:
		return a.Not(equal)
	default:
	}
	return equal
}

// Key implements expr.Algebra.
func (a *algebra) Key(word, shift int, mask uint64, has func(key uint64) bool) Set {
	if a.s.symbolic[word]>>shift&mask == 0 {
		return a.Truth(has(a.s.value[word] >> shift & mask))
	}
	constant, symbolic := a.s.value[word]>>shift&mask, a.s.symbolic[word]>>shift&mask
	var sets []Set
	for _, key := range a.ports {
		if v := constant | key&symbolic; has(v) {
			sets = append(sets, a.Equal(word, mask<<shift, v<<shift))
		}
	}
	return a.Union(sets)
}

// Filter rejects matches that hold for no packet of a set. It only compares the bits that
// are the same in all packets of the set, and makes no sets.
type Filter struct {
	mask, value values
	keys        map[portPlace][]uint64
	required    []expr.Bits
}

// portPlace is the position of the number of a port in a packet.
type portPlace struct{ word, shift int }

// NewFilter returns the filter of a state of the packets of a set, which is not empty.
func (m *Manager) NewFilter(s *State, among Set) *Filter {
	f := &Filter{}
	k := m.known(among).toReal(m.renames)
	for w := range f.mask {
		f.mask[w] = ^s.symbolic[w] | s.own[w]&k.mask[w]
		f.value[w] = s.value[w] | s.own[w]&k.value[w]
		for open := s.symbolic[w] &^ s.own[w]; open != 0; open &= open - 1 {
			b := trailing(open)
			at := wordBit[s.from(w, b)]
			if k.mask[at.word]>>at.bit&1 != 0 {
				f.mask[w] |= 1 << b
				f.value[w] |= k.value[at.word] >> at.bit & 1 << b
			}
		}
	}
	return f
}

// NewMatcherFilter returns the filter of the packets at a point of their path for which a
// matcher holds on a datapath. Ports are the keys that a port of the packet can have.
func NewMatcherFilter(m *expr.Matcher, datapath int, ports []uint64) *Filter {
	f := &Filter{}
	word, shift, n := packet.OnChassis.Place()
	f.mask[word] |= packet.Ones(n).Lo << shift
	for _, r := range m.Required(nil) {
		f.mask[r.Word] |= r.Mask
		f.value[r.Word] |= r.Value & r.Mask
	}
	keys := map[portPlace][]uint64{}
	for _, field := range []*packet.Field{packet.Inport, packet.Outport} {
		word, shift, n := field.Place()
		mask := packet.Ones(n).Lo << shift
		at := portPlace{word, shift}
		one := *f
		one.mask[word] |= mask
		for _, key := range ports {
			one.value[word] = f.value[word]&^mask | key<<shift
			if (f.value[word]^one.value[word])&mask&f.mask[word] == 0 && !one.Rejects(m, datapath) {
				keys[at] = append(keys[at], key)
			}
		}
	}
	f.keys = keys
	return f
}

// Known returns bits of a word; ok is false if not all of them are known.
func (f *Filter) Known(word int, mask uint64) (value uint64, ok bool) {
	return f.value[word] & mask, mask&^f.mask[word] == 0
}

// Rejects reports whether a matcher is known to hold for no packet on a datapath.
func (f *Filter) Rejects(m *expr.Matcher, datapath int) bool {
	f.required = m.Required(f.required[:0])
	for _, r := range f.required {
		if (f.value[r.Word]^r.Value)&r.Mask&f.mask[r.Word] != 0 {
			return true
		}
	}
	return expr.Evaluate[certainty](m, datapath, f) == never
}

// certainty is the truth of a condition for all packets of a set.
type certainty int8

const (
	never certainty = iota
	maybe
	always
)

// Truth implements expr.Algebra.
func (f *Filter) Truth(b bool) certainty {
	if b {
		return always
	}
	return never
}

// And implements expr.Algebra.
func (f *Filter) And(a, b certainty) certainty { return min(a, b) }

// Or implements expr.Algebra.
func (f *Filter) Or(a, b certainty) certainty { return max(a, b) }

// Not implements expr.Algebra.
func (f *Filter) Not(a certainty) certainty { return always - a }

// Equal implements expr.Algebra.
func (f *Filter) Equal(word int, mask, value uint64) certainty {
	switch {
	case (f.value[word]^value)&mask&f.mask[word] != 0 || value&^mask != 0:
		return never
	case mask&^f.mask[word] == 0:
		return always
	}
	return maybe
}

// Order implements expr.Algebra.
func (f *Filter) Order(word int, high bool, op expr.Op, mask, value packet.Value) certainty {
	known, v := packet.Uint(f.mask[word]), packet.Uint(f.value[word])
	if high {
		known.Hi, v.Hi = f.mask[word-1], f.value[word-1]
	}
	if !mask.AndNot(known).IsZero() {
		return maybe
	}
	return f.Truth(op.Holds(v.And(mask).Cmp(value)))
}

// In implements expr.Algebra.
func (f *Filter) In(word int, mask uint64, values []uint64) certainty {
	if mask&^f.mask[word] != 0 {
		return maybe
	}
	_, found := slices.BinarySearch(values, f.value[word]&mask)
	return f.Truth(found)
}

// Key implements expr.Algebra.
func (f *Filter) Key(word, shift int, mask uint64, has func(key uint64) bool) certainty {
	if mask<<shift&^f.mask[word] == 0 {
		return f.Truth(has(f.value[word] >> shift & mask))
	}
	some, all := never, always
	keys, known := f.keys[portPlace{word, shift}]
	for _, key := range keys {
		one := f.Truth(has(key))
		some, all = max(some, one), min(all, one)
	}
	if known && some == all {
		return some
	}
	return maybe
}
