package packetset

import (
	"slices"

	"github.com/ovnwalk/ovnwalk/packet"
)

// arrive reports whether a traversal visits a node for the first time.
func (m *Manager) arrive(s Set) bool {
	first := m.seen[s] != m.epoch
	m.seen[s] = m.epoch
	return first
}

// entering returns the nodes at which the paths of a set reach or skip the bits of a field.
func (m *Manager) entering(s Set, at span) (out []Set) {
	m.visit()
	var visit func(Set)
	visit = func(s Set) {
		if s == Empty || !m.arrive(s) {
			return
		}
		if n := &m.nodes[s]; n.bit < at.first {
			visit(n.lo)
			visit(n.hi)
			return
		}
		out = append(out, s)
	}
	visit(s)
	return out
}

// project returns the packets whose field f has a value that a packet of the set has.
func (m *Manager) project(s Set, f *packet.Field) Set {
	at := spans[f]
	list := m.entering(s, at)
	for i, s := range list {
		if list[i] = m.ending(s, at, nil); list[i] == All {
			return All
		}
	}
	return m.Union(list)
}

// ending returns the values of a field, as a set, for which paths from a node lead to a
// given node, or, for nil, to any node but Empty.
func (m *Manager) ending(s Set, at span, to *Set) Set {
	m.visit()
	var visit func(Set) Set
	visit = func(s Set) Set {
		n := m.nodes[s]
		if n.bit >= at.first+at.bits {
			if s == Empty && to == nil || to != nil && s != *to {
				return Empty
			}
			return All
		}
		if m.seen[s] == m.epoch {
			return m.made[s]
		}
		r := m.make(n.bit, visit(n.lo), visit(n.hi))
		m.seen[s], m.made[s] = m.epoch, r
		return r
	}
	return visit(s)
}

// leaves returns the nodes behind the bits of a field that paths from a node reach.
func (m *Manager) leaves(s Set, at span) (out []Set) {
	m.visit()
	var visit func(Set)
	visit = func(s Set) {
		if !m.arrive(s) {
			return
		}
		n := &m.nodes[s]
		if n.bit >= at.first+at.bits {
			out = append(out, s)
			return
		}
		visit(n.lo)
		visit(n.hi)
	}
	visit(s)
	return out
}

// classes divides the values of a field into those for which the set has the same other
// fields; ok is false if there are more classes than a limit.
func (m *Manager) classes(s Set, f *packet.Field, limit int) (out []Set, ok bool) {
	at := spans[f]
	out = []Set{All}
	for _, e := range m.entering(s, at) {
		ends := m.leaves(e, at)
		if len(ends) > limit {
			return nil, false
		}
		if len(ends) == 1 {
			continue
		}
		var finer []Set
		for i := range ends {
			values := m.ending(e, at, &ends[i])
			for _, c := range out {
				if both := m.And(c, values); both != Empty {
					finer = append(finer, both)
				}
			}
			if len(finer) > limit {
				return nil, false
			}
		}
		out = finer
	}
	return out, true
}

// support returns the fields on which a set depends.
func (m *Manager) support(s Set) (out []*packet.Field) {
	var found [maxBits]bool
	m.visit()
	var visit func(Set)
	visit = func(s Set) {
		if s <= All || !m.arrive(s) {
			return
		}
		n := &m.nodes[s]
		found[n.bit] = true
		visit(n.lo)
		visit(n.hi)
	}
	visit(s)
	for _, f := range order {
		at := spans[f]
		if slices.Contains(found[at.first:at.first+at.bits], true) {
			out = append(out, f)
		}
	}
	return out
}
