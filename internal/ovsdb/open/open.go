// Package open reads a database from a log, a dump, a compressed file, an archive, a
// directory or a server.
package open

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/mmapfault"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/archive"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/client"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/dump"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/logfile"
)

// Path reads the database at a path, whatever form it has:
//
//   - a standalone or clustered log, an "ovsdb-client backup", or a dump in JSON
//     (ovsdb-client dump --format=json);
//   - any of these compressed by gzip, zstd or xz;
//   - a directory, a tar archive, compressed or not, or a zip archive, that holds one of these;
//     where it holds several, a *SeveralError lists them, and PATH//MEMBER
//     opens one; MEMBER is a path in it, or the end of just one;
//   - tables printed by "ovn-sbctl --format=json list TABLE", as
//     TABLE=FILE,TABLE=FILE or as a directory of files named after their
//     tables;
//   - "-", standard input;
//   - a live server, unix:PATH, tcp:HOST:PORT or ssl:HOST:PORT, or the members of
//     a cluster in a comma-separated list.
//
// Errors are of type *Error or *SeveralError, or come from the operating system
// or ctx.
func Path(ctx context.Context, path string, o ovsdb.Options) (*ovsdb.Snapshot, error) {
	if client.IsRemote(path) {
		return client.Open(ctx, path, &o)
	}
	if path == "-" {
		return openStream(ctx, "standard input", os.Stdin, &o)
	}
	root, path, info, err := place(path)
	if err != nil {
		if tables := tableFiles(path); tables != nil {
			return openTables(ctx, path, tables, &o)
		}
		return nil, err
	}
	if src, err := plainLog(ctx, root, path, info, &o); err != nil || src != nil {
		if err != nil {
			return nil, err
		}
		return readLog(ctx, path, src, &o, nil)
	}
	c, err := find(ctx, root, path, info, &o, nil, nil)
	return after(c, err, !info.IsDir() && !info.Mode().IsRegular())
}

// IsStream reports whether a path is a pipe or a device, which can be read only once.
func IsStream(path string) bool {
	_, _, info, err := place(path)
	return err == nil && !info.IsDir() && !info.Mode().IsRegular()
}

// place returns the file or directory of the source at a path, and the path without
// trailing slashes.
func place(path string) (root, target string, info os.FileInfo, err error) {
	root = path
	if info, err = os.Stat(path); err != nil {
		if root, info = container(path); info == nil {
			return "", path, nil, err
		}
	}
	if trimmed := strings.TrimRight(root, "/"); trimmed != "" && root == path {
		root, path = trimmed, trimmed
	}
	return root, path, info, special(root, info)
}

// plainLog opens a file that is a log, mapped into memory. It returns nil if the file is no log.
func plainLog(ctx context.Context, root, path string, info os.FileInfo, o *ovsdb.Options) (*ovsdb.Source, error) {
	if !info.Mode().IsRegular() || root != path {
		return nil, nil
	}
	f, err := os.Open(root)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if head, err := detect(f); err != nil || archive.DetectContent(head) != archive.ContentLog {
		return nil, err
	}
	return ovsdb.OpenFile(ctx, path, o)
}

// find searches a file or directory for the database that is requested by root or
// root//MEMBER. If nothing is at MEMBER, MEMBER is the end of a member's path.
func find(ctx context.Context, root, target string, info os.FileInfo, o *ovsdb.Options, visit archive.Visit, files *archive.FileVisit) (*archive.Collector, error) {
	c := &archive.Collector{Context: ctx, Options: o, Root: root, Target: target, Visit: visit, Files: files}
	err := look(c, info)
	if root == target || err != nil || len(c.Found)+len(c.Other)+len(c.Dumps) > 0 || !info.IsDir() && !info.Mode().IsRegular() {
		return c, err
	}
	c.Close()
	c = &archive.Collector{Context: ctx, Options: o, Root: root, Target: target, Suffix: true, Visit: visit}
	if err := look(c, info); err != nil || len(c.Found)+len(c.Other)+len(c.Dumps)+len(c.Warnings) > 0 {
		return c, err
	}
	return c, noMember(ctx, root, target, info, o)
}

// noMember returns the error for a member that is not there, with the databases that are;
// nil if there is none.
func noMember(ctx context.Context, root, target string, info os.FileInfo, o *ovsdb.Options) error {
	c := &archive.Collector{Context: ctx, Options: o, Root: root, Target: root}
	defer c.Close()
	if err := look(c, info); err != nil {
		return err
	}
	members, others, _ := found(c)
	if members = append(members, others...); len(members) == 0 {
		return nil
	}
	return &ovsdb.Error{File: target, Offset: -1, Err: ovsdb.ErrNotOVSDB, Text: "no database has this path or end of a path; give one of them:" + ovsdb.MemberLines(members)}
}

// look searches the file or directory at the root of a search.
func look(c *archive.Collector, info os.FileInfo) error {
	c.Input = &ovsdb.Counter{Context: c.Context, Options: c.Options}
	if info.IsDir() {
		return c.Dir(c.Root)
	}
	f, first, err := openFile(c.Context, c.Root, info)
	if err != nil {
		return err
	}
	defer f.Close()
	head, err := detect(io.MultiReader(bytes.NewReader(first), f))
	if err != nil {
		return err
	}
	if archive.DetectContent(head) == archive.ContentZip && info.Mode().IsRegular() {
		return c.ZipFile(c.Root, f, 1)
	}
	c.Input.Total = info.Size()
	c.Input.Reader = f
	return c.Stream(c.Root, io.MultiReader(bytes.NewReader(head), c.Input), info.Size(), 0, archive.FilePlace(c.Root, info))
}

// detect reads the beginning of a file from which its format is detected.
func detect(f io.Reader) ([]byte, error) {
	head := make([]byte, archive.DetectLen)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, err
	}
	return head[:n], nil
}

// special returns an error for a file or directory that is not on a disk, because reading
// it would yield no database or not end. Pipes and devices are accepted: shells pass the
// output of commands as such.
func special(path string, info os.FileInfo) error {
	text := ""
	if fs := archive.PseudoFS(path); fs != "" {
		text = "this lies in the kernel's " + fs + " file system, which holds no databases"
	} else if info.Mode()&os.ModeSocket != 0 {
		text = "this is a socket; a server is unix:" + path
	}
	if text == "" {
		return nil
	}
	return &ovsdb.Error{File: path, Offset: -1, Err: ovsdb.ErrNotOVSDB, Text: text}
}

// container returns the file or directory in PATH//MEMBER, or a nil info.
func container(path string) (string, os.FileInfo) {
	for i := len(path) - 2; i > 0; i-- {
		if path[i] == '/' && path[i+1] == '/' {
			if info, err := os.Stat(path[:i]); err == nil {
				return path[:i], info
			}
		}
	}
	return "", nil
}

// Bytes reads the database in data, in any file format that Path reads. The data must
// not change afterwards. The name is for messages.
func Bytes(ctx context.Context, name string, data []byte, o ovsdb.Options) (*ovsdb.Snapshot, error) {
	if archive.DetectContent(data) == archive.ContentLog {
		return readLog(ctx, name, &ovsdb.Source{Data: data}, &o, nil)
	}
	return openStream(ctx, name, bytes.NewReader(data), &o)
}

// Reader reads the database in a stream, in any file format that Path reads. The name is
// for messages.
func Reader(ctx context.Context, name string, r io.Reader, o ovsdb.Options) (*ovsdb.Snapshot, error) {
	return openStream(ctx, name, r, &o)
}

// openStream reads the database in a stream.
func openStream(ctx context.Context, name string, r io.Reader, o *ovsdb.Options) (*ovsdb.Snapshot, error) {
	c := &archive.Collector{Context: ctx, Options: o, Root: name, Target: name, Input: &ovsdb.Counter{Context: ctx, Options: o, Reader: r}}
	return after(c, c.Stream(name, c.Input, 0, 0, archive.Place{}), true)
}

// after resolves the result of a search, or returns the search's error. stream is whether
// the source can be read only once.
func after(c *archive.Collector, err error, stream bool) (*ovsdb.Snapshot, error) {
	if err != nil {
		c.Close()
		return nil, err
	}
	s, err := resolve(c)
	if several, ok := errors.AsType[*ovsdb.SeveralError](err); ok {
		several.Stream = stream
	}
	if none, ok := errors.AsType[*ovsdb.Error](err); ok && stream && c.Root != c.Target && len(c.Found)+len(c.Other)+len(c.Dumps) == 0 {
		none.Text = "no member of the stream has just this path; to give the end of a path, save the stream in a file"
	}
	return s, err
}

// resolve reads the one database that a search found, or returns an error if there are
// none or several. Closing the snapshot closes the sources that were kept.
func resolve(c *archive.Collector) (*ovsdb.Snapshot, error) {
	s, err := read(c)
	if err != nil {
		c.Close()
		return nil, err
	}
	s.Source.Parts = append(s.Source.Parts, slices.DeleteFunc(c.Kept, func(k *ovsdb.Source) bool { return k == s.Source })...)
	return s, nil
}

func read(c *archive.Collector) (*ovsdb.Snapshot, error) {
	members, others, dump := found(c)
	switch {
	case len(members) > 1:
		return nil, &ovsdb.SeveralError{Path: c.Target, Members: members}
	case len(members) == 0 && len(others) > 0:
		return nil, &ovsdb.Error{File: c.Target, Offset: -1, Err: ovsdb.ErrWrongSchema, Text: "no " + c.Options.Schema + " database, but:" + ovsdb.MemberLines(others)}
	case len(members) == 0 && len(c.Dumps) > 0:
		return nil, &ovsdb.Error{File: c.Target, Offset: -1, Err: ovsdb.ErrNotOVSDB, Text: "JSON that is not a printed table of a database"}
	case len(members) == 0:
		text := "no database was found"
		if len(c.Warnings) > 0 {
			text += "; " + c.Warnings[0].String()
		}
		return nil, &ovsdb.Error{File: c.Target, Offset: -1, Err: ovsdb.ErrNotOVSDB, Text: text}
	case dump != nil:
		return dump.Load(&ovsdb.Loader{Context: c.Context, Options: c.Options, Name: dump.Name, Source: &ovsdb.Source{}, Warnings: c.Warnings})
	}
	src, err := c.Log.Open()
	if err != nil {
		return nil, err
	}
	for i := range c.Warnings {
		c.Warnings[i].Beside = true // the log's own warnings have its problems
	}
	return readLog(c.Context, c.Log.Name, src, c.Options, append(c.Warnings, c.Log.Warnings...))
}

// found returns the databases of the requested schema, those of others, and the last of
// the dumps among the first.
func found(c *archive.Collector) (members, others []ovsdb.Member, last *dump.Group) {
	members, others = c.Found, c.Other
	for _, g := range dump.Groups(c.Dumps) {
		m := ovsdb.Member{Path: g.Name, Database: g.Database(), Model: "dump"}
		if want := c.Options.Schema; want != "" && m.Database != "" && m.Database != want && c.IsWithin(g.Name) {
			others = append(others, m)
			continue
		}
		members = append(members, m)
		last = g
	}
	return members, others, last
}

// readLog reads an uncompressed log. It closes the source on errors.
func readLog(ctx context.Context, name string, src *ovsdb.Source, o *ovsdb.Options, warnings []ovsdb.Warning) (*ovsdb.Snapshot, error) {
	l := &ovsdb.Loader{Context: ctx, Options: o, Name: name, Source: src, Warnings: warnings}
	var s *ovsdb.Snapshot
	var err error
	if mmapfault.Run(func() { s, err = logfile.Load(l) }) {
		err = l.Fail(-1, ovsdb.ErrDamaged, "the file was truncated while it was read; take a copy of it first")
	}
	if err != nil {
		src.Close()
		return nil, err
	}
	return s, nil
}

// IsTables reports whether a path is a list of tables, TABLE=FILE,TABLE=FILE, and not the
// name of a file.
func IsTables(path string) bool {
	_, err := os.Stat(path)
	return err != nil && tableFiles(path) != nil
}

// tableFiles parses TABLE=FILE,TABLE=FILE. It returns nil if list has another form.
func tableFiles(list string) [][2]string {
	var tables [][2]string
	for part := range strings.SplitSeq(list, ",") {
		table, file, ok := strings.Cut(part, "=")
		if !ok || table == "" || file == "" || dump.TableOf(table) != table {
			return nil
		}
		tables = append(tables, [2]string{table, file})
	}
	return tables
}

// openTables reads printed tables, each from its own file.
func openTables(ctx context.Context, name string, tables [][2]string, o *ovsdb.Options) (s *ovsdb.Snapshot, err error) {
	g := &dump.Group{Name: name}
	all := &ovsdb.Source{}
	defer func() {
		if err != nil {
			all.Close()
		}
	}()
	for _, tf := range tables {
		f, err := os.Open(tf[1])
		if err != nil {
			return nil, err
		}
		c := &archive.Collector{Context: ctx, Options: o, Root: tf[1], Target: tf[1], Input: &ovsdb.Counter{Context: ctx, Options: o, Reader: f}}
		err = c.Stream(tf[1], c.Input, 0, 0, archive.Place{})
		f.Close()
		all.Parts = append(all.Parts, c.Kept...)
		if err != nil {
			return nil, err
		}
		groups := dump.Groups(c.Dumps)
		if len(groups) != 1 || len(groups[0].Tables) != 1 {
			return nil, &ovsdb.Error{File: tf[1], Offset: -1, Err: ovsdb.ErrNotOVSDB, Text: "not the one table that \"ovn-sbctl --format=json list " + tf[0] + "\" prints"}
		}
		p := groups[0].Tables[0]
		p.Table = tf[0]
		g.Tables = append(g.Tables, p)
		g.Faults = append(g.Faults, groups[0].Faults...)
	}
	return g.Load(&ovsdb.Loader{Context: ctx, Options: o, Name: name, Source: all})
}
