package ovsdb

import (
	"maps"
	"slices"
)

// Wanted names what to keep: tables, and of each table columns. Nil columns
// stand for all of the table's; a nil Wanted keeps everything.
type Wanted map[string][]string

// Columns returns the wanted columns of a table, and whether it is wanted.
func (w Wanted) Columns(table string) ([]string, bool) {
	if w == nil {
		return nil, true
	}
	cols, ok := w[table]
	return cols, ok
}

// Options says how to read a source. The zero value reads everything.
type Options struct {
	// Wanted names the tables and columns to keep.
	Wanted Wanted
	// Schema is the database name to insist on, such as "OVN_Southbound", or ""
	// for any.
	Schema string
	// Uncommitted applies a Raft log's entries past the last commit too. A
	// follower's file may lack the mark of the last commit.
	Uncommitted bool
	// NoLeaderOnly takes the word of any connected member of a cluster, not only
	// the leader's.
	NoLeaderOnly bool
	// TLS names the files that ssl: servers need.
	TLS TLS
	// MaxBytes limits what a compressed source, or one read from a pipe or an
	// archive, may come to; 0 stands for DefaultMaxBytes.
	MaxBytes int64
	// Progress, where not nil, is called now and then with the bytes read and
	// the bytes there are, or 0 where that is unknown. A compressed source
	// starts over when it is unpacked and its records are read. It is called
	// from one goroutine at a time.
	Progress func(done, total int64)
}

// DefaultMaxBytes is what a compressed source may come to.
const DefaultMaxBytes = 4 << 30

// Limit returns what a source may come to.
func (o *Options) Limit() int64 {
	if o.MaxBytes > 0 {
		return o.MaxBytes
	}
	return DefaultMaxBytes
}

// Snapshot is a database as it stood at one moment.
type Snapshot struct {
	File          string    // the source's name: as it was given, or PATH//MEMBER
	Name          string    // the database's name, such as "OVN_Southbound"; a guess where the source has no schema
	SchemaVersion string    // such as "20.27.0"; "" where the source has no schema
	Schema        *Schema   // nil where the source has none
	Warnings      []Warning // what was wrong with the source, in the order of finding
	Date          int64     // of the last transaction, in milliseconds since 1970; 0 where the source has none

	tables map[string]*Table
	Source *Source
}

// Table returns a table, or nil where neither the schema nor the data has it,
// or it was not wanted.
func (s *Snapshot) Table(name string) *Table { return s.tables[name] }

// Has reports whether the source has a table, or where column is not "" that column
// of it, wanted or not. A source without a schema has what was kept.
func (s *Snapshot) Has(table, column string) bool {
	if s.Schema != nil {
		t := s.Schema.Tables[table]
		return t != nil && (column == "" || t.Columns[column] != nil)
	}
	t := s.Table(table)
	if t == nil || column == "" {
		return t != nil
	}
	_, ok := t.Col(column)
	return ok
}

// Tables returns the names of the kept tables, sorted.
func (s *Snapshot) Tables() []string {
	return slices.Sorted(maps.Keys(s.tables))
}

// Close gives the source's memory back. Neither rows nor strings and bytes
// that came from them may be used afterwards.
func (s *Snapshot) Close() error { return s.Source.Close() }

// Changed reports that the file from which rows are read was cut short or
// overwritten since it was opened: they may be wrong.  Of what was read into
// memory, of a server, and of a snapshot that is closed, it reports nothing.
func (s *Snapshot) Changed() error { return s.Source.changed() }

// Release gives the memory of a big mapped source, and of its index, back to the
// system. They are read again where they are looked at again.
func (s *Snapshot) Release() {
	if int64(len(s.Source.Data)) < releaseThreshold {
		return
	}
	for _, src := range []*Source{s.Source, s.Source.Index} {
		if src != nil {
			src.Release(0, int64(len(src.Data)))
		}
	}
}

// releaseThreshold is from what size on it is worth while to give a source back.
const releaseThreshold = 64 << 20

// TLS names the files for ssl: servers, in PEM, as -p, -c and -C do.
type TLS struct {
	PrivateKey  string // -p
	Certificate string // -c
	CACert      string // -C; "none" trusts any server
	VerifyHost  bool   // the certificate must name the host that is connected to
}
