package packetset

import (
	"maps"
	"slices"
)

// Mark is a point in the history of a manager, with all sets and states that existed then.
type Mark struct {
	nodes   Set
	states  int32
	assumed int
}

// Mark returns the current point.
func (m *Manager) Mark() Mark { return Mark{Set(len(m.nodes)), m.states.n, len(m.assumed)} }

// Has reports whether a set existed at the mark.
func (k Mark) Has(s Set) bool { return s < k.nodes }

// HasState reports whether the number of a state existed at the mark.
func (k Mark) HasState(id int32) bool { return id <= k.states }

// Nodes returns the number of nodes that the manager had.
func (k Mark) Nodes() int { return int(k.nodes) }

// Release removes the sets, numbers of states and assumptions that were made after a mark,
// and keeps the memory for others. They must not be used afterwards.
func (m *Manager) Release(to Mark) {
	mask := uint64(len(m.unique) - 1)
	for s := Set(len(m.nodes)) - 1; s >= to.nodes; s-- { // from the last one, so that no other one moves
		n := &m.nodes[s]
		i := hash(uint64(n.bit), uint64(n.lo), uint64(n.hi)) & mask
		for m.unique[i] != s {
			i = (i + 1) & mask
		}
		m.unique[i] = Empty
	}
	m.nodes = m.nodes[:to.nodes]
	for i := range m.cache {
		if c := &m.cache[i]; max(c.a(), c.b, c.result) >= to.nodes {
			*c = cached{}
		}
	}
	clear(m.long)
	maps.DeleteFunc(m.lists, func(_ listKey, s Set) bool { return !to.Has(s) })
	maps.DeleteFunc(m.digests, func(s Set, _ Digest) bool { return !to.Has(s) })
	maps.DeleteFunc(m.same, func(s Set, _ *known) bool { return !to.Has(s) })
	m.states.release(to)
	m.assumed = m.assumed[:to.assumed]
}

func (t *stateTable) release(to Mark) {
	for h, list := range t.byHash {
		if list = slices.DeleteFunc(list, func(s *State) bool { return !to.HasState(s.id) }); len(list) > 0 {
			t.byHash[h] = list
		} else {
			delete(t.byHash, h)
		}
	}
	t.n = to.states
}

// maxKept is the size of the hash table, in places, up to which its memory is kept.
const maxKept = 1 << 22

// Reset removes all sets, renamings and assumptions. It keeps the memory, up to maxKept, for others.
func (m *Manager) Reset() {
	if len(m.unique) > maxKept {
		*m = *NewManager(m.limit)
		return
	}
	m.nodes = m.nodes[:2]
	clear(m.unique)
	clear(m.cache)
	clear(m.same)
	clear(m.long)
	m.Next(nil)
}
