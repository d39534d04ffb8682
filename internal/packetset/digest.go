package packetset

import (
	"crypto/sha256"
	"encoding/binary"

	"github.com/ovnwalk/ovnwalk/packet"
)

// Digest identifies a set among those of all managers: two sets have the same
// packets if and only if their digests are equal.
type Digest [sha256.Size]byte

// Digest returns the digest of a set.
func (m *Manager) Digest(s Set) Digest {
	if s <= All {
		return Digest{0: byte(s)}
	}
	if d, ok := m.digests[s]; ok {
		return d
	}
	n := m.nodes[s]
	lo, hi := m.Digest(n.lo), m.Digest(n.hi)
	text := make([]byte, 0, 4+2*sha256.Size)
	text = binary.BigEndian.AppendUint32(text, uint32(n.bit))
	text = append(append(text, lo[:]...), hi[:]...)
	d := Digest(sha256.Sum256(text))
	if m.digests == nil {
		m.digests = map[Set]Digest{}
	}
	m.digests[s] = d
	return d
}

// Copy returns a set of another manager as a set of this one. This one must have no renamings.
func (m *Manager) Copy(from *Manager, s Set) Set { return m.Copies(from, from.renames)(s) }

// Known are bits of fields that have the same value in all packets of a set.
type Known struct {
	fixed bitmap
	value bitmap
	last  int32 // the last fixed bit
}

// bitmap has a bit for each bit of a packet.
type bitmap [maxBits / 64]uint64

func (b *bitmap) has(bit int32) bool { return b[bit/64]>>(bit%64)&1 != 0 }

func (b *bitmap) add(bit int32) { b[bit/64] |= 1 << (bit % 64) }

// Known returns the bits of fields that are the same in all packets of a set, which
// is not empty.
func (m *Manager) Known(s Set, fields ...*packet.Field) *Known {
	k := m.known(s)
	out := &Known{last: -1}
	for _, f := range fields {
		at := spans[f]
		for bit := at.first; bit < at.first+at.bits; bit++ {
			place := wordBit[bit]
			if k.mask[place.word]>>place.bit&1 == 0 {
				continue
			}
			out.fixed.add(bit)
			if k.value[place.word]>>place.bit&1 != 0 {
				out.value.add(bit)
			}
			out.last = max(out.last, bit)
		}
	}
	return out
}

// Restrict returns the cofactor of a set for known values of some bits: it has the packets that
// are in s if these bits are set to the values.
func (m *Manager) Restrict(s Set, k *Known) Set {
	m.visit()
	return m.restrict(s, k)
}

func (m *Manager) restrict(s Set, k *Known) Set {
	n := m.nodes[s]
	for n.bit <= k.last && k.fixed.has(n.bit) {
		if s = n.lo; k.value.has(n.bit) {
			s = n.hi
		}
		n = m.nodes[s]
	}
	if n.bit > k.last {
		return s
	}
	if m.seen[s] == m.epoch {
		return m.made[s]
	}
	r := m.make(n.bit, m.restrict(n.lo, k), m.restrict(n.hi, k))
	m.seen[s], m.made[s] = m.epoch, r
	return r
}
