package ovsdb

import "iter"

// Unsorted yields the rows in the order in which the source holds them, which
// is the same each time for the same source, and costs no sorting. As it goes
// it gives the memory of a mapped source back to the system, so that a look at
// all rows of a big table does not keep them all in memory.
func (t *Table) Unsorted() iter.Seq[Row] { return t.Part(0, 1) }

// Part yields the k-th of n parts of the rows, in the order of Unsorted: part 0,
// then part 1 and so on are what Unsorted yields. So several goroutines can
// share a table.
func (t *Table) Part(k, n int) iter.Seq[Row] {
	return func(yield func(Row) bool) {
		if t == nil {
			return
		}
		low, high, seen := len(t.src), 0, 0
		from, to := t.slots.used*k/n, t.slots.used*(k+1)/n
		for i := uint32(from); i < uint32(to); i++ {
			if !t.slots.alive(i) {
				continue
			}
			if !yield(Row{t, i}) {
				return
			}
			base := t.slots.base(i)
			low, high = min(low, base), max(high, base)
			if seen++; seen == rowsKept {
				t.origin.release(int64(low)&^(pollStep-1), int64(high)&^(pollStep-1))
				low, high, seen = len(t.src), 0, 0
			}
		}
	}
}

// rowsKept is how many rows Part leaves in memory behind it.
const rowsKept = 1 << 14
