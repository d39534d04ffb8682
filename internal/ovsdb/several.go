package ovsdb

import (
	"errors"
	"fmt"
	"strings"
)

// Member is one of several databases in a directory or an archive.
type Member struct {
	Path     string // what to give for it: PATH//MEMBER
	Database string // the database's name, such as "OVN_Southbound", or "" where it does not tell
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
	Members []Member
}

// Error returns one line for the path and one for each database.
func (e *SeveralError) Error() string {
	return fmt.Sprintf("%s holds %d databases; give one of them:%s", e.Path, len(e.Members), list(e.Members))
}

// Unwrap makes errors.Is find ErrSeveral.
func (e *SeveralError) Unwrap() error { return ErrSeveral }

func list(members []Member) string {
	var b strings.Builder
	for _, m := range members {
		b.WriteString("\n  ")
		b.WriteString(m.String())
	}
	return b.String()
}
