package ovsdb

import "slices"

// Packed returns the snapshot with the rows of each table sorted by UUID, in a form
// that does not depend on the process. It shares the source's memory with s, which
// must stay open.
func (s *Snapshot) Packed() *Snapshot {
	p := *s
	p.tables = make(map[string]*Table, len(s.tables))
	for name, t := range s.tables {
		order := t.slots.sort()
		words := make([]uint32, 0, len(order)*t.slots.stride)
		for _, i := range order {
			words = append(words, t.slots.row(i)...)
		}
		c := &Table{
			name: t.name, file: t.file, origin: t.origin, src: t.src, arena: t.arena,
			keys: t.keys, byKey: t.byKey, cols: t.cols, names: t.names, guess: t.guess, links: t.links,
		}
		c.slots.pack(words, t.slots.stride)
		p.tables[name] = c
	}
	return &p
}

// Image returns the memory of a packed table: the words of its rows, the places of its
// links, and the values that are not in the source.
func (t *Table) Image() (words []uint32, places []int64, arena []byte) {
	places = make([]int64, len(t.links))
	for i, l := range t.links {
		places[i] = int64(l.place)
	}
	return t.slots.words(), places, t.arena
}

// Restore sets an empty table to the memory that Image returned. It returns false if
// the table had other columns, or the words are not valid rows.
func (t *Table) Restore(columns []string, words []uint32, places []int64, arena []byte) bool {
	if !slices.Equal(columns, t.Columns()) || len(words)%t.slots.stride != 0 {
		return false
	}
	t.slots.pack(words, t.slots.stride)
	t.arena = arena
	t.links = make([]link, len(places))
	for i, p := range places {
		t.links[i].place = int(p)
	}
	return true
}
