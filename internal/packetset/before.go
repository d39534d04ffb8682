package packetset

import "github.com/ovnwalk/ovnwalk/packet"

// Before returns the packets somewhere under way that are in a set after they became a
// state, which is made from Anywhere.
func (m *Manager) Before(s Set, becomes *State) Set {
	memo := map[Set]Set{}
	var visit func(Set) Set
	visit = func(s Set) Set {
		if s <= All {
			return s
		}
		if r, ok := memo[s]; ok {
			return r
		}
		n := m.nodes[s]
		word, bit := place(n.bit)
		r := m.Choose(m.bit(becomes, word, int(bit)), visit(n.hi), visit(n.lo))
		memo[s] = r
		return r
	}
	return visit(s)
}

// Forget returns the packets somewhere under way that are in a set with any value of some
// bits of a field.  A field of which the packet keeps more bits than it has loses these too.
func (m *Manager) Forget(s Set, f *packet.Field, mask packet.Value) Set {
	word, shift, stored := f.Place()
	mask = mask.And(packet.Ones(stored)).Or(packet.Range(stored, f.Clears()-stored)).Shl(shift)
	low, high := mask.Lo, mask.Hi
	memo := map[Set]Set{}
	var visit func(Set) Set
	visit = func(s Set) Set {
		if s <= All {
			return s
		}
		if r, ok := memo[s]; ok {
			return r
		}
		n := m.nodes[s]
		at, bit := place(n.bit)
		lo, hi := visit(n.lo), visit(n.hi)
		var r Set
		if at == word && low>>bit&1 != 0 || at == word-1 && high>>bit&1 != 0 {
			r = m.Or(lo, hi)
		} else {
			r = m.make(n.bit, lo, hi)
		}
		memo[s] = r
		return r
	}
	return visit(s)
}

// Nearest returns a packet somewhere under way of a set, by its words: the one whose first bits,
// in the order of the bits, are those of another one where they can be, and which is as that one
// in all that the set leaves open.  It is false of Empty.
func (m *Manager) Nearest(s Set, like [packet.Words]uint64) (_ [packet.Words]uint64, ok bool) {
	for s > All {
		n := &m.nodes[s]
		word, bit := place(n.bit)
		next, other := n.lo, n.hi
		if like[word]>>bit&1 != 0 {
			next, other = n.hi, n.lo
		}
		if next == Empty {
			next, like[word] = other, like[word]^1<<bit
		}
		s = next
	}
	return like, s == All
}
