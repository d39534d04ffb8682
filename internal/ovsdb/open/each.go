package open

import (
	"context"
	"errors"
	"os"

	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/archive"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/dump"
)

// Database is one of the databases at a path.
type Database struct {
	ovsdb.Member
	at   archive.Place
	take func() (parse, error)
}

// parse makes a snapshot of the bytes of a database.
type parse = func(o ovsdb.Options) (*ovsdb.Snapshot, error)

// Take reads the bytes of the database. It may be called once, until the visit that
// received the database returns. The function that it returns makes a snapshot of them; it
// must be called once, at any time, with the same schema in its options.
func (d *Database) Take() (func(o ovsdb.Options) (*ovsdb.Snapshot, error), error) { return d.take() }

// Open reads the database again after the visit. In an archive it reads from a point
// shortly before the database.
func (d *Database) Open(ctx context.Context, o ovsdb.Options) (*ovsdb.Snapshot, error) {
	if !d.at.IsKnown() {
		return Path(ctx, d.Path, o)
	}
	src, err := d.at.Read(ctx, d.Path, &o)
	if err != nil {
		return nil, err
	}
	return readLog(ctx, d.Path, src, &o, nil)
}

// Places returns the places of databases, to be stored.
func Places(all []*Database) (places []archive.Place) {
	for _, d := range all {
		places = append(places, d.at)
	}
	return places
}

// At returns the database at a place; only its path is known.
func At(path string, place archive.Place) *Database {
	return &Database{Member: ovsdb.Member{Path: path}, at: place}
}

// IsPacked reports whether the source at a path is an archive or a compressed file.
func IsPacked(path string) bool {
	root, target, info, err := place(path)
	if err != nil || root != target || !info.Mode().IsRegular() {
		return false
	}
	f, err := os.Open(root)
	if err != nil {
		return false
	}
	defer f.Close()
	head, err := detect(f)
	return err == nil && archive.IsPacked(head)
}

// HoldsDatabase reports whether there is a regular file at a path that is a database of
// any schema, or an archive or a compressed file with one.
func HoldsDatabase(path string) bool {
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
		return false
	}
	found := errors.New("there is one")
	_, err := Each(context.Background(), path, ovsdb.Options{}, func(*Database) error { return found }, nil)
	return errors.Is(err, found)
}

// Each visits the databases at a path that Path accepts, other than a server, standard
// input and lists of tables, in their order in the source. It reads an archive once, from
// beginning to end. It visits databases of all schemas, and returns the error of Path if
// none has the schema of o. The warnings concern content that could not be searched. If
// files is not nil, it also visits the files beside the databases.
func Each(ctx context.Context, path string, o ovsdb.Options, visit func(*Database) error, files *archive.FileVisit) ([]ovsdb.Warning, error) {
	root, path, info, err := place(path)
	if err != nil {
		return nil, err
	}
	e := each{ctx: ctx, visit: visit}
	src, err := plainLog(ctx, root, path, info, &o)
	if err != nil {
		return nil, err
	}
	if src != nil {
		return nil, e.plain(path, archive.FilePlace(path, info), src, &o)
	}
	c, err := find(ctx, root, path, info, &o, e.log, files)
	if err != nil {
		c.Close()
		return c.Warnings, err
	}
	defer c.Close()
	for _, g := range dump.Groups(c.Dumps) {
		take := func() (parse, error) {
			return func(o ovsdb.Options) (*ovsdb.Snapshot, error) { return Path(ctx, g.Name, o) }, nil
		}
		if err := visit(&Database{ovsdb.Member{Path: g.Name, Database: g.Database(), Model: "dump"}, archive.Place{}, take}); err != nil {
			return c.Warnings, err
		}
	}
	return c.Warnings, none(c)
}

// EachFile visits files in the archive or directory at a path, or in that of the database at
// the path.
func EachFile(ctx context.Context, path string, o ovsdb.Options, files *archive.FileVisit) error {
	root, _, info, err := place(path)
	if err != nil {
		return err
	}
	return look(&archive.Collector{Context: ctx, Options: &o, Root: root, Target: root, Files: files, NoLogs: true}, info)
}

// none returns the error for a search without a database of the requested schema.
func none(c *archive.Collector) error {
	all := c.Found
	c.Found = nil
	for _, m := range all {
		if want := c.Options.Schema; want == "" || m.Database == "" || m.Database == want {
			c.Found = append(c.Found, m)
		} else {
			c.Other = append(c.Other, m)
		}
	}
	if members, _, _ := found(c); len(members) > 0 {
		return nil
	}
	_, err := read(c)
	return err
}

// each is a search that visits all databases.
type each struct {
	ctx   context.Context
	visit func(*Database) error
}

// log visits a log.
func (e *each) log(m ovsdb.Member, at archive.Place, read func() (*ovsdb.Candidate, error)) error {
	return e.visit(&Database{m, at, func() (parse, error) {
		log, err := read()
		if err != nil {
			return nil, err
		}
		src, err := log.Open()
		if err != nil {
			return nil, err
		}
		return func(o ovsdb.Options) (*ovsdb.Snapshot, error) { return readLog(e.ctx, m.Path, src, &o, log.Warnings) }, nil
	}})
}

// plain visits a log that is a single file.
func (e *each) plain(path string, at archive.Place, src *ovsdb.Source, o *ovsdb.Options) error {
	taken := false
	take := func() (*ovsdb.Source, error) { taken = true; return src, nil }
	m := archive.MemberOf(path, src.Data)
	err := e.log(m, at, func() (*ovsdb.Candidate, error) { return &ovsdb.Candidate{Name: path, Open: take}, nil })
	switch {
	case taken:
		return err
	case err == nil && m.Database != "" && m.Database != o.Schema && o.Schema != "":
		_, err = readLog(e.ctx, path, src, o, nil) // closes the source and reports that it has another schema
		return err
	}
	return errors.Join(err, src.Close())
}
