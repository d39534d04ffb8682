package ovsdb

// A cell is the position of a value's text: normally its distance in bytes from the
// row's base, or zero for a value that the source omits because it is the column's
// default. A cell with the bit linkedCell is an index into the table's links.
const linkedCell = 1 << 31

// maxDistance is the largest distance that a cell can hold.
const maxDistance = linkedCell - 1

// link is a value that is too far from its row, or that differences were applied to. Its
// place is an offset into the source's bytes followed by the arena. A link that is a
// difference applies to the value at prev.
type link struct {
	place int
	prev  uint32 // a cell; see diff
	diff  bool
}

// diffCell identifies a cell for which a difference was recorded.
type diffCell struct {
	slot uint32
	cell Col
}

// SetCell sets a cell to the value at pos.
func (t *Table) SetCell(slot uint32, c Col, pos int) bool {
	row := t.slots.row(slot)
	cell := &row[rowHead+int(c)]
	if d := pos - t.slots.base(slot); d > 0 && d <= maxDistance {
		*cell = uint32(d)
		return true
	}
	if *cell&linkedCell != 0 {
		t.links[*cell&^linkedCell] = link{place: pos}
		return true
	}
	return t.addLink(cell, link{place: pos})
}

// diffCell records the difference at pos for a cell. settle applies it: a long log may
// change a large set many times, and only the last state needs to be written out.
func (t *Table) diffCell(slot uint32, c Col, pos int) bool {
	cell := &t.slots.row(slot)[rowHead+int(c)]
	if *cell == 0 && t.keys[t.cols[c]].typ.Min == 0 {
		// A difference from an empty value is the value itself.
		return t.SetCell(slot, c, pos)
	}
	if was := *cell; was&linkedCell == 0 || !t.links[was&^linkedCell].diff {
		t.diffed = append(t.diffed, diffCell{slot, c})
	}
	return t.addLink(cell, link{place: pos, prev: *cell, diff: true})
}

func (t *Table) addLink(cell *uint32, l link) bool {
	n := len(t.links)
	if n > maxDistance {
		return false
	}
	t.links = append(t.links, l)
	*cell = uint32(n) | linkedCell
	return true
}

// place returns the position of a cell's value, or -1 for a default.
func (t *Table) place(slot uint32, cell uint32) int {
	switch {
	case cell == 0:
		return -1
	case cell&linkedCell == 0:
		return t.slots.base(slot) + int(cell)
	case int(cell&^linkedCell) >= len(t.links):
		return -1 // the index is damaged
	}
	return t.links[cell&^linkedCell].place
}

// text returns the bytes from the value at a place to the end of the source or arena, or
// nil if there is no value.
func (t *Table) text(place int) []byte {
	if place < 0 {
		return nil
	}
	if place < len(t.src) {
		return t.src[place:]
	}
	if place-len(t.src) > len(t.arena) {
		return nil // the index is damaged
	}
	return t.arena[place-len(t.src):]
}

// settle applies chains of differences. It returns an error for the first difference in
// the source that does not fit.
func (t *Table) settle() *RecordError {
	var worst *RecordError
	for _, d := range t.diffed {
		if !t.slots.alive(d.slot) {
			continue
		}
		cell := &t.slots.row(d.slot)[rowHead+int(d.cell)]
		if *cell&linkedCell == 0 || !t.links[*cell&^linkedCell].diff {
			continue // replaced since, or the slot has another row now
		}
		if f := t.settleCell(d.slot, d.cell, cell); f != nil && (worst == nil || f.Pos < worst.Pos) {
			worst = f
		}
	}
	t.diffed = nil
	return worst
}

func (t *Table) settleCell(slot uint32, c Col, cell *uint32) *RecordError {
	var chain []int
	at := *cell
	for at&linkedCell != 0 && t.links[at&^linkedCell].diff {
		l := t.links[at&^linkedCell]
		chain = append(chain, l.place)
		at = l.prev
	}
	key := &t.keys[t.cols[c]]
	fail := func(pos int, text string) *RecordError {
		return &RecordError{Pos: pos, Table: t.name, UUID: t.slots.uuid(slot), Text: "column " + key.name + ": " + text}
	}
	v := datum{typ: key.typ}
	base := t.place(slot, at)
	if err := v.read(t.text(base)); err != nil {
		return fail(base, err.Error())
	}
	for i := len(chain) - 1; i >= 0; i-- {
		if err := v.apply(t.text(chain[i])); err != nil {
			return fail(chain[i], err.Error())
		}
	}
	place := len(t.src) + len(t.arena)
	t.arena = v.appendJSON(t.arena)
	t.links[*cell&^linkedCell] = link{place: place}
	return nil
}

func TooMany(pos int) *RecordError {
	return &RecordError{Pos: pos, Text: "the log changes more values than the limit of 2^31", Err: ErrTooBig}
}
