package ovsdb

import (
	"context"
	"fmt"
)

// loader turns one source's bytes into a Snapshot. A pass applies records to
// fresh tables; where it finds damage, the next pass stops before it, so that
// a record counts whole or not at all, as it does for ovsdb-server.
type loader struct {
	ctx  context.Context
	o    *Options
	name string
	src  *source

	logName  string // the database's name by a log's own word, or ""
	schema   *Schema
	tables   map[string]*Table // wanted tables
	warnings []Warning

	next int64 // where the next look at the outside world is due
	done int64 // what has been given back to the system
	hash *verifier
}

// pollStep is how many bytes are parsed between two looks at the outside
// world: cancellation, progress, memory.
const pollStep = 4 << 20

// maxVerifyLag is how far parsing and the checking of checksums may be apart before
// memory that the other has yet to look at is given back all the same.
const maxVerifyLag = 32 << 20

// fail makes an error at a byte of the source.
func (l *loader) fail(pos int64, err error, format string, args ...any) error {
	return &Error{File: l.name, Offset: pos, Text: fmt.Sprintf(format, args...), Err: err}
}

// setSchema starts empty tables for a schema.
func (l *loader) setSchema(s *Schema) error {
	if want := l.o.Schema; want != "" && s.Name != want {
		return l.fail(-1, ErrWrongSchema, "%s", s.other(want))
	}
	l.schema = s
	l.tables = make(map[string]*Table, len(s.Tables))
	for name, ts := range s.Tables {
		wanted, ok := l.o.Wanted.columns(name)
		if !ok {
			continue
		}
		types := make(map[string]*Type, len(ts.Columns))
		for col, c := range ts.Columns {
			types[col] = &c.Type
		}
		l.tables[name] = newTable(l.name, name, types, wanted, l.src)
	}
	return nil
}

// poll gives the outside world its turn: progress, memory that is no longer
// needed, and whether to go on.
func (l *loader) poll(pos int) error {
	l.next = int64(pos) + pollStep
	if l.o.Progress != nil {
		l.o.Progress(int64(pos), int64(len(l.src.data)))
	}
	through := int64(pos)
	if l.hash != nil {
		through = min(through, max(l.hash.pos.Load(), through-maxVerifyLag))
	}
	through &^= pollStep - 1
	if through > l.done {
		l.src.release(l.done, through)
		l.done = through
		if l.hash != nil {
			l.hash.freed.Store(through)
		}
	}
	return l.ctx.Err()
}

// snapshot closes the books on a pass that went well.
func (l *loader) snapshot() *Snapshot {
	s := &Snapshot{File: l.name, Schema: l.schema, Warnings: l.warnings, tables: l.tables, src: l.src}
	if l.schema != nil {
		s.Name, s.SchemaVersion = l.schema.Name, l.schema.Version
	}
	return s
}

// settle works out the differences of all tables and returns the first fault.
func (l *loader) settle() *recordError {
	var worst *recordError
	for _, t := range l.tables {
		if f := t.settle(); f != nil && (worst == nil || f.pos < worst.pos) {
			worst = f
		}
	}
	return worst
}
