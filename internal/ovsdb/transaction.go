package ovsdb

// transaction applies the transaction whose JSON object is at [from, end) of
// the source: {"TABLE": {"UUID": ROW or null, ...}, ..., "_date": ...}. The
// members come in any order (ovsdb-server writes them in a hash table's).
// A fault means that the transaction does not count; an error ends the load.
func (l *loader) transaction(from, end int) (*recordError, error) {
	b := l.src.data[:end]
	i := skipSpace(b, from)
	if at(b, i) != '{' {
		return recordErrorf(i, "a transaction that is no JSON object"), nil
	}
	tx := &txn{l: l, b: b}
	i, done := first(b, i, '}')
	for !done {
		name, to, value := member(b, i)
		if value < 0 {
			return recordErrorf(i, "not valid JSON"), nil
		}
		var f *recordError
		if i, f = tx.table(b[name:to], value); f != nil {
			return f, tx.err
		}
		if tx.err != nil {
			return nil, tx.err
		}
		if i < 0 {
			return recordErrorf(value, "not valid JSON"), nil
		}
		pos := i
		if i, done = next(b, i, '}'); i < 0 {
			return recordErrorf(pos, "not valid JSON"), nil
		}
	}
	if rest := skipSpace(b, i); rest != end {
		return recordErrorf(rest, "something follows the record's JSON object"), nil
	}
	return tx.applyLater(), nil
}

// txn is a transaction on its way into the tables.
type txn struct {
	l     *loader
	b     []byte // the source up to the transaction's end
	diff  diffMode
	later []change // changes of rows met before the mark was
	err   error    // cancelled
}

// change is a change of a row that was there before, at a position.
type change struct {
	t    *Table
	uuid UUID
	pos  int
}

// diffMode is whether changed columns hold differences, which the member
// "_is_diff" says, wherever in the transaction it stands.
type diffMode uint8

const (
	diffUnknown diffMode = iota
	diffNo
	diffYes
)

// table applies one member of the transaction, whose value is at i, and returns
// the position after it, or -1 for bad JSON.
func (tx *txn) table(name []byte, i int) (int, *recordError) {
	l := tx.l
	t := l.tables[string(name)]
	if t == nil {
		if !l.known(name) {
			return i, recordErrorf(i, "the schema has no table %q", clip(string(name)))
		}
		if string(name) == "_is_diff" {
			if tx.diff = diffNo; at(tx.b, i) == 't' {
				tx.diff = diffYes
			}
		}
		end := skipValue(tx.b, i)
		if int64(end) >= l.next {
			tx.err = l.poll(end)
		}
		return end, nil
	}
	b := tx.b
	if at(b, i) != '{' {
		return i, &recordError{pos: i, table: t.name, text: "a table's changes are no JSON object"}
	}
	i, done := first(b, i, '}')
	for !done {
		from, to, value := member(b, i)
		if value < 0 {
			return -1, nil
		}
		u, ok := parseUUID(b[from:to])
		if !ok {
			return i, &recordError{pos: i, table: t.name, text: `"` + clip(string(b[from:to])) + `" is no UUID`}
		}
		end, f := tx.row(t, u, value)
		if f != nil {
			f.table, f.uuid = t.name, u
			return i, f
		}
		if int64(end) >= l.next {
			if tx.err = l.poll(end); tx.err != nil {
				return end, nil
			}
		}
		if i, done = next(b, end, '}'); i < 0 {
			return -1, nil
		}
	}
	return i, nil
}

// known reports whether a member of a transaction may have a name although no
// wanted table has it.
func (l *loader) known(name []byte) bool {
	switch string(name) {
	case "_date", "_comment", "_is_diff":
		return true
	}
	return l.schema.Tables[string(name)] != nil
}

// row applies a row's change, whose value is at i, and returns the position
// after it.
func (tx *txn) row(t *Table, u UUID, i int) (int, *recordError) {
	slot, exists := t.slots.find(u)
	switch {
	case at(tx.b, i) == 'n':
		if !exists {
			return i, recordErrorf(i, "a transaction deletes a row that does not exist")
		}
		t.slots.remove(slot)
		end := skipValue(tx.b, i)
		if end < 0 {
			return i, recordErrorf(i, "not valid JSON")
		}
		return end, nil
	case exists && tx.diff == diffUnknown:
		end := skipValue(tx.b, i)
		if end < 0 {
			return i, recordErrorf(i, "not valid JSON")
		}
		tx.later = append(tx.later, change{t, u, i})
		return end, nil
	case exists:
		return t.scanRow(tx.b, i, rowWrite{slot: slot, diff: tx.diff == diffYes})
	}
	return t.scanRow(tx.b, i, rowWrite{slot: t.slots.add(u, i), fresh: true})
}

// applyLater applies the changes that had to wait for the end of the
// transaction. A transaction names a row once, so that their order among the
// others does not matter.
func (tx *txn) applyLater() *recordError {
	for _, c := range tx.later {
		slot, ok := c.t.slots.find(c.uuid)
		f := recordErrorf(c.pos, "a transaction changes and deletes the row")
		if ok {
			_, f = c.t.scanRow(tx.b, c.pos, rowWrite{slot: slot, diff: tx.diff == diffYes})
		}
		if f != nil {
			f.table, f.uuid = c.t.name, c.uuid
			return f
		}
	}
	return nil
}

// rowWrite says where scanRow puts what it finds.
type rowWrite struct {
	slot  uint32
	fresh bool // the row is new; its cells are zero and its base is the row's brace
	diff  bool // columns of more than one element hold differences
}

// scanRow reads the row object at i into a slot and returns the position after
// it. It is the hottest loop of a load.
func (t *Table) scanRow(b []byte, i int, w rowWrite) (int, *recordError) {
	if at(b, i) != '{' {
		return i, recordErrorf(i, "a row that is no JSON object")
	}
	base := i
	var cells []uint32
	if w.fresh {
		cells = t.slots.row(w.slot)[rowHead:]
	}
	i, done := first(b, i, '}')
	prev := 0
	for !done {
		k, value := t.rowKey(b, i, prev)
		if value < 0 {
			return i, recordErrorf(i, "not valid JSON")
		}
		if k < 0 {
			from, to, _ := member(b, i)
			if name := string(b[from:to]); name != "_uuid" && name != "_version" {
				return i, recordErrorf(i, "the schema has no column %q", clip(name))
			}
			if i = skipValue(b, value); i < 0 {
				return value, recordErrorf(value, "not valid JSON")
			}
		} else {
			key := &t.keys[k]
			prev = k + 1
			i = skipValue(b, value)
			if i < 0 {
				return value, recordErrorf(value, "column %s: not valid JSON", key.name)
			}
			if kindOf[b[value]]&key.kinds == 0 {
				return value, recordErrorf(value, "column %s: %s is no value of its type", key.name, clip(string(b[value:i])))
			}
			switch {
			case key.cell < 0:
			case w.fresh && value-base <= maxDistance:
				cells[key.cell] = uint32(value - base)
			case w.diff && key.typ != nil && key.typ.multi():
				if !t.diffCell(w.slot, key.cell, value) {
					return value, tooMany(value)
				}
			default:
				if !t.setCell(w.slot, key.cell, value) {
					return value, tooMany(value)
				}
			}
		}
		pos := i
		if i, done = next(b, i, '}'); i < 0 {
			return pos, recordErrorf(pos, "not valid JSON")
		}
	}
	return i, nil
}

func tooMany(pos int) *recordError {
	return &recordError{pos: pos, text: "the log changes more values than the limit of 2^31", err: ErrTooBig}
}

// rowKey reads a column's name and colon at i. It returns the column's index,
// or -1 for a name that the schema lacks, and the position of the value, or -1
// for bad JSON. Rows of a table tend to have their columns in one order, so it
// tries the column that came after prev the last time.
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
	from, to, value := member(b, i)
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
