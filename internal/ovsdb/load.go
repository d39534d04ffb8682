package ovsdb

import (
	"context"
	"fmt"
)

// Loader turns one source's bytes into a Snapshot. A pass applies records to
// fresh tables; where it finds damage, the next pass stops before it, so that
// a record counts whole or not at all, as it does for ovsdb-server.
type Loader struct {
	Context context.Context
	Options *Options
	Name    string
	Source  *Source

	Schema   *Schema
	Tables   map[string]*Table // wanted tables
	Warnings []Warning
	Date     int64 // of the last transaction

	Next int64        // where the next look at the outside world is due
	done int64        // what has been given back to the system
	Also SecondReader // of the same bytes, or nil
}

// PollStep is how many bytes are parsed between two looks at the outside
// world: cancellation, progress, memory.
const PollStep = 4 << 20

// MaxVerifyLag is how far parsing and the checking of checksums may be apart before
// memory that the other has yet to look at is given back all the same.
const MaxVerifyLag = 32 << 20

// SecondReader reads the same bytes in another goroutine.
type SecondReader interface {
	Position() int64        // up to which everything has been read
	Released(through int64) // means that everything before has been given back
}

// Fail makes an error at a byte of the source.
func (l *Loader) Fail(pos int64, err error, format string, args ...any) error {
	return &Error{File: l.Name, Offset: pos, Text: fmt.Sprintf(format, args...), Err: err}
}

// SetSchema starts empty tables for a schema.
func (l *Loader) SetSchema(s *Schema) error {
	if want := l.Options.Schema; want != "" && s.Name != want {
		return l.Fail(-1, ErrWrongSchema, "%s", s.Other(want))
	}
	l.Schema = s
	l.Tables = make(map[string]*Table, len(s.Tables))
	for name, ts := range s.Tables {
		wanted, ok := l.Options.Wanted.Columns(name)
		if !ok {
			continue
		}
		types := make(map[string]*Type, len(ts.Columns))
		for col, c := range ts.Columns {
			types[col] = &c.Type
		}
		l.Tables[name] = NewTable(l.Name, name, types, wanted, l.Source)
	}
	return nil
}

// Poll gives the outside world its turn: progress, memory that is no longer
// needed, and whether to go on.
func (l *Loader) Poll(pos int) error {
	l.Next = int64(pos) + PollStep
	if l.Options.Progress != nil {
		l.Options.Progress(int64(pos), int64(len(l.Source.Data)))
	}
	through := int64(pos)
	if l.Also != nil {
		through = min(through, max(l.Also.Position(), through-MaxVerifyLag))
	}
	through &^= PollStep - 1
	if through > l.done {
		l.Source.Release(l.done, through)
		l.done = through
		if l.Also != nil {
			l.Also.Released(through)
		}
	}
	return l.Context.Err()
}

// Snapshot ends a pass that went well.
func (l *Loader) Snapshot() *Snapshot {
	s := &Snapshot{File: l.Name, Schema: l.Schema, Warnings: l.Warnings, Date: l.Date, tables: l.Tables, Source: l.Source}
	if l.Schema != nil {
		s.Name, s.SchemaVersion = l.Schema.Name, l.Schema.Version
	}
	return s
}

// Settle works out the differences of all tables and returns the first fault.
func (l *Loader) Settle() *RecordError {
	var worst *RecordError
	for _, t := range l.Tables {
		if f := t.settle(); f != nil && (worst == nil || f.Pos < worst.Pos) {
			worst = f
		}
	}
	return worst
}

// Locate makes an error of a fault.
func (l *Loader) Locate(f *RecordError, err error, text string) error {
	return &Error{File: l.Name, Offset: int64(f.Pos), Table: f.Table, UUID: f.UUID, Text: text, Err: err}
}

// Restart forgets what a pass over the source yielded.
func (l *Loader) Restart() { l.Next, l.done, l.Date, l.Schema, l.Tables = 0, 0, 0, nil, nil }
