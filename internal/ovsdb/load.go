package ovsdb

import (
	"context"
	"fmt"
)

// Loader reads one source's bytes into a Snapshot. A pass applies records to empty
// tables. If it finds damage, another pass stops before the damaged record, because, as
// in ovsdb-server, a record is applied as a whole or not at all.
type Loader struct {
	Context context.Context
	Options *Options
	Name    string
	Source  *Source

	Schema   *Schema
	Tables   map[string]*Table // wanted tables
	Warnings []Warning
	Date     int64 // of the last transaction

	Next int64        // position at which Poll is due
	done int64        // bytes whose memory was released
	Also SecondReader // reads the same bytes, or nil
}

// PollStep is the number of bytes that are parsed between two calls of Poll.
const PollStep = 4 << 20

// MaxVerifyLag is the maximum distance between parsing and the verification of
// checksums before memory that the other still has to read is released.
const MaxVerifyLag = 32 << 20

// SecondReader reads the same bytes in another goroutine.
type SecondReader interface {
	Position() int64        // all bytes before it were read
	Released(through int64) // all bytes before through were released
}

// Fail returns an error at a byte of the source.
func (l *Loader) Fail(pos int64, err error, format string, args ...any) error {
	return &Error{File: l.Name, Offset: pos, Text: fmt.Sprintf(format, args...), Err: err}
}

// SetSchema creates empty tables for a schema.
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

// Poll reports progress, releases memory that is no longer needed, and returns an error
// if the context is done.
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

// Snapshot returns the result of a complete pass.
func (l *Loader) Snapshot() *Snapshot {
	s := &Snapshot{File: l.Name, Schema: l.Schema, Warnings: l.Warnings, Date: l.Date, tables: l.Tables, Source: l.Source}
	if l.Schema != nil {
		s.Name, s.SchemaVersion = l.Schema.Name, l.Schema.Version
	}
	return s
}

// Settle applies the differences of all tables and returns the first error.
func (l *Loader) Settle() *RecordError {
	var worst *RecordError
	for _, t := range l.Tables {
		if f := t.settle(); f != nil && (worst == nil || f.Pos < worst.Pos) {
			worst = f
		}
	}
	return worst
}

// Locate converts a RecordError to an error with the source's name.
func (l *Loader) Locate(f *RecordError, err error, text string) error {
	return &Error{File: l.Name, Offset: int64(f.Pos), Table: f.Table, UUID: f.UUID, Text: text, Err: err}
}

// Restart resets the loader for another pass over the source.
func (l *Loader) Restart() { l.Next, l.done, l.Date, l.Schema, l.Tables = 0, 0, 0, nil, nil }
