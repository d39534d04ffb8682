package packetset

import "github.com/ovnwalk/ovnwalk/packet"

// Before returns the packets at a point of their path for which the packet after becomes is
// in a set. The state is made from Anywhere.
func (m *Manager) Before(s Set, becomes *State) Set {
	return m.rebuild(s, func(order int32, lo, hi Set) Set {
		word, bit := place(order)
		return m.Choose(m.bit(becomes, word, int(bit)), hi, lo)
	})
}

// rebuild returns a set whose diagram is built from the leaves up: made returns the
// replacement of a node from its bit in the order and from the replacements of its
// branches.
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

// Forget returns the packets at a point of their path that are in a set for some value of
// the masked bits of a field. If the packet stores more bits than the field has, these bits
// are forgotten too.
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

// Nearest returns the words of a packet of a set of packets at a point of their path: the
// packet that agrees with like in the longest run of first bits, in the order of the bits,
// and in all bits that the set leaves open. ok is false for Empty.
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
