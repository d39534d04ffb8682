package ovsdb

// A cell says where a value's text begins. Most are a distance in bytes behind
// the row's base, zero for a value that the source leaves out because it is the
// column's default. A cell with linkedCell set counts into the table's links.
const linkedCell = 1 << 31

// maxDistance is the longest distance a cell can hold.
const maxDistance = linkedCell - 1

// link is a value that lies too far from its row or comes about by
// differences. Its place is an offset into the source's bytes, or past them
// into the arena. A link that is a difference applies to the value at prev.
type link struct {
	place int
	prev  uint32 // a cell; see diff
	diff  bool
}

// diffCell names a cell that a difference was recorded for.
type diffCell struct {
	slot uint32
	cell Col
}

// SetCell makes the value at pos the value of a cell.
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

// diffCell applies the difference at pos to a cell, later: a long log may
// change a big set many times, and only the last state is worth writing out.
func (t *Table) diffCell(slot uint32, c Col, pos int) bool {
	cell := &t.slots.row(slot)[rowHead+int(c)]
	if *cell == 0 && t.keys[t.cols[c]].typ.Min == 0 {
		// A difference from no elements is the value itself.
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

// place returns where the value of a cell begins, or -1 for a default.
func (t *Table) place(slot uint32, cell uint32) int {
	switch {
	case cell == 0:
		return -1
	case cell&linkedCell == 0:
		return t.slots.base(slot) + int(cell)
	case int(cell&^linkedCell) >= len(t.links):
		return -1 // of a damaged index
	}
	return t.links[cell&^linkedCell].place
}

// text returns the bytes that hold the value at a place, from its first byte
// on, and whatever follows it, or nil for no place.
func (t *Table) text(place int) []byte {
	if place < 0 {
		return nil
	}
	if place < len(t.src) {
		return t.src[place:]
	}
	if place-len(t.src) > len(t.arena) {
		return nil // of a damaged index
	}
	return t.arena[place-len(t.src):]
}

// settle turns chains of differences into values. It returns the first record
// position at which a difference does not fit, with the fault.
func (t *Table) settle() *RecordError {
	var worst *RecordError
	for _, d := range t.diffed {
		if !t.slots.alive(d.slot) {
			continue
		}
		cell := &t.slots.row(d.slot)[rowHead+int(d.cell)]
		if *cell&linkedCell == 0 || !t.links[*cell&^linkedCell].diff {
			continue // replaced since, or the slot serves another row
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
