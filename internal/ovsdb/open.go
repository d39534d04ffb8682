// Package ovsdb reads OVSDB databases into rows. It knows tables and columns
// and nothing of what they mean.
//
// The forms and their sources: the log of ovsdb(5) and ovsdb-server's own
// reading of it, the JSON of RFC 7047.
package ovsdb

import (
	"context"
	"slices"
)

// Wanted names what to keep: tables, and of each table columns. Nil columns
// stand for all of the table's; a nil Wanted keeps everything.
type Wanted map[string][]string

// columns returns the wanted columns of a table, and whether it is wanted.
func (w Wanted) columns(table string) ([]string, bool) {
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
	// MaxBytes limits what a compressed source or one read from a pipe may
	// come to; 0 stands for DefaultMaxBytes.
	MaxBytes int64
	// Progress, where not nil, is called now and then with the bytes read and
	// the bytes there are (0 where that is unknown). It is called from one
	// goroutine at a time.
	Progress func(done, total int64)
}

// DefaultMaxBytes is what a compressed source may come to without its size
// being asked for.
const DefaultMaxBytes = 4 << 30

func (o *Options) maxBytes() int64 {
	if o.MaxBytes > 0 {
		return o.MaxBytes
	}
	return DefaultMaxBytes
}

// Snapshot is a database as it stood at one moment.
type Snapshot struct {
	File          string    // the source's name as it was given
	Name          string    // the database's name, such as "OVN_Southbound"; "" where the source has no schema
	SchemaVersion string    // such as "20.27.0", or ""
	Schema        *Schema   // nil where the source has none
	Warnings      []Warning // what was wrong with the source, in the order of finding

	tables map[string]*Table
	src    *source
}

// Table returns a table, or nil where neither the schema nor the data has it,
// or it was not wanted.
func (s *Snapshot) Table(name string) *Table { return s.tables[name] }

// Tables returns the names of the kept tables, sorted.
func (s *Snapshot) Tables() []string {
	names := make([]string, 0, len(s.tables))
	for name := range s.tables {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Close gives the source's memory back. Neither rows nor strings and bytes
// that came from them may be used afterwards.
func (s *Snapshot) Close() error { return s.src.close() }

// Open reads the database in a file. Errors are of type *Error, or come from
// the operating system or ctx.
func Open(ctx context.Context, path string, o Options) (*Snapshot, error) {
	src, err := openFile(ctx, path, &o)
	if err != nil {
		return nil, err
	}
	return read(ctx, path, src, &o)
}

// Read reads the database in data, which must not change afterwards. The name
// is for messages.
func Read(ctx context.Context, name string, data []byte, o Options) (*Snapshot, error) {
	src, err := unpack(ctx, name, &source{data: data}, &o)
	if err != nil {
		return nil, err
	}
	return read(ctx, name, src, &o)
}

// read reads an uncompressed source and closes it where that fails.
func read(ctx context.Context, name string, src *source, o *Options) (*Snapshot, error) {
	l := &loader{ctx: ctx, o: o, name: name, src: src}
	s, err := l.load()
	if err != nil {
		src.close()
		return nil, err
	}
	return s, nil
}

// load tells the form of the source by its first bytes.
func (l *loader) load() (*Snapshot, error) {
	b := l.src.data
	if len(b) == 0 {
		return nil, l.fail(-1, ErrEmpty, "the file is empty")
	}
	h, ok := parseHeader(b)
	if !ok {
		return nil, l.fail(0, ErrNotOVSDB, "this is no OVSDB database: it begins %q", clip(string(b[:min(len(b), 24)])))
	}
	switch h.magic {
	case magicStandalone:
		return l.loadLog(standalone)
	case magicClustered:
		return l.loadLog(clustered)
	}
	return nil, l.fail(0, ErrNotOVSDB, "an OVSDB log of unknown kind %q", clip(h.magic))
}
