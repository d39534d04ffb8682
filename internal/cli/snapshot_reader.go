package cli

import (
	"context"

	"github.com/spf13/pflag"

	"github.com/ovnwalk/ovnwalk/internal/demo"
	"github.com/ovnwalk/ovnwalk/internal/input"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/logfile"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/open"
)

// snapshotReader reads whole databases.
type snapshotReader struct {
	accessOptions
	damage input.DamagePolicy
}

// flags adds the options.
func (s *snapshotReader) flags(f *pflag.FlagSet) {
	s.accessOptions.flags(f)
	damageFlags(f, &s.damage)
}

// read reads a whole database with the given schema, "" for any, and prints its warnings.
// The database is closed with sys.
func (s *snapshotReader) read(ctx context.Context, sys *System, name, schema string) (*ovsdb.Snapshot, error) {
	db, err := s.load(ctx, sys, name, schema)
	if err != nil {
		return nil, err
	}
	sys.own(db)
	return db, s.damage.Warn(sys.session(), db.Warnings)
}

// load reads a whole database without reporting its warnings.
func (s *snapshotReader) load(ctx context.Context, sys *System, name, schema string) (*ovsdb.Snapshot, error) {
	bar := sys.session().Progress(name)
	defer bar.Stop()
	how := s.allTables()
	how.Schema, how.Progress = schema, bar.At
	switch {
	case name == demo.Name && schema != ovsdb.Northbound:
		return open.Bytes(ctx, name, demo.Bytes(), how)
	case name == "-":
		return open.Reader(ctx, "standard input", sys.Stdin, how)
	}
	return open.Path(ctx, name, how)
}

// keepDatabase writes a database of the control plane to a file, without the log's history
// and compressed according to the suffix of its name. It does nothing if to is "".
func keepDatabase(ctx context.Context, from, to string) error {
	if to == "" {
		return nil
	}
	db, err := open.Path(ctx, from, ovsdb.Options{})
	if err != nil {
		return err
	}
	defer db.Close()
	return logfile.WriteFile(db, to)
}
