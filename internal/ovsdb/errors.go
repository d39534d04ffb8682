package ovsdb

import (
	"errors"
	"fmt"
	"strings"
)

// Sentinels for errors.Is. An *Error wraps one of them.
var (
	// ErrNotOVSDB means that the bytes are no database of any known form.
	ErrNotOVSDB = errors.New("not an OVSDB database")
	// ErrEmpty means that a file holds no byte at all.
	ErrEmpty = errors.New("the file is empty")
	// ErrWrongSchema means a good database, of another schema than asked for.
	ErrWrongSchema = errors.New("wrong database schema")
	// ErrNoData means that damage, or a cluster never joined, left a database
	// without any data.
	ErrNoData = errors.New("the database holds no data")
	// ErrDamaged means that a part that cannot be done without is damaged.
	ErrDamaged = errors.New("the database is damaged")
	// ErrTooBig means that a source is larger than the limit allows.
	ErrTooBig = errors.New("too big")
)

// tooBig is an ErrTooBig that says more.
type tooBig string

func (e tooBig) Error() string { return string(e) }

// Unwrap returns ErrTooBig.
func (tooBig) Unwrap() error { return ErrTooBig }

// Error says what is wrong with a source, and where.
type Error struct {
	File   string // name of the source as it was given
	Offset int64  // byte in the (decompressed) file, or -1
	Table  string // "" where the error concerns no table
	UUID   UUID   // zero where the error concerns no row
	Text   string // what is wrong, and what to do
	Err    error  // a sentinel of this package, or the cause
}

// Error returns one line: file, byte, table, row, and what is wrong.
func (e *Error) Error() string {
	return place(e.File, e.Offset, e.Table, e.UUID) + e.Text
}

// Unwrap returns the sentinel or cause.
func (e *Error) Unwrap() error { return e.Err }

// Warning is something wrong with a source that did not keep its rows from
// being read.
type Warning struct {
	File   string // name of the source as it was given
	Offset int64  // byte in the (decompressed) file, or -1
	Table  string // "" where the warning concerns no table
	UUID   UUID   // zero where the warning concerns no row
	Text   string // what is wrong, and what was done about it

	// Beside means that the warning is about a file beside the database, of
	// which nothing was needed.  Without it rows of the database may be missing.
	Beside bool
}

// String returns one line: file, byte, table, row, and what is wrong.
func (w Warning) String() string {
	return place(w.File, w.Offset, w.Table, w.UUID) + w.Text
}

// place renders where something is, with a colon and a space at its end.
func place(file string, offset int64, table string, row UUID) string {
	var b strings.Builder
	if file != "" {
		b.WriteString(file)
		b.WriteString(": ")
	}
	var parts []string
	if offset >= 0 {
		parts = append(parts, fmt.Sprintf("byte %d", offset))
	}
	if table != "" {
		parts = append(parts, "table "+table)
	}
	if !row.IsZero() {
		parts = append(parts, "row "+row.String())
	}
	if len(parts) > 0 {
		b.WriteString(strings.Join(parts, ", "))
		b.WriteString(": ")
	}
	return b.String()
}

// recordError is an error inside a record, before the file's name is known. Its
// position counts from the start of the source's bytes.
type recordError struct {
	pos   int
	table string
	uuid  UUID
	text  string
	err   error // ErrTooBig, or nil
}

func recordErrorf(pos int, format string, args ...any) *recordError {
	return &recordError{pos: pos, text: fmt.Sprintf(format, args...)}
}
