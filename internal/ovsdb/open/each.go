package open

import (
	"context"
	"errors"

	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/archive"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/dump"
)

// Database is one of the databases at a path.
type Database struct {
	ovsdb.Member
	load func(o *ovsdb.Options) (*ovsdb.Snapshot, error)
}

// Read reads the database, at most once and only as long as the visit lasts that
// was given it. The snapshot may be used afterwards. Its schema is that of the
// database, whatever o asks for.
func (d *Database) Read(o ovsdb.Options) (*ovsdb.Snapshot, error) { return d.load(&o) }

// Each visits the databases at a path that Path takes, other than a server, standard
// input and lists of tables. It comes to them in the order in which they lie there:
// an archive is read once, from its beginning to its end. Databases of all schemas
// are visited; that none is of the schema that o asks for is the error that Path has.
// The warnings are about content that could not be looked through.
func Each(ctx context.Context, path string, o ovsdb.Options, visit func(*Database) error) ([]ovsdb.Warning, error) {
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
		taken := false
		take := func() (*ovsdb.Source, error) { taken = true; return src, nil }
		m := archive.MemberOf(path, src.Data)
		err := e.log(m, func() (*ovsdb.Candidate, error) { return &ovsdb.Candidate{Name: path, Open: take}, nil })
		switch {
		case taken:
		case err == nil && m.Database != "" && m.Database != o.Schema && o.Schema != "":
			_, err = readLog(ctx, path, src, &o, nil) // it closes the source, as it has another schema
		default:
			err = errors.Join(err, src.Close())
		}
		return nil, err
	}
	c, err := find(ctx, root, path, info, &o, e.log)
	defer c.Close()
	for _, g := range dump.Groups(c.Dumps) {
		if err == nil {
			load := func(o *ovsdb.Options) (*ovsdb.Snapshot, error) { return Path(ctx, g.Name, *o) }
			err = visit(&Database{ovsdb.Member{Path: g.Name, Database: g.Database(), Model: "dump"}, load})
		}
	}
	if err == nil {
		err = none(c)
	}
	return c.Warnings, err
}

// none returns the error for a search that came to no database of the schema that
// was asked for.
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

// each is a search that visits what it comes to.
type each struct {
	ctx   context.Context
	visit func(*Database) error
}

// log visits a log.
func (e *each) log(m ovsdb.Member, read func() (*ovsdb.Candidate, error)) error {
	load := func(o *ovsdb.Options) (*ovsdb.Snapshot, error) {
		log, err := read()
		if err != nil {
			return nil, err
		}
		src, err := log.Open()
		if err != nil {
			return nil, err
		}
		return readLog(e.ctx, m.Path, src, o, log.Warnings)
	}
	return e.visit(&Database{m, load})
}
