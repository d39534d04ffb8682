package ovsdb

import (
	"encoding/binary"
	"slices"
	"sort"
)

// slots is the memory of a table's rows: blocks of 32-bit words without pointers, so that
// the garbage collector does not scan them, and a hash index over the UUIDs.
//
// The words of a row are its UUID (4, big-endian), its base (2: low, high) and its cells.
// The base is the position of the row's text, plus one; 0 marks a free slot.
type slots struct {
	stride int
	blocks [][]uint32
	used   int // slots in use, including free ones
	live   int
	free   []uint32
	index  index
	packed bool // sorted by UUID, without an index
}

const (
	blockBits = 8
	blockMask = 1<<blockBits - 1
	rowHead   = 6
)

func (s *slots) init(cells int) { s.stride = rowHead + cells }

// row returns the words of a slot.
func (s *slots) row(i uint32) []uint32 {
	p := int(i&blockMask) * s.stride
	return s.blocks[i>>blockBits][p : p+s.stride : p+s.stride]
}

func (s *slots) alive(i uint32) bool {
	r := s.row(i)
	return r[4]|r[5] != 0
}

// uuid returns the UUID of a slot.
func (s *slots) uuid(i uint32) (u UUID) {
	r := s.row(i)
	for k := range 4 {
		binary.BigEndian.PutUint32(u[4*k:], r[k])
	}
	return u
}

// base returns the position of the text of a slot's row.
func (s *slots) base(i uint32) int {
	r := s.row(i)
	return int(uint64(r[4])|uint64(r[5])<<32) - 1
}

// add allocates a slot for a new row, with all cells zero.
func (s *slots) add(u UUID, base int) uint32 {
	var i uint32
	if n := len(s.free); n > 0 {
		i = s.free[n-1]
		s.free = s.free[:n-1]
	} else {
		i = uint32(s.used)
		s.used++
		if int(i>>blockBits) == len(s.blocks) {
			s.blocks = append(s.blocks, make([]uint32, s.stride<<blockBits))
		}
	}
	r := s.row(i)
	for k := range 4 {
		r[k] = binary.BigEndian.Uint32(u[4*k:])
	}
	r[4], r[5] = uint32(base+1), uint32(uint64(base+1)>>32)
	s.live++
	s.index.put(hashUUID(u), i)
	return i
}

// remove frees a slot.
func (s *slots) remove(i uint32) {
	s.index.drop(hashUUID(s.uuid(i)), i)
	clear(s.row(i))
	s.free = append(s.free, i)
	s.live--
}

// pack sets the rows to words that are sorted by UUID.
func (s *slots) pack(words []uint32, stride int) {
	*s = slots{stride: stride, used: len(words) / stride, live: len(words) / stride, packed: true}
	for block := stride << blockBits; len(words) > 0; words = words[min(block, len(words)):] {
		s.blocks = append(s.blocks, words[:min(block, len(words))])
	}
}

// words returns the words of packed rows.
func (s *slots) words() []uint32 {
	words := make([]uint32, 0, s.used*s.stride)
	for _, b := range s.blocks {
		words = append(words, b...)
	}
	return words
}

// search returns the slot of a row in packed slots.
func (s *slots) search(u UUID) (uint32, bool) {
	i, ok := sort.Find(s.used, func(i int) int { return u.Compare(s.uuid(uint32(i))) })
	return uint32(i), ok
}

// find returns the slot of a row.
func (s *slots) find(u UUID) (uint32, bool) {
	if s.packed {
		return s.search(u)
	}
	return s.index.find(hashUUID(u), func(i uint32) bool { return s.uuid(i) == u })
}

// sort returns the slots in use, sorted by UUID. UUIDs are random, so a first pass over
// their first 16 bits leaves few to compare.
func (s *slots) sort() []uint32 {
	order := make([]uint32, 0, s.live)
	if s.live < manyRows {
		for i := range uint32(s.used) {
			if s.alive(i) {
				order = append(order, i)
			}
		}
		slices.SortFunc(order, s.compare)
		return order
	}
	order = order[:s.live]
	var start [1<<16 + 1]uint32
	for i := range uint32(s.used) {
		if s.alive(i) {
			start[s.row(i)[0]>>16+1]++
		}
	}
	for k := 1; k < len(start); k++ {
		start[k] += start[k-1]
	}
	end := start
	for i := range uint32(s.used) {
		if s.alive(i) {
			k := s.row(i)[0] >> 16
			order[end[k]] = i
			end[k]++
		}
	}
	for k := range len(start) - 1 {
		if part := order[start[k]:start[k+1]]; len(part) > 1 {
			slices.SortFunc(part, s.compare)
		}
	}
	return order
}

// manyRows is the number of rows from which sort makes a first pass.
const manyRows = 1 << 14

func (s *slots) compare(a, b uint32) int {
	return slices.Compare(s.row(a)[:4], s.row(b)[:4])
}
