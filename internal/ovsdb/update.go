package ovsdb

import "github.com/ovnwalk/ovnwalk/internal/ovsdb/jsonscan"

// RowWrite is the destination of ScanRow.
type RowWrite struct {
	Slot  uint32
	Fresh bool // the row is new; its cells are zero and its base is the row's brace
	Diff  bool // columns with more than one element are differences
}

// ScanRow parses the row object at i into a slot and returns the position after it. Most of
// the time of a load is spent here.
func (t *Table) ScanRow(b []byte, i int, w RowWrite) (int, *RecordError) {
	if jsonscan.At(b, i) != '{' {
		return i, RecordErrorf(i, "a row that is not a JSON object")
	}
	base := i
	var cells []uint32
	if w.Fresh {
		cells = t.slots.row(w.Slot)[rowHead:]
	}
	i, done := jsonscan.First(b, i, '}')
	prev := 0
	for !done {
		k, value := t.rowKey(b, i, prev)
		if value < 0 {
			return i, RecordErrorf(i, "not valid JSON")
		}
		if k < 0 {
			from, to, _ := jsonscan.Member(b, i)
			if name := string(b[from:to]); name != "_uuid" && name != "_version" {
				return i, RecordErrorf(i, "the schema has no column %q", Clip(name))
			}
			if i = jsonscan.SkipValue(b, value); i < 0 {
				return value, RecordErrorf(value, "not valid JSON")
			}
		} else {
			key := &t.keys[k]
			prev = k + 1
			i = jsonscan.SkipValue(b, value)
			if i < 0 {
				return value, RecordErrorf(value, "column %s: not valid JSON", key.name)
			}
			if jsonscan.KindOf[b[value]]&key.kinds == 0 {
				return value, RecordErrorf(value, "column %s: %s is not a value of its type", key.name, Clip(string(b[value:i])))
			}
			switch {
			case key.cell < 0:
			case w.Fresh && value-base <= maxDistance:
				cells[key.cell] = uint32(value - base)
			case w.Diff && key.typ != nil && key.typ.multi():
				if !t.diffCell(w.Slot, key.cell, value) {
					return value, TooMany(value)
				}
			default:
				if !t.SetCell(w.Slot, key.cell, value) {
					return value, TooMany(value)
				}
			}
		}
		pos := i
		if i, done = jsonscan.Next(b, i, '}'); i < 0 {
			return pos, RecordErrorf(pos, "not valid JSON")
		}
	}
	return i, nil
}

// rowKey scans a column's name and colon at i. It returns the column's index, or -1 for a
// name that the schema lacks, and the position of the value, or -1 for invalid JSON. Rows
// of a table usually have their columns in the same order, so it first tries the column
// that followed prev the last time.
func (t *Table) rowKey(b []byte, i, prev int) (k, value int) {
	k = t.guess[prev]
	if k < len(t.keys) {
		q := t.keys[k].quoted
		if end := i + len(q); end < len(b) && string(b[i:end]) == q {
			if b[end] == ':' && end+1 < len(b) && b[end+1] > ' ' {
				return k, end + 1
			}
		}
	}
	from, to, value := jsonscan.Member(b, i)
	if value < 0 {
		return -1, -1
	}
	k, ok := t.byKey[string(b[from:to])]
	if !ok {
		return -1, value
	}
	t.guess[prev] = k
	return k, value
}
