package lflow

import (
	"errors"
	"fmt"

	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
)

// DatabaseError is an error in a database, with its position.
type DatabaseError struct {
	File   string // name of the source as given
	Offset int64  // byte in the file, uncompressed, or -1
	Table  string // "" if the error concerns no table
	UUID   UUID   // zero if the error concerns no row
	Text   string // the problem, and what to do about it

	err *ovsdb.Error
}

// Error returns one line: file, byte, table, row, and the problem.
func (e *DatabaseError) Error() string { return e.err.Error() }

// Unwrap returns the cause.
func (e *DatabaseError) Unwrap() error { return e.err }

// SeveralError is the error for a path with several databases, and lists them.
type SeveralError struct {
	Path    string
	Members []Member

	err *ovsdb.SeveralError
}

// Member is one of several databases at a path.
type Member struct {
	Path     string // the path of the database: PATH//MEMBER
	Database string // the database's name, such as "OVN_Southbound", or "" if unknown
	Model    string // "standalone", "clustered" or "dump"
}

// Error returns one line for the path and one for each database.
func (e *SeveralError) Error() string { return e.err.Error() }

// Unwrap returns the cause.
func (e *SeveralError) Unwrap() error { return e.err }

// ErrNotFound means that the network has no object with a name.
var ErrNotFound = errors.New("not found")

// AmbiguousError means that several objects have a name.
type AmbiguousError struct {
	Name string
	Of   string // the kind of object: "datapaths" or "ports"
}

// Error returns the message of ovn-trace(8).
func (e *AmbiguousError) Error() string {
	return fmt.Sprintf("name %q matches multiple %s", e.Name, e.Of)
}

// databaseError converts errors of databases to their public types.
func databaseError(err error) error {
	if bad, ok := errors.AsType[*ovsdb.Error](err); ok {
		return &DatabaseError{File: bad.File, Offset: bad.Offset, Table: bad.Table, UUID: UUID(bad.UUID), Text: bad.Text, err: bad}
	}
	if several, ok := errors.AsType[*ovsdb.SeveralError](err); ok {
		e := &SeveralError{Path: several.Path, err: several}
		for _, m := range several.Members {
			e.Members = append(e.Members, Member(m))
		}
		return e
	}
	return err
}

// UUID identifies a row of the database.
type UUID [16]byte

// String returns the usual 36-character form in lower case.
func (u UUID) String() string { return ovsdb.UUID(u).String() }

// Prefix returns the first 32 bits, by which ovn-trace(8) names a flow and which are the cookie
// of its OpenFlow flows.
func (u UUID) Prefix() uint32 { return ovsdb.UUID(u).Prefix() }

// Compare orders UUIDs as their text forms sort.
func (u UUID) Compare(v UUID) int { return ovsdb.UUID(u).Compare(ovsdb.UUID(v)) }
