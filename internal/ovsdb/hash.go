package ovsdb

import (
	"encoding/binary"
	"math/bits"
	"math/rand/v2"
)

// index is a hash table from UUIDs to slots: open addressing, each entry the
// hash's low 32 bits and the slot plus two. It compares hashes before rows, so
// that a miss seldom touches a row.
type index struct {
	entries []entry
	filled  int // entries that are not empty, dropped ones included
	live    int
}

type entry struct {
	hash uint32
	slot uint32 // slot+entrySlot, or one of the marks below
}

const (
	entryEmpty   = 0
	entryDropped = 1
	entrySlot    = 2
)

// hashSeed prevents a crafted file from choosing UUIDs that collide. No order depends
// on it.
var hashSeed = [2]uint64{rand.Uint64(), rand.Uint64()}

func hashUUID(u UUID) uint32 {
	hi, lo := bits.Mul64(binary.LittleEndian.Uint64(u[:8])^hashSeed[0], binary.LittleEndian.Uint64(u[8:])^hashSeed[1])
	return uint32((hi ^ lo) >> 16)
}

func (x *index) put(hash, slot uint32) {
	if 4*(x.filled+1) > 3*len(x.entries) {
		x.grow()
	}
	x.live++
	if x.place(hash, slot+entrySlot) == entryEmpty {
		x.filled++
	}
}

// place writes an entry into the first free place and returns the mark that was there.
func (x *index) place(hash, slot uint32) uint32 {
	mask := uint32(len(x.entries) - 1)
	for p := hash & mask; ; p = (p + 1) & mask {
		if was := x.entries[p].slot; was < entrySlot {
			x.entries[p] = entry{hash, slot}
			return was
		}
	}
}

func (x *index) grow() {
	old := x.entries
	size := 16
	for size < 2*(x.live+1) {
		size *= 2
	}
	x.entries = make([]entry, size)
	x.filled = x.live
	for _, e := range old {
		if e.slot >= entrySlot {
			x.place(e.hash, e.slot)
		}
	}
}

// find returns the slot with the given hash that is accepts.
func (x *index) find(hash uint32, is func(slot uint32) bool) (uint32, bool) {
	if len(x.entries) == 0 {
		return 0, false
	}
	mask := uint32(len(x.entries) - 1)
	for p := hash & mask; ; p = (p + 1) & mask {
		e := x.entries[p]
		if e.slot == entryEmpty {
			return 0, false
		}
		if e.hash == hash && e.slot >= entrySlot && is(e.slot-entrySlot) {
			return e.slot - entrySlot, true
		}
	}
}

func (x *index) drop(hash, slot uint32) {
	mask := uint32(len(x.entries) - 1)
	for p := hash & mask; ; p = (p + 1) & mask {
		if e := &x.entries[p]; e.slot == slot+entrySlot {
			e.slot = entryDropped
			x.live--
			return
		}
	}
}
