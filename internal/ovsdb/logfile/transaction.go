package logfile

import (
	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/jsonscan"
)

// transaction applies the transaction whose JSON object is at [from, end) of the
// source: {"TABLE": {"UUID": ROW or null, ...}, ..., "_date": ...}. The members may be in
// any order (ovsdb-server writes them in that of a hash table). A RecordError means that
// the transaction is invalid; an error ends the load.
func (l *reader) transaction(from, end int) (*ovsdb.RecordError, error) {
	b := l.Source.Data[:end]
	i := jsonscan.SkipSpace(b, from)
	if jsonscan.At(b, i) != '{' {
		return ovsdb.RecordErrorf(i, "a transaction that is not a JSON object"), nil
	}
	tx := &txn{l: l, b: b}
	i, done := jsonscan.First(b, i, '}')
	for !done {
		name, to, value := jsonscan.Member(b, i)
		if value < 0 {
			return ovsdb.RecordErrorf(i, "not valid JSON"), nil
		}
		var f *ovsdb.RecordError
		if i, f = tx.table(b[name:to], value); f != nil {
			return f, tx.err
		}
		if tx.err != nil {
			return nil, tx.err
		}
		if i < 0 {
			return ovsdb.RecordErrorf(value, "not valid JSON"), nil
		}
		pos := i
		if i, done = jsonscan.Next(b, i, '}'); i < 0 {
			return ovsdb.RecordErrorf(pos, "not valid JSON"), nil
		}
	}
	if rest := jsonscan.SkipSpace(b, i); rest != end {
		return ovsdb.RecordErrorf(rest, "unexpected text after the record's JSON object"), nil
	}
	return tx.applyLater(), nil
}

// txn is the state of applying a transaction.
type txn struct {
	l     *reader
	b     []byte // the source up to the transaction's end
	diff  diffMode
	later []change // changes of rows that precede the member _is_diff
	err   error    // canceled
}

// change is a change of an existing row, at a position.
type change struct {
	t    *ovsdb.Table
	uuid ovsdb.UUID
	pos  int
}

// diffMode is whether changed columns are differences, as the member "_is_diff" states,
// which may be anywhere in the transaction.
type diffMode uint8

const (
	diffUnknown diffMode = iota
	diffNo
	diffYes
)

// table applies one member of the transaction, whose value is at i, and returns the
// position after it, or -1 for invalid JSON.
func (tx *txn) table(name []byte, i int) (int, *ovsdb.RecordError) {
	l := tx.l
	t := l.Tables[string(name)]
	if t == nil {
		if !l.known(name) {
			return i, ovsdb.RecordErrorf(i, "the schema has no table %q", ovsdb.Clip(string(name)))
		}
		end := jsonscan.SkipValue(tx.b, i)
		switch string(name) {
		case "_is_diff":
			if tx.diff = diffNo; jsonscan.At(tx.b, i) == 't' {
				tx.diff = diffYes
			}
		case "_date":
			if date, ok := ovsdb.ParseInt(tx.b[i:max(i, end)]); ok {
				l.Date = date
			}
		}
		if int64(end) >= l.Next {
			tx.err = l.Poll(end)
		}
		return end, nil
	}
	b := tx.b
	if jsonscan.At(b, i) != '{' {
		return i, &ovsdb.RecordError{Pos: i, Table: t.Name(), Text: "a table's changes are not a JSON object"}
	}
	i, done := jsonscan.First(b, i, '}')
	for !done {
		from, to, value := jsonscan.Member(b, i)
		if value < 0 {
			return -1, nil
		}
		u, ok := ovsdb.UUIDOf(b[from:to])
		if !ok {
			return i, &ovsdb.RecordError{Pos: i, Table: t.Name(), Text: `"` + ovsdb.Clip(string(b[from:to])) + `" is no UUID`}
		}
		end, f := tx.row(t, u, value)
		if f != nil {
			f.Table, f.UUID = t.Name(), u
			return i, f
		}
		if int64(end) >= l.Next {
			if tx.err = l.Poll(end); tx.err != nil {
				return end, nil
			}
		}
		if i, done = jsonscan.Next(b, end, '}'); i < 0 {
			return -1, nil
		}
	}
	return i, nil
}

// known reports whether a member of a transaction may have a name that is not that of a
// wanted table.
func (l *reader) known(name []byte) bool {
	switch string(name) {
	case "_date", "_comment", "_is_diff":
		return true
	}
	return l.Schema.Tables[string(name)] != nil
}

// row applies a row's change, whose value is at i, and returns the position after it.
func (tx *txn) row(t *ovsdb.Table, u ovsdb.UUID, i int) (int, *ovsdb.RecordError) {
	slot, exists := t.Find(u)
	switch {
	case jsonscan.At(tx.b, i) == 'n':
		if !exists {
			return i, ovsdb.RecordErrorf(i, "a transaction deletes a row that does not exist")
		}
		t.Remove(slot)
		end := jsonscan.SkipValue(tx.b, i)
		if end < 0 {
			return i, ovsdb.RecordErrorf(i, "not valid JSON")
		}
		return end, nil
	case exists && tx.diff == diffUnknown:
		end := jsonscan.SkipValue(tx.b, i)
		if end < 0 {
			return i, ovsdb.RecordErrorf(i, "not valid JSON")
		}
		tx.later = append(tx.later, change{t, u, i})
		return end, nil
	case exists:
		return t.ScanRow(tx.b, i, ovsdb.RowWrite{Slot: slot, Diff: tx.diff == diffYes})
	}
	return t.ScanRow(tx.b, i, ovsdb.RowWrite{Slot: t.Add(u, i), Fresh: true})
}

// applyLater applies the changes that were postponed to the end of the transaction. Their
// order does not matter, because a transaction names a row only once.
func (tx *txn) applyLater() *ovsdb.RecordError {
	for _, c := range tx.later {
		slot, ok := c.t.Find(c.uuid)
		f := ovsdb.RecordErrorf(c.pos, "a transaction changes and deletes the row")
		if ok {
			_, f = c.t.ScanRow(tx.b, c.pos, ovsdb.RowWrite{Slot: slot, Diff: tx.diff == diffYes})
		}
		if f != nil {
			f.Table, f.UUID = c.t.Name(), c.uuid
			return f
		}
	}
	return nil
}
