package lflow

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/client"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/open"
)

// Zones finds the southbound databases at paths, which form one network: those of all
// interconnect zones in an archive or directory, or a single file. If there are several, none is
// read completely; an archive is read once, from beginning to end. A database that cannot be
// read is a zone with an error. Of several copies of one database, only the newest is returned.
// The warnings concern archives and directories. The caller must close zones that it does not open.
//
// A server, standard input and a list of tables are one zone, which is read at once.
func Zones(ctx context.Context, paths []string, o Options) (zones []*Zone, warnings []Warning, err error) {
	f := &zoneFinder{options: o}
	defer func() {
		if err != nil {
			err = errors.Join(databaseError(err), f.close())
		}
	}()
	for _, path := range paths {
		if err := f.find(ctx, path); err != nil {
			return nil, nil, err
		}
	}
	f.pair()
	zones, warnings = withoutCopies(f.zones)
	return zones, append(warnings, f.warnings...), nil
}

// zoneFinder is a search for zones.
type zoneFinder struct {
	options  Options
	zones    []*Zone
	first    *Zone // keeps its snapshot while it is the only zone, else nil
	norths   []zoneNorth
	warnings []Warning
	unread   error // of the first database of an unknown schema

	path       string       // the current path
	describing <-chan error // result for the database that is being described, or nil
}

// find finds the zones at a path.
func (f *zoneFinder) find(ctx context.Context, path string) error {
	s, err := single(ctx, path, f.options)
	if err != nil {
		return err
	}
	if s.db != nil {
		z := &Zone{Path: path, kept: s}
		z.describe(s.db)
		f.zones = append(f.zones, z)
		return nil
	}
	indexed, warnings, err := indexedZones(path, f.options.Source.Files)
	f.warnings = append(f.warnings, warnings...)
	if len(indexed) > 0 || err != nil {
		f.zones = append(f.zones, indexed...)
		return err
	}
	f.path = path
	before := len(f.zones)
	how := f.options.Source.read()
	files := &Files{path: path}
	damage, err := open.Each(ctx, path, how, f.visit, files.noting(f.options.Source.Files))
	err = cmp.Or(err, f.wait())
	if err == nil && len(f.zones) == before {
		err = cmp.Or(f.unread, ovsdb.ErrWrongSchema)
	}
	switch {
	case errors.Is(err, ovsdb.ErrWrongSchema):
		if db, one := open.Path(ctx, path, how); one == nil {
			_ = db.Close() // it was only read
		} else {
			err = one // more specific for a single database
		}
		return err
	case err != nil:
		return err
	case f.first != nil:
		f.first.kept.warning = s.warning
	}
	for _, z := range f.zones[before:] {
		if f.options.Source.Files != nil && (z.Path != path || len(files.files) > 0) { // else nothing was searched
			z.Files = files
		}
	}
	for _, w := range damage {
		w.Beside = true
		f.warnings = append(f.warnings, warningOf(w))
	}
	return nil
}

// zoneNorth is a northbound database that the search found.
type zoneNorth struct {
	path, name string
	rows       map[UUID]bool // its switches and routers
}

var northTables = ovsdb.Wanted{"NB_Global": {"name"}, "Logical_Switch": {}, "Logical_Router": {}}

// visit describes a database while the next one is read.
func (f *zoneFinder) visit(d *open.Database) error {
	var describe func(parse) error
	switch d.Database {
	case Schema, "":
		describe = func(p parse) error { return f.south(d, p) }
	case ovsdb.Northbound:
		describe = func(p parse) error { return f.north(d, p) }
	default:
		return nil
	}
	p, err := d.Take()
	if err != nil {
		p = func(ovsdb.Options) (*ovsdb.Snapshot, error) { return nil, err }
	}
	if canceled(err) != nil {
		return err
	}
	if err := f.wait(); err != nil {
		return err
	}
	done := make(chan error, 1)
	f.describing = done
	go func() { done <- describe(p) }()
	return nil
}

// wait waits for the database that is being described.
func (f *zoneFinder) wait() error {
	if f.describing == nil {
		return nil
	}
	err := <-f.describing
	f.describing = nil
	return err
}

type parse = func(o ovsdb.Options) (*ovsdb.Snapshot, error)

// north describes a northbound database. One that cannot be read is ignored.
func (f *zoneFinder) north(d *open.Database, p parse) error {
	how := f.options.Source.read()
	how.Schema, how.Wanted, how.Progress = ovsdb.Northbound, northTables, nil
	db, err := p(how)
	if err != nil {
		return canceled(err)
	}
	n := zoneNorth{path: d.Path, rows: map[UUID]bool{}}
	eachRow(db, "NB_Global", func(r zoneRow) { n.name = r.text("name") })
	for _, table := range []string{"Logical_Switch", "Logical_Router"} {
		eachRow(db, table, func(r zoneRow) { n.rows[UUID(r.row.UUID())] = true })
	}
	f.norths = append(f.norths, n)
	return db.Close()
}

// south describes a southbound database.
func (f *zoneFinder) south(d *open.Database, p parse) error {
	z := &Zone{Path: d.Path, again: d}
	how := f.options.Source.read()
	if d.Path != f.path {
		how.Progress = nil // the progress of the archive is shown
	}
	if len(f.zones) > 0 {
		how.Wanted = zoneTables
	}
	db, err := p(how)
	if err != nil && d.Database == "" {
		f.unread = cmp.Or(f.unread, err)
		return canceled(err)
	}
	if err == nil {
		z.describe(db)
	}
	if f.zones = append(f.zones, z); err != nil {
		z.Err = databaseError(err)
		return canceled(err)
	}
	if len(f.zones) == 1 {
		z.kept, f.first = &snapshot{db: db}, z
		return nil
	}
	z.Ports() // the result does not share the snapshot's memory
	return errors.Join(f.dropFirst(), db.Close())
}

// dropFirst releases the snapshot of the first zone when there is a second one.
func (f *zoneFinder) dropFirst() error {
	z := f.first
	if f.first = nil; z == nil {
		return nil
	}
	return z.Close()
}

// close releases the snapshots of zones.
func (f *zoneFinder) close() (err error) {
	for _, z := range f.zones {
		err = errors.Join(err, z.Close())
	}
	return err
}

// single reads a source that is one database completely: a server, standard input, a list of
// tables, or a log with an index. For others the result has no database.
func single(ctx context.Context, path string, o Options) (*snapshot, error) {
	s := openCompiled(ctx, path, o.Source)
	if s.db != nil {
		return s, nil
	}
	if !client.IsRemote(path) && path != "-" && !open.IsTables(path) && !open.IsStream(path) {
		return s, nil
	}
	var err error
	if s.db, err = open.Path(ctx, path, o.Source.read()); err != nil {
		return nil, err
	}
	return s, nil
}

// canceled returns an error that ends a search.
func canceled(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, ovsdb.ErrTooBig) {
		return err
	}
	return nil
}

// pair finds the northbound database of each zone: one with rows from which the zone's datapaths
// were made, preferably one whose path differs only in "nb" instead of "sb".
func (f *zoneFinder) pair() {
	for _, z := range f.zones {
		var best *zoneNorth
		for i := range f.norths {
			n := &f.norths[i]
			if slices.ContainsFunc(z.made, func(u UUID) bool { return n.rows[u] }) && (best == nil || open.PairName(best.path) != open.PairName(z.Path) && open.PairName(n.path) == open.PairName(z.Path)) {
				best = n
			}
		}
		if best != nil {
			z.Northbound = best.path
			z.Name = cmp.Or(z.Name, best.name)
		}
		z.name()
	}
}
