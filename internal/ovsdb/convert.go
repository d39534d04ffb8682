package ovsdb

// Convert fills an empty table with the rows of the same table under another schema, as
// ovsdb-server does for a schema change without data: columns of the same name keep
// their values, which must conform to the new type.
func (t *Table) Convert(from *Table) *RecordError {
	t.arena, t.links = from.arena, from.links
	for i := range uint32(from.slots.used) {
		if !from.slots.alive(i) {
			continue
		}
		slot := t.slots.add(from.slots.uuid(i), from.slots.base(i))
		for c, k := range t.cols {
			key := &t.keys[k]
			was, ok := from.names[key.name]
			if !ok {
				continue
			}
			old := from.keys[from.cols[was]].typ
			cell := from.slots.row(i)[rowHead+int(was)]
			if *old != *key.typ {
				if f := t.refit(from, i, &cell, old, key); f != nil {
					return f
				}
			}
			t.slots.row(slot)[rowHead+c] = cell
		}
	}
	return nil
}

// refit checks a value against a column's new type. It writes out an omitted default
// that is not the default of the new type.
func (t *Table) refit(from *Table, slot uint32, cell *uint32, old *Type, key *column) *RecordError {
	b := from.text(from.place(slot, *cell))
	if b == nil {
		if old.Min == key.typ.Min && old.Key == key.typ.Key && old.Value == key.typ.Value {
			return nil
		}
		place := len(t.src) + len(t.arena)
		t.arena = old.appendDefault(t.arena)
		if !t.addLink(cell, link{place: place}) {
			return TooMany(from.slots.base(slot))
		}
		b = t.text(place)
	}
	v := datum{typ: key.typ}
	err := v.read(b)
	if err == nil {
		err = v.checkSize()
	}
	if err != nil {
		return &RecordError{
			Pos: from.slots.base(slot), Table: t.name, UUID: from.slots.uuid(slot),
			Text: "column " + key.name + " under the new schema: " + err.Error(),
		}
	}
	return nil
}
