package packetset

import (
	"maps"
	"slices"

	"github.com/ovnwalk/ovnwalk/packet"
)

// Renaming replaces values of the lowest bits of a field by others in diagrams.
type Renaming struct {
	Field    *packet.Field
	Width    int
	From, To []packet.Value // without duplicates
}

// renamed is a permutation of the values of a field: real values to those in diagrams.
type renamed struct {
	field *packet.Field
	mask  packet.Value // the bits of the values
	last  int32        // the place of the lowest bit in the order
	pairs []pair
	kept  map[packet.Value]packet.Value // the value in diagrams of a real value, if it is another one
	real  map[packet.Value]packet.Value // the inverse
}

// pair is a real value and the one that replaces it.
type pair struct{ real, kept packet.Value }

// Renamings are the renamings of a manager, nil for none. They do not change which packets a set
// has, only its diagram.
type Renamings struct {
	list []*renamed
	of   [maxBits]int8 // for each bit the index in list plus one, 0 for none
}

// Next invalidates all sets and assumptions, and renames values in the diagrams of later sets.
// The diagrams and the cache of operations are kept: operations on sets that differ from earlier
// ones in renamed values only are in the cache. Known, Restrict, Digest and Describe must not be
// called on a manager with renamings.
func (m *Manager) Next(list []Renaming) {
	clear(m.lists)
	m.states, m.digests, m.assumed = stateTable{}, nil, nil
	m.renames, m.most = nil, len(m.nodes)+m.limit
	x := &Renamings{}
	for _, one := range list {
		r := newRenamed(one)
		if len(r.pairs) == 0 {
			continue
		}
		x.list = append(x.list, r)
		for i := range one.Width {
			x.of[r.last-int32(i)] = int8(len(x.list))
		}
		m.renames = x
	}
}

// Renamings returns the renamings of the manager.
func (m *Manager) Renamings() *Renamings { return m.renames }

// newRenamed completes a renaming to a permutation: a value that replaces another one and is not
// replaced itself is replaced by a value that replaces none.
func newRenamed(one Renaming) *renamed {
	at := spans[one.Field]
	r := &renamed{field: one.Field, mask: packet.Ones(one.Width), last: at.first + at.bits - 1, kept: map[packet.Value]packet.Value{}, real: map[packet.Value]packet.Value{}}
	for i, v := range one.From {
		r.kept[v], r.real[one.To[i]] = one.To[i], v
	}
	for _, v := range one.To {
		if _, ok := r.kept[v]; ok {
			continue
		}
		first := v
		for from, ok := r.real[first]; ok && from != v; from, ok = r.real[first] {
			first = from
		}
		r.kept[v], r.real[first] = first, v
	}
	for real, kept := range r.kept {
		if real != kept {
			r.pairs = append(r.pairs, pair{real, kept})
		}
	}
	slices.SortFunc(r.pairs, func(a, b pair) int { return a.real.Cmp(b.real) })
	maps.DeleteFunc(r.kept, func(v, w packet.Value) bool { return v == w })
	maps.DeleteFunc(r.real, func(v, w packet.Value) bool { return v == w })
	return r
}

// toKept returns a packet with the values of diagrams.
func (x *Renamings) toKept(p *packet.Packet) *packet.Packet {
	if x == nil {
		return p
	}
	q := *p
	for _, r := range x.list {
		if v, ok := r.kept[p.Get(r.field).And(r.mask)]; ok {
			q.SetMasked(r.field, v, r.mask)
		}
	}
	return &q
}

// toReal is the inverse of toKept.
func (x *Renamings) toReal(p packet.Packet) packet.Packet {
	if x != nil {
		for _, r := range x.list {
			if v, ok := r.real[p.Get(r.field).And(r.mask)]; ok {
				p.SetMasked(r.field, v, r.mask)
			}
		}
	}
	return p
}

// values replaces real values of a field by those of diagrams.
func (x *Renamings) values(f *packet.Field, values []packet.Value) {
	if x == nil {
		return
	}
	for _, r := range x.list {
		for i, v := range values {
			if kept, ok := r.kept[v.And(r.mask)]; ok && r.field == f {
				values[i] = v.AndNot(r.mask).Or(kept)
			}
		}
	}
}

// toReal returns the bits that are the same in all packets, from those in the diagram.
func (k *known) toReal(x *Renamings) *known {
	if x == nil {
		return k
	}
	out := *k
	mask, value := packet.FromWords(k.mask), packet.FromWords(k.value)
	outMask, outValue := packet.FromWords(k.mask), packet.FromWords(k.value)
	for _, r := range x.list {
		had, v := mask.Get(r.field).And(r.mask), value.Get(r.field).And(r.mask)
		has, w := had, v
		if had == r.mask {
			if real, ok := r.real[v]; ok {
				w = real
			}
		} else {
			for _, p := range r.pairs {
				if p.kept.And(had) == v {
					has = has.AndNot(p.real.Xor(v))
				}
			}
			w = v.And(has)
		}
		outMask.SetMasked(r.field, has, r.mask)
		outValue.SetMasked(r.field, w, r.mask)
	}
	for i := range out.mask {
		out.mask[i], out.value[i] = outMask.Word(i), outValue.Word(i)
	}
	return &out
}

// touches reports whether a conjunction has bits of renamed fields.
func (x *Renamings) touches(t terms) bool {
	if x != nil {
		for _, one := range t {
			if bit := one >> 1; bit >= 0 && x.of[bit] != 0 {
				return true
			}
		}
	}
	return false
}

// part is a condition on some bits of a renamed field.
type part struct {
	of          *renamed
	value, mask packet.Value
}

// kept returns a conjunction in the values of diagrams. Conditions on a part of a field that
// are no conjunction there are in odd.
func (x *Renamings) kept(t terms) (flat terms, odd []part) {
	parts := make([]part, len(x.list))
	for _, one := range t {
		bit := one >> 1
		if bit < 0 || x.of[bit] == 0 {
			continue
		}
		p := &parts[x.of[bit]-1]
		r := x.list[x.of[bit]-1]
		i := int(r.last - bit)
		p.of = r
		p.mask = p.mask.Flip(i)
		if one&1 != 0 {
			p.value = p.value.Flip(i)
		}
	}
	for i := range parts {
		switch p := &parts[i]; {
		case p.of == nil:
		case p.mask == p.of.mask:
			if v, ok := p.of.kept[p.value]; ok {
				p.value = v
			}
		case slices.ContainsFunc(p.of.pairs, func(q pair) bool { return p.has(q.real) != p.has(q.kept) }):
			odd = append(odd, *p)
			p.of = nil
		}
	}
	flat = make(terms, 0, len(t))
	for _, one := range t {
		if bit := one >> 1; bit >= 0 && x.of[bit] != 0 {
			p := &parts[x.of[bit]-1]
			if p.of == nil {
				continue
			}
			one = bit<<1 | int32(p.value.Bit(int(p.of.last-bit)))
		}
		flat = append(flat, one)
	}
	return flat, odd
}

// has reports whether a value satisfies the condition.
func (p *part) has(v packet.Value) bool { return v.And(p.mask) == p.value }

// keptSet returns the packets of a conjunction.
func (m *Manager) keptSet(t terms) Set {
	if !m.renames.touches(t) {
		return m.setOf(t)
	}
	flat, odd := m.renames.kept(t)
	s := m.setOf(flat)
	for i := range odd {
		p := &odd[i]
		var with, without []packet.Value
		for _, q := range p.of.pairs {
			switch has := p.has(q.real); {
			case has && !p.has(q.kept):
				with = append(with, q.kept)
			case !has && p.has(q.kept):
				without = append(without, q.kept)
			}
		}
		s = m.And(s, m.Or(m.Without(m.setOf(p.of.terms(p.value, p.mask)), m.keptOneOf(p.of, without)), m.keptOneOf(p.of, with)))
	}
	return s
}

// keptOneOf returns the packets with one of several values in diagrams.
func (m *Manager) keptOneOf(r *renamed, values []packet.Value) Set {
	slices.SortFunc(values, packet.Value.Cmp)
	return m.oneOf(values, r.mask, r.last)
}

// terms returns bits of the field as a conjunction.
func (r *renamed) terms(v, mask packet.Value) (t terms) {
	for i := range mask.Len() {
		if mask.Bit(i) != 0 {
			t = append(t, (r.last-int32(i))<<1|int32(v.Bit(i)))
		}
	}
	return t
}

// copying copies diagrams to another manager, without renamings.
type copying struct {
	m, from *Manager
	renames *Renamings // of the diagrams that are copied
	memo    map[Set]Set
}

// Copies returns a function that returns sets of another manager as sets of this one, which must
// have no renamings. The renamings are those that the other manager had when the sets were made.
func (m *Manager) Copies(from *Manager, renames *Renamings) func(Set) Set {
	return (&copying{m, from, renames, map[Set]Set{}}).set
}

func (c *copying) set(s Set) Set {
	if s <= All {
		return s
	}
	if known, ok := c.memo[s]; ok {
		return known
	}
	n := c.from.nodes[s]
	var out Set
	if x := c.renames; x == nil || x.of[n.bit] == 0 {
		out = c.m.make(n.bit, c.set(n.lo), c.set(n.hi))
	} else {
		out = c.field(s, x.list[x.of[n.bit]-1])
	}
	c.memo[s] = out
	return out
}

// field copies a set whose first node is in a renamed field.
func (c *copying) field(s Set, r *renamed) Set {
	memo := map[Set]Set{}
	var values func(Set) Set
	values = func(s Set) Set {
		n := c.from.nodes[s]
		if n.bit > r.last {
			return c.set(s)
		}
		known, ok := memo[s]
		if !ok {
			known = c.m.make(n.bit, values(n.lo), values(n.hi))
			memo[s] = known
		}
		return known
	}
	out := values(s)
	for i := range r.pairs {
		p := &r.pairs[i]
		if rest := c.from.with(s, r, p.kept); rest != c.from.with(s, r, p.real) {
			out = c.m.put(out, r, p.real, r.mask.Len()-1, c.set(rest))
		}
	}
	return out
}

// Keeps reports whether renamings keep a set of a manager without renamings as it is. It may
// report false for a set that they keep.
func (x *Renamings) Keeps(m *Manager, s Set) bool {
	if x == nil {
		return true
	}
	type step struct {
		s      Set
		within bool // whether bits of its field were decided before
	}
	seen := map[step]bool{}
	var keeps func(step) bool
	keeps = func(at step) bool {
		if at.s <= All || seen[at] {
			return true
		}
		seen[at] = true
		n := m.nodes[at.s]
		of := x.of[n.bit]
		if of != 0 && !at.within {
			r := x.list[of-1]
			for i := range r.pairs {
				if p := &r.pairs[i]; m.with(at.s, r, p.real) != m.with(at.s, r, p.kept) {
					return false
				}
			}
		}
		next := func(s Set) step { return step{s, of != 0 && x.of[m.nodes[s].bit] == of} }
		return keeps(next(n.lo)) && keeps(next(n.hi))
	}
	return keeps(step{s: s})
}

// with returns the node behind a field that a value leads to.
func (m *Manager) with(s Set, r *renamed, v packet.Value) Set {
	for {
		n := &m.nodes[s]
		switch {
		case n.bit > r.last:
			return s
		case v.Bit(int(r.last-n.bit)) == 0:
			s = n.lo
		default:
			s = n.hi
		}
	}
}

// toKept returns a value with which packets are in diagrams.
func (r *renamed) toKept(v packet.Value) packet.Value {
	if kept, ok := r.kept[v]; ok {
		return kept
	}
	return v
}

// put sets the bits of a renamed field.
func (v *values) put(r *renamed, value packet.Value) {
	for i := range r.mask.Len() {
		if value.Bit(i) != 0 {
			v.set(r.last - int32(i))
		}
	}
}

// least returns the least real value of a field that the packets of a set have, which is not
// empty.
func (m *Manager) least(s Set, r *renamed) (least packet.Value) {
	found := false
	if v, ok := m.leastOther(s, r, r.mask.Len()-1, packet.Value{}); ok {
		least, found = v, true
	}
	for i := range r.pairs {
		if p := &r.pairs[i]; (!found || p.real.Cmp(least) < 0) && m.with(s, r, p.kept) != Empty {
			return p.real // pairs are sorted
		}
	}
	return least
}

// leastOther returns the least value that is not renamed and has given bits above i; ok is false
// if there is none.
func (m *Manager) leastOther(s Set, r *renamed, i int, v packet.Value) (_ packet.Value, ok bool) {
	if s == Empty {
		return v, false
	}
	if i < 0 {
		_, renamed := r.kept[v]
		return v, !renamed
	}
	lo, hi := s, s
	if n := &m.nodes[s]; n.bit == r.last-int32(i) {
		lo, hi = n.lo, n.hi
	}
	if least, ok := m.leastOther(lo, r, i-1, v); ok {
		return least, true
	}
	return m.leastOther(hi, r, i-1, v.Flip(i))
}

// put returns a set with another node behind a value of a field, of which the bits above i are
// already compared.
func (m *Manager) put(s Set, r *renamed, v packet.Value, i int, other Set) Set {
	if i < 0 {
		return other
	}
	lo, hi := s, s
	if n := m.nodes[s]; n.bit == r.last-int32(i) {
		lo, hi = n.lo, n.hi
	}
	if v.Bit(i) == 0 {
		lo = m.put(lo, r, v, i-1, other)
	} else {
		hi = m.put(hi, r, v, i-1, other)
	}
	return m.make(r.last-int32(i), lo, hi)
}
