package ovsdb

import "fmt"

// Warning makes a warning about a row: the source, the byte at which the row
// begins, its table and UUID, and the text.
func (r Row) Warning(format string, args ...any) Warning {
	return Warning{File: r.t.file, Offset: r.Offset(), Table: r.t.name, UUID: r.UUID(), Text: fmt.Sprintf(format, args...)}
}

// Error makes an error about a row, as Warning does. Err is what it wraps.
func (r Row) Error(err error, format string, args ...any) *Error {
	return &Error{File: r.t.file, Offset: r.Offset(), Table: r.t.name, UUID: r.UUID(), Text: fmt.Sprintf(format, args...), Err: err}
}

// Dangling returns a warning for each reference in a table's kept columns that
// points at a row which does not exist, in the order of the rows' UUIDs. Where
// a reference points is the schema's to say, and only kept tables are looked
// in.
func (s *Snapshot) Dangling(table string) []Warning {
	t := s.Table(table)
	columns := t.Columns()
	var list []Warning
	for r := range t.Rows() {
		for i, name := range columns {
			c := Col(i)
			typ := t.ColumnType(c)
			if typ == nil || typ.Key.RefTable == "" && typ.Value.RefTable == "" {
				continue
			}
			check := func(base *BaseType, atom []byte) {
				if to := s.Table(base.RefTable); to != nil {
					if u, ok := ParseRef(atom); ok {
						if _, ok := to.Get(u); !ok {
							list = append(list, r.Warning("column %s points at row %s of table %s, which does not exist", name, u, base.RefTable))
						}
					}
				}
			}
			b := r.text(c)
			switch {
			case b == nil:
			case typ.IsMap():
				eachPair(b, func(key, value []byte) bool {
					check(&typ.Key, key)
					check(&typ.Value, value)
					return true
				})
			default:
				eachAtom(b, func(atom []byte) bool { check(&typ.Key, atom); return true })
			}
		}
	}
	return list
}
