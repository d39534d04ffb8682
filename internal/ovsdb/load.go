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

	schema   *Schema
	tables   map[string]*Table // wanted tables
	warnings []Warning

	next int64 // where the next look at the outside world is due
	done int64 // what has been given back to the system
	hash *verifier
}

// lookStep is how many bytes are parsed between two looks at the outside
// world: cancellation, progress, memory.
const lookStep = 4 << 20

// fail makes an error at a byte of the source.
func (l *loader) fail(pos int64, err error, format string, args ...any) error {
	return &Error{File: l.name, Offset: pos, Text: fmt.Sprintf(format, args...), Err: err}
}

// warn keeps a warning.
func (l *loader) warn(pos int64, format string, args ...any) {
	l.warnings = append(l.warnings, Warning{File: l.name, Offset: pos, Text: fmt.Sprintf(format, args...)})
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
		l.tables[name] = newTable(name, types, wanted, l.src.data)
	}
	return nil
}

// look gives the outside world its turn: progress, memory that is no longer
// needed, and whether to go on.
func (l *loader) look(pos int) error {
	l.next = int64(pos) + lookStep
	if l.o.Progress != nil {
		l.o.Progress(int64(pos), int64(len(l.src.data)))
	}
	through := int64(pos)
	if l.hash != nil {
		through = min(through, l.hash.pos.Load())
	}
	through &^= lookStep - 1
	if through > l.done {
		l.src.release(l.done, through)
		l.done = through
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
func (l *loader) settle() *fault {
	var worst *fault
	for _, t := range l.tables {
		if f := t.settle(); f != nil && (worst == nil || f.pos < worst.pos) {
			worst = f
		}
	}
	return worst
}

// loadStandalone reads a standalone log: a schema, then transactions.
func (l *loader) loadStandalone() (*Snapshot, error) {
	list, bad := frames(l.src.data, magicStandalone)
	if len(list) == 0 {
		return nil, l.fail(int64(bad.fault.pos), ErrDamaged, "the schema cannot be read: %s", bad.fault.text)
	}
	for {
		worse, err := l.pass(list)
		if err != nil {
			return nil, err
		}
		if worse == nil {
			break
		}
		bad, list = worse, list[:worse.frame]
	}
	if bad != nil {
		if len(list) < 2 {
			return nil, &Error{File: l.name, Offset: int64(bad.fault.pos), Table: bad.fault.table, UUID: bad.fault.uuid, Err: ErrNoData,
				Text: bad.fault.text + "; it is the first record with data, and nothing from it on counts, so the database would be empty"}
		}
		l.warnings = append(l.warnings, Warning{File: l.name, Offset: int64(bad.fault.pos), Table: bad.fault.table, UUID: bad.fault.uuid,
			Text: fmt.Sprintf("%s; the %d transactions before it count, nothing from byte %d on does",
				bad.fault.text, len(list)-1, list[len(list)-1].end)})
	}
	return l.snapshot(), nil
}

// pass applies records to fresh tables. Damage is the first record that does
// not count; an error ends the load.
func (l *loader) pass(list []frame) (*damage, error) {
	b := l.src.data
	l.hash = verify(l.ctx, b, list)
	defer l.hash.cancel()
	l.next, l.done = 0, 0

	schema, err := parseSchema(b[list[0].body:list[0].end])
	if err != nil {
		if bad := l.hash.wait(); bad != nil && bad.frame == 0 {
			return nil, l.fail(0, ErrDamaged, "the schema cannot be read: %s", bad.fault.text)
		}
		return nil, l.fail(list[0].body, ErrDamaged, "the schema cannot be read: %v", err)
	}
	if err := l.setSchema(schema); err != nil {
		return nil, err
	}
	var worst *damage
	for i, f := range list[1:] {
		fault, err := l.transaction(int(f.body), int(f.end))
		if err != nil {
			return nil, err
		}
		if fault != nil {
			worst = &damage{i + 1, fault}
			break
		}
	}
	if worst == nil {
		if f := l.settle(); f != nil {
			worst = &damage{frameAt(list, f.pos), f}
		}
	}
	bad := l.hash.wait()
	if err := l.ctx.Err(); err != nil {
		return nil, err
	}
	if bad != nil && (worst == nil || bad.frame <= worst.frame) {
		worst = bad
	}
	if worst != nil && worst.frame == 0 {
		return nil, l.fail(0, ErrDamaged, "the schema cannot be read: %s", worst.fault.text)
	}
	if worst != nil && worst.fault.err != nil {
		return nil, l.fail(int64(worst.fault.pos), worst.fault.err, "%s", worst.fault.text)
	}
	return worst, nil
}

// frameAt returns the index of the record that holds a byte.
func frameAt(list []frame, pos int) int {
	for i, f := range list {
		if int64(pos) < f.end {
			return i
		}
	}
	return len(list) - 1
}
