package ovsdb

import (
	"bytes"
	"slices"
)

// Kept returns a function that reports whether the row with a number is unchanged since
// an earlier reading of the table, in which it had the same number. It returns nil
// unless the source begins with the bytes of the earlier one, like a log to which the
// server has appended.
func (t *Table) Kept(earlier *Table) func(number uint32) bool {
	if t == nil || earlier == nil || t.slots.packed || earlier.slots.packed ||
		!slices.Equal(t.Columns(), earlier.Columns()) || !bytes.HasPrefix(t.src, earlier.src) {
		return nil
	}
	return func(number uint32) bool {
		if int(number) >= earlier.slots.used || !t.slots.alive(number) {
			return false
		}
		row := t.slots.row(number)
		return slices.Equal(row, earlier.slots.row(number)) && !slices.ContainsFunc(row[rowHead:], func(cell uint32) bool { return cell&linkedCell != 0 })
	}
}
