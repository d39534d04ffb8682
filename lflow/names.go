package lflow

import "iter"

// nameTable maps names to numbers. It is a hash table with open addressing and without pointers,
// so that it can be stored in an index.
type nameTable []nameSlot

type nameSlot struct {
	hash   uint32
	number uint32 // plus one; 0 marks a free slot
}

// newNameTable returns a table for up to n names.
func newNameTable(n int) nameTable {
	size := 4
	for size < 2*n {
		size *= 2
	}
	return make(nameTable, size)
}

func (t nameTable) put(name string, number uint32) {
	hash := murmur3(name)
	mask := uint32(len(t) - 1)
	for i := hash & mask; ; i = (i + 1) & mask {
		if t[i].number == 0 {
			t[i] = nameSlot{hash, number + 1}
			return
		}
	}
}

// candidates yields the numbers of names with the same hash as a name, in the order in which
// they were added.
func (t nameTable) candidates(name string) iter.Seq[uint32] {
	return func(yield func(uint32) bool) {
		hash := murmur3(name)
		mask := uint32(len(t) - 1)
		for k := range uint32(len(t)) {
			s := t[(hash+k)&mask]
			if s.number == 0 || s.hash == hash && !yield(s.number-1) {
				return
			}
		}
	}
}

// valid reports whether a table from an index is valid.
func (t nameTable) valid() bool { return len(t) > 0 && len(t)&(len(t)-1) == 0 }
