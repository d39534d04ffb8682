package ovsdb

import "iter"

// Part yields the k-th of n parts of the rows, in the order of Unsorted: part 0,
// then part 1 and so on are what Unsorted yields.  So several goroutines can
// share a table.
func (t *Table) Part(k, n int) iter.Seq[Row] {
	return func(yield func(Row) bool) {
		if t == nil {
			return
		}
		from, to := t.slots.used*k/n, t.slots.used*(k+1)/n
		for i := uint32(from); i < uint32(to); i++ {
			if t.slots.alive(i) && !yield(Row{t, i}) {
				return
			}
		}
	}
}
