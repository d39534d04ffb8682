package packetset

import "github.com/ovnwalk/ovnwalk/packet"

// Before returns the packets somewhere under way that are in a set after they became a
// state, which is made from Anywhere.
func (m *Manager) Before(s Set, becomes *State) Set {
	return m.rebuild(s, func(order int32, lo, hi Set) Set {
		word, bit := place(order)
		return m.Choose(m.bit(becomes, word, int(bit)), hi, lo)
	})
}

// rebuild returns a set whose diagram is made from the leaves on: each node by its bit in the
// order and by what its branches became.
func (m *Manager) rebuild(s Set, made func(order int32, lo, hi Set) Set) Set {
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
		hi := visit(n.hi)
		r := made(n.bit, visit(n.lo), hi)
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
	return m.rebuild(s, func(order int32, lo, hi Set) Set {
		at, bit := place(order)
		if at == word && low>>bit&1 != 0 || at == word-1 && high>>bit&1 != 0 {
			return m.Or(lo, hi)
		}
		return m.make(order, lo, hi)
	})
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
