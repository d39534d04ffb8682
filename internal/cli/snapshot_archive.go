package cli

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"time"

	"github.com/ovnwalk/ovnwalk/internal/demo"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/client"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/logfile"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/open"
)

// isArchive reports whether the name of a file is that of a tar archive.
func isArchive(name string) bool {
	content, _ := logfile.CutPacking(name)
	return strings.HasSuffix(content, ".tar")
}

// writeArchive saves all databases of the sources in one archive.
func (o *snapshotOptions) writeArchive(ctx context.Context, sys *System) error {
	return logfile.PackFile(o.to, func(w io.Writer) error {
		a := archiver{options: o, sys: sys, tar: tar.NewWriter(w), names: map[string]bool{}}
		for _, source := range o.sources {
			if err := a.source(ctx, source); err != nil {
				return err
			}
		}
		return a.tar.Close()
	})
}

// archiver writes an archive of databases.
type archiver struct {
	options *snapshotOptions
	sys     *System
	tar     *tar.Writer
	names   map[string]bool
}

// source adds the databases of a source.
func (a *archiver) source(ctx context.Context, source string) error {
	if source == demo.Name || source == "-" || client.IsRemote(source) || open.IsTables(source) {
		db, err := a.options.load(ctx, a.sys, source, "")
		if err != nil {
			return err
		}
		return a.add(db.Name, db)
	}
	bar := a.sys.session().Progress(source)
	defer bar.Stop()
	how := a.options.accessOptions.allTables()
	how.Progress = bar.At
	warnings, err := open.Each(ctx, source, how, func(d *open.Database) error {
		read, err := d.Take()
		if err != nil {
			return err
		}
		db, err := read(a.options.accessOptions.allTables())
		if err != nil {
			return err
		}
		return a.add(d.Path, db)
	}, nil)
	if err != nil {
		return err
	}
	return a.options.damage.Warn(a.sys.session(), warnings)
}

// add adds a database under the last element of its path.
func (a *archiver) add(name string, db *ovsdb.Snapshot) (err error) {
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := a.options.damage.Warn(a.sys.session(), db.Warnings); err != nil {
		return err
	}
	content, _ := logfile.CutPacking(path.Base(name))
	called := content
	for i := 2; a.names[called]; i++ {
		called = fmt.Sprintf("%s-%d", content, i)
	}
	a.names[called] = true
	var text bytes.Buffer
	if err := logfile.Write(db, &text); err != nil {
		return err
	}
	h := &tar.Header{Name: called, Mode: 0o644, Size: int64(text.Len()), Typeflag: tar.TypeReg, ModTime: time.UnixMilli(db.Date).UTC().Truncate(time.Second)}
	if err := a.tar.WriteHeader(h); err != nil {
		return err
	}
	_, err = text.WriteTo(a.tar)
	return err
}
