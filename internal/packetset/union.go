package packetset

import "encoding/binary"

// Union returns the packets that are in one set at least.  Sets that are conjunctions of the
// same bits, as the matches of flows that differ in addresses, are united at once.
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

// product is conjunctions of the same bits.
type product struct {
	bits   []int32
	values [][]bool // of each conjunction
}

// uniteConjunctions returns sets with the same union, of which one has all conjunctions of the
// same bits.
func (m *Manager) uniteConjunctions(sets []Set) (out []Set) {
	var order []*product
	products := map[string]*product{}
	var key []byte
	for _, s := range sets {
		var bits []int32
		var values []bool
		rest := s
		for rest > All {
			n := &m.nodes[rest]
			if n.lo != Empty && n.hi != Empty {
				break
			}
			bits, values = append(bits, n.bit), append(values, n.lo == Empty)
			rest = n.lo | n.hi // one of them is Empty
		}
		if rest != All {
			if s != Empty {
				out = append(out, s)
			}
			continue
		}
		key = key[:0]
		for _, b := range bits {
			key = binary.LittleEndian.AppendUint16(key, uint16(b))
		}
		p := products[string(key)]
		if p == nil {
			p = &product{bits: bits}
			products[string(key)] = p
			order = append(order, p)
		}
		p.values = append(p.values, values)
	}
	for _, p := range order {
		out = append(out, m.conjunctions(p.bits, p.values, 0))
	}
	return out
}

// conjunctions returns the packets that have one of several values in bits from the i-th on.
func (m *Manager) conjunctions(bits []int32, values [][]bool, i int) Set {
	if len(values) == 0 {
		return Empty
	}
	if i == len(bits) {
		return All
	}
	ones := 0
	for j := range values { // those with a one first
		if values[j][i] {
			values[j], values[ones] = values[ones], values[j]
			ones++
		}
	}
	return m.make(bits[i], m.conjunctions(bits, values[ones:], i+1), m.conjunctions(bits, values[:ones], i+1))
}
