package cli

import (
	"context"

	"github.com/ovnwalk/ovnwalk/internal/demo"
	"github.com/ovnwalk/ovnwalk/internal/input"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/logfile"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/open"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// northboundSchema is the name of the northbound database.
const northboundSchema = "OVN_Northbound"

// snapshotReader reads whole databases.
type snapshotReader struct {
	access accessOptions
	damage input.DamagePolicy
}

// read reads a whole database, which the system will close.
func (s snapshotReader) read(ctx context.Context, sys *System, name, schema string) (*ovsdb.Snapshot, error) {
	how := s.access.allTables()
	how.Schema = schema
	bar := sys.session().Progress(name)
	defer bar.Stop()
	how.Progress = bar.At
	var db *ovsdb.Snapshot
	var err error
	switch {
	case name == "demo" && schema == lflow.Schema:
		db, err = open.Bytes(ctx, name, demo.Bytes(), how)
	case name == "-":
		db, err = open.Reader(ctx, "standard input", sys.Stdin, how)
	default:
		db, err = open.Path(ctx, name, how)
	}
	if err != nil {
		return nil, err
	}
	sys.own(db)
	return db, s.damage.Warn(sys.session(), db.Warnings)
}

// keepDatabase writes a database that northd left to a file, compact and packed as the
// file's name says; to "" it does nothing.
func keepDatabase(ctx context.Context, from, to string) error {
	if to == "" {
		return nil
	}
	db, err := open.Path(ctx, from, ovsdb.Options{})
	if err != nil {
		return err
	}
	defer db.Close()
	return logfile.WriteFile(db, to, logfile.CompressionFor(to))
}
