// Package ovsdb holds the rows of OVSDB databases, without knowledge of their schemas.
// The packages below it read them; package open reads any source.
package ovsdb

import (
	"iter"
	"slices"
	"strings"
	"sync"

	"github.com/ovnwalk/ovnwalk/internal/ovsdb/jsonscan"
)

// Table has the rows of one table. Its methods may be called on a nil Table, which has no
// rows and no columns, so that callers need not check whether an old release has the
// table. A Table does not change after it was read, and may be used from several
// goroutines.
//
// A row takes 24 bytes and 4 more for each kept column: its UUID, the position of its
// text in the source, and the distance of each column's value from that. Values stay JSON
// text in the source until an accessor decodes them.
type Table struct {
	name   string
	file   string // the source's name in messages
	origin *Source
	src    []byte // the source's bytes
	arena  []byte // values to which differences were applied; their offsets follow the source's

	keys  []column       // all columns, sorted by name
	byKey map[string]int // column name to index in keys
	cols  []int          // kept columns, by Col: index in keys
	names map[string]Col // kept columns, by name
	guess []int          // the column that followed each column last time; see rowKey

	slots  slots
	links  []link
	diffed []diffCell // cells that may have a chain of differences

	sorted sync.Once
	order  []uint32
}

// column is a column for scanning rows: its name in quotes, its Col or -1, and the JSON
// kinds of its values.
type column struct {
	name   string
	quoted string
	cell   Col
	kinds  jsonscan.Kind
	typ    *Type // nil if the source has no schema
}

// Col is a column's position in its table. A negative Col is a column that the table
// lacks; accessors return the zero value for it.
type Col int

// NoCol is the Col of a column that a table lacks.
const NoCol Col = -1

// NewTable returns an empty table. If wanted is nil, it keeps all columns.
func NewTable(file, name string, columns map[string]*Type, wanted []string, origin *Source) *Table {
	t := &Table{file: file, name: name, origin: origin, src: origin.Data, byKey: make(map[string]int), names: make(map[string]Col)}
	for col, typ := range columns {
		k := column{name: col, quoted: `"` + col + `"`, cell: NoCol, typ: typ, kinds: ^jsonscan.Kind(0)}
		if typ != nil {
			k.kinds = typ.kinds()
		}
		t.keys = append(t.keys, k)
	}
	slices.SortFunc(t.keys, func(a, b column) int { return strings.Compare(a.name, b.name) })
	for i := range t.keys {
		k := &t.keys[i]
		t.byKey[k.name] = i
		if wanted == nil || slices.Contains(wanted, k.name) {
			k.cell = Col(len(t.cols))
			t.names[k.name] = k.cell
			t.cols = append(t.cols, i)
		}
	}
	t.guess = make([]int, len(t.keys)+1)
	t.slots.init(len(t.cols))
	return t
}

// Name returns the table's name.
func (t *Table) Name() string {
	if t == nil {
		return ""
	}
	return t.name
}

// Len returns the number of rows.
func (t *Table) Len() int {
	if t == nil {
		return 0
	}
	return t.slots.live
}

// Col returns a kept column's position, or NoCol and false if the table lacks the column
// or it was not wanted.
func (t *Table) Col(name string) (Col, bool) {
	if t == nil {
		return NoCol, false
	}
	if c, ok := t.names[name]; ok {
		return c, true
	}
	return NoCol, false
}

// Columns returns the names of the kept columns, sorted.
func (t *Table) Columns() []string {
	if t == nil {
		return nil
	}
	names := make([]string, len(t.cols))
	for i, k := range t.cols {
		names[i] = t.keys[k].name
	}
	return names
}

// ColumnType returns the schema's type of a column, or nil if the source has no schema or
// the table lacks the column.
func (t *Table) ColumnType(c Col) *Type {
	if t == nil || c < 0 || int(c) >= len(t.cols) {
		return nil
	}
	return t.keys[t.cols[c]].typ
}

// Rows yields the rows, sorted by UUID. The first call sorts them.
func (t *Table) Rows() iter.Seq[Row] {
	return func(yield func(Row) bool) {
		if t == nil {
			return
		}
		t.sorted.Do(func() { t.order = t.slots.sort() })
		for _, i := range t.order {
			if !yield(Row{t, i}) {
				return
			}
		}
	}
}

// Get returns the row with a UUID.
func (t *Table) Get(u UUID) (Row, bool) {
	if t == nil {
		return Row{}, false
	}
	i, ok := t.slots.find(u)
	return Row{t, i}, ok
}

// At returns the row with a number that Row.Number returned. A number is smaller than a
// Row, and has no pointer.
func (t *Table) At(number uint32) Row { return Row{t, number} }

// Numbers returns a number larger than those of all rows.
func (t *Table) Numbers() uint32 {
	if t == nil {
		return 0
	}
	return uint32(t.slots.used)
}

// Add allocates a slot for a new row whose text begins at base.
func (t *Table) Add(u UUID, base int) uint32 { return t.slots.add(u, base) }

// Find returns the slot of a row.
func (t *Table) Find(u UUID) (uint32, bool) { return t.slots.find(u) }

// Remove frees a slot.
func (t *Table) Remove(slot uint32) { t.slots.remove(slot) }

// Unsorted yields the rows in the order of the source without sorting them. The order is
// the same for the same source. It releases the memory of a mapped source while it
// proceeds, so that iterating over a large table does not keep it in memory.
func (t *Table) Unsorted() iter.Seq[Row] { return t.Part(0, 1) }

// Part yields the k-th of n parts of the rows. Concatenated in order, the parts are the
// rows of Unsorted. Several goroutines can share a table in this way.
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
				t.origin.Release(int64(low)&^(PollStep-1), int64(high)&^(PollStep-1))
				low, high, seen = len(t.src), 0, 0
			}
		}
	}
}

// rowsKept is the number of rows behind the current one that Part does not release.
const rowsKept = 1 << 14
