package open

import (
	"context"
	"os"
	"path/filepath"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/archive"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/client"
)

// Beside returns the path of the database that Path reads, and the databases of another
// schema beside it: in the same archive or directory or, if path is a single file, in that
// file's directory.
func Beside(ctx context.Context, path string, o ovsdb.Options, schema string) (self string, others []ovsdb.Member, err error) {
	if client.IsRemote(path) {
		return "", nil, &ovsdb.Error{File: path, Offset: -1, Err: ovsdb.ErrNotOVSDB, Text: "a server has no directory in which other databases are"}
	}
	if self, err = locate(ctx, path, &o); err != nil {
		return "", nil, err
	}
	root, info := container(self)
	flat := info == nil
	if flat {
		root = filepath.Dir(self)
		if info, err = os.Stat(root); err != nil {
			return "", nil, err
		}
	}
	o.Schema = schema
	c := &archive.Collector{Context: ctx, Options: &o, Root: root, Target: root, Flat: flat}
	defer c.Close()
	if err := look(c, info); err != nil {
		return "", nil, err
	}
	members, _, _ := found(c)
	for _, m := range members {
		if m.Database == schema && !(flat && strings.Count(m.Path, "//") > 1) {
			others = append(others, m)
		}
	}
	return self, others, nil
}

// locate returns the path of the database that Path reads.
func locate(ctx context.Context, path string, o *ovsdb.Options) (string, error) {
	info, err := os.Stat(path)
	root := path
	if err != nil {
		if root, info = container(path); info == nil {
			return "", err
		}
	}
	if src, err := plainLog(ctx, root, path, info, o); err != nil || src != nil {
		if err == nil {
			err = src.Close()
		}
		return path, err
	}
	c, err := find(ctx, root, path, info, o, nil, nil)
	if c != nil {
		defer c.Close()
	}
	if err != nil {
		return "", err
	}
	members, _, _ := found(c)
	switch len(members) {
	case 0:
		return "", &ovsdb.Error{File: path, Offset: -1, Err: ovsdb.ErrNotOVSDB, Text: "no database was found"}
	case 1:
		return members[0].Path, nil
	}
	return "", &ovsdb.SeveralError{Path: path, Members: members}
}

// PairName returns the part that the paths of a southbound and of a northbound database have in
// common.
func PairName(path string) string {
	return strings.NewReplacer("northbound", "sb", "southbound", "sb", "nb", "sb").Replace(strings.ToLower(path))
}
