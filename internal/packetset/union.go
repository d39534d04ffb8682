package packetset

import "encoding/binary"

// Union returns the packets that are in at least one set. Sets that are conjunctions of the
// same bits, such as the matches of flows that differ in addresses, become one set at once.
func (m *Manager) Union(sets []Set) Set {
	if len(sets) > 2 {
		sets = m.uniteConjunctions(sets)
	}
	return m.union(sets)
}

func (m *Manager) union(sets []Set) Set {
	switch len(sets) {
	case 0:
		return Empty
	case 1:
		return sets[0]
	}
	half := len(sets) / 2
	return m.Or(m.union(sets[:half]), m.union(sets[half:]))
}

// uniteConjunctions returns sets with the same union, in which all conjunctions of the same
// bits are one set.
func (m *Manager) uniteConjunctions(sets []Set) (out []Set) {
	var all []terms
	for _, s := range sets {
		if t, ok := m.termsOf(s); ok {
			all = append(all, t)
		} else if s != Empty {
			out = append(out, s)
		}
	}
	return append(out, m.unite(all)...)
}

// unite returns sets with the union of conjunctions, one for each combination of bits.
func (m *Manager) unite(all []terms) (out []Set) {
	var order []string
	of := map[string][]terms{}
	var key []byte
	for _, t := range all {
		key = key[:0]
		for _, one := range t {
			key = binary.LittleEndian.AppendUint16(key, uint16(one>>1))
		}
		if of[string(key)] == nil {
			order = append(order, string(key))
		}
		of[string(key)] = append(of[string(key)], t)
	}
	for _, k := range order {
		out = append(out, m.conjunctions(of[k], len(k)/2))
	}
	return out
}

// conjunctions returns the packets that satisfy one of several conjunctions of the same
// bits, as far as the first n of these bits in the order.
func (m *Manager) conjunctions(all []terms, n int) Set {
	switch {
	case len(all) == 0:
		return Empty
	case n == 0:
		return All
	}
	bit := all[0][n-1] >> 1
	ones := 0
	for i, t := range all { // those with a one first
		if t[n-1]&1 != 0 {
			all[i], all[ones] = all[ones], t
			ones++
		}
	}
	return m.make(bit, m.conjunctions(all[ones:], n-1), m.conjunctions(all[:ones], n-1))
}
