package ovsdb

import (
	"errors"
	"fmt"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/ovsdb/jsonscan"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/memory"
)

// Sentinels for errors.Is. An *Error wraps one of them.
var (
	// ErrNotOVSDB means that the source is not a database of a known format.
	ErrNotOVSDB = errors.New("not an OVSDB database")
	// ErrEmpty means that a file is empty.
	ErrEmpty = errors.New("the file is empty")
	// ErrWrongSchema means that a database has another schema than requested.
	ErrWrongSchema = errors.New("wrong database schema")
	// ErrNoData means that a database has no data, because of damage or because its
	// server never joined its cluster.
	ErrNoData = errors.New("the database holds no data")
	// ErrDamaged means that a required part of a database is damaged.
	ErrDamaged = errors.New("the database is damaged")
	// ErrTooBig means that a source is larger than the limit.
	ErrTooBig = memory.ErrTooBig
)

// Error is an error in a source, with its position.
type Error struct {
	File   string // name of the source as given
	Offset int64  // byte in the (decompressed) file, or -1
	Table  string // "" if the error concerns no table
	UUID   UUID   // zero if the error concerns no row
	Text   string // what is wrong, and what to do
	Err    error  // a sentinel of this package, or the cause
}

// Error returns one line: file, byte, table, row, and the error.
func (e *Error) Error() string {
	return place(e.File, e.Offset, e.Table, e.UUID) + e.Text
}

// Unwrap returns the sentinel or cause.
func (e *Error) Unwrap() error { return e.Err }

// Warning is a problem with a source that did not prevent reading its rows.
type Warning struct {
	File   string // name of the source as given
	Offset int64  // byte in the (decompressed) file, or -1
	Table  string // "" if the warning concerns no table
	UUID   UUID   // zero if the warning concerns no row
	Text   string // what is wrong, and what was done about it

	// Beside means that the warning concerns another file than the database, of which
	// nothing was needed. Otherwise rows of the database may be missing.
	Beside bool
}

// String returns one line: file, byte, table, row, and the problem.
func (w Warning) String() string {
	return place(w.File, w.Offset, w.Table, w.UUID) + w.Text
}

// place renders a position, followed by a colon and a space.
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

// RecordError is an error in a record, without the file's name. Its position is an
// offset in the source's bytes.
type RecordError struct {
	Pos   int
	Table string
	UUID  UUID
	Text  string
	Err   error // ErrTooBig, or nil
}

func RecordErrorf(pos int, format string, args ...any) *RecordError {
	return &RecordError{Pos: pos, Text: fmt.Sprintf(format, args...)}
}

// EachMember calls yield with the name and the span of each member of the object at i,
// and returns the position after the object. Escapes in names are not decoded.
func EachMember(b []byte, i int, yield func(name string, v jsonscan.Span) *RecordError) (int, *RecordError) {
	i = jsonscan.SkipSpace(b, i)
	if jsonscan.At(b, i) != '{' {
		return i, RecordErrorf(i, "not a JSON object")
	}
	i, done := jsonscan.First(b, i, '}')
	for !done {
		from, to, value := jsonscan.Member(b, i)
		if value < 0 {
			return i, RecordErrorf(i, "not valid JSON")
		}
		end := jsonscan.SkipValue(b, value)
		if end < 0 {
			return value, RecordErrorf(value, "not valid JSON")
		}
		if f := yield(string(b[from:to]), jsonscan.Span{From: value, To: end}); f != nil {
			return value, f
		}
		if i, done = jsonscan.Next(b, end, '}'); i < 0 {
			return end, RecordErrorf(end, "not valid JSON")
		}
	}
	return i, nil
}

// Member is one of several databases in a directory or an archive.
type Member struct {
	Path     string // the argument that opens it: PATH//MEMBER
	Database string // the database's name, such as "OVN_Southbound", or "" if unknown
	Model    string // "standalone", "clustered" or "dump"
}

// String returns one line.
func (m Member) String() string {
	name := m.Database
	if name == "" {
		name = "unnamed"
	}
	return fmt.Sprintf("%s (%s, %s)", m.Path, name, m.Model)
}

// ErrSeveral means that a path holds several databases; a *SeveralError lists
// them.
var ErrSeveral = errors.New("several databases")

// SeveralError lists the databases at a path that holds more than one.
type SeveralError struct {
	Path    string
	Stream  bool // the path is a stream, for which no member can be requested
	Members []Member
}

// Error returns one line for the path and one for each database.
func (e *SeveralError) Error() string {
	what := "give one of them:"
	if e.Stream {
		what = "save it in a file, and give that or one of them:"
	}
	return fmt.Sprintf("%s holds %d databases; %s%s", e.Path, len(e.Members), what, MemberLines(e.Members))
}

// Unwrap makes errors.Is find ErrSeveral.
func (e *SeveralError) Unwrap() error { return ErrSeveral }

func MemberLines(members []Member) string {
	var b strings.Builder
	for _, m := range members {
		b.WriteString("\n  ")
		b.WriteString(m.String())
	}
	return b.String()
}
