package ovsdb

import (
	"maps"
	"slices"
)

// Wanted names the tables to keep, and the columns of each. Nil columns stand for all
// columns of the table; a nil Wanted keeps everything.
type Wanted map[string][]string

// Columns returns the wanted columns of a table, and whether it is wanted.
func (w Wanted) Columns(table string) ([]string, bool) {
	if w == nil {
		return nil, true
	}
	cols, ok := w[table]
	return cols, ok
}

// Options are options of reading a source. The zero value reads everything.
type Options struct {
	// Wanted names the tables and columns to keep.
	Wanted Wanted
	// Schema is the name of the required database, such as "OVN_Southbound", or ""
	// for any.
	Schema string
	// Uncommitted also applies a Raft log's entries after the last commit. A
	// follower's file may lack the last commit index.
	Uncommitted bool
	// NoLeaderOnly accepts any connected member of a cluster, not only the leader.
	NoLeaderOnly bool
	// TLS names the files for ssl: servers.
	TLS TLS
	// MaxBytes limits the size of a compressed source after decompression, and of one
	// that is read from a pipe or an archive; 0 stands for DefaultMaxBytes.
	MaxBytes int64
	// Progress, if not nil, is called from time to time with the number of bytes that were
	// read and the total, which is 0 if unknown. For a compressed source it starts
	// over after decompression, when the records are read. It is called from one
	// goroutine at a time.
	Progress func(done, total int64)
}

// DefaultMaxBytes is the default of Options.MaxBytes.
const DefaultMaxBytes = 4 << 30

// Limit returns the maximum size of a source.
func (o *Options) Limit() int64 {
	if o.MaxBytes > 0 {
		return o.MaxBytes
	}
	return DefaultMaxBytes
}

// Snapshot is a database at one point in time.
type Snapshot struct {
	File          string    // the source's name: as given, or PATH//MEMBER
	Name          string    // the database's name, such as "OVN_Southbound"; a guess if the source has no schema
	SchemaVersion string    // such as "20.27.0"; "" if the source has no schema
	Schema        *Schema   // nil if the source has none
	Warnings      []Warning // problems of the source, in the order in which they were found
	Date          int64     // of the last transaction, in milliseconds since 1970; 0 if the source has none

	tables map[string]*Table
	Source *Source
}

// Table returns a table, or nil if neither the schema nor the data has it, or it was not
// wanted.
func (s *Snapshot) Table(name string) *Table { return s.tables[name] }

// Has reports whether the source has a table and, if column is not "", that column of it,
// wanted or not. A source without a schema has only what was kept.
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

// Close releases the source's memory. Rows, and strings and bytes that came from them,
// must not be used afterwards.
func (s *Snapshot) Close() error { return s.Source.Close() }

// Changed returns an error if the file from which rows are read was truncated or
// overwritten since it was opened, so that rows may be wrong. It returns nil for a source
// in memory, a server, and a closed snapshot.
func (s *Snapshot) Changed() error { return s.Source.changed() }

// Release releases the memory of a large mapped source and of its index. The system reads
// them again when they are accessed.
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

// releaseThreshold is the size from which a source is released.
const releaseThreshold = 64 << 20

// TLS names the files for ssl: servers, in PEM, as the options -p, -c and -C do.
type TLS struct {
	PrivateKey  string // -p
	Certificate string // -c
	CACert      string // -C; "none" trusts any server
	VerifyHost  bool   // the certificate must name the host
}
