// Package ovsdb reads OVSDB databases into rows. It knows tables and columns
// and nothing of what they mean.
//
// The forms and their sources: the logs of ovsdb(5), standalone and clustered,
// read as ovsdb-server reads them; what ovsdb-client and ovn-sbctl print as
// JSON; any of these compressed, in archives and in directories; and the
// protocol of RFC 7047.
package ovsdb

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/mmapfault"
)

// Open reads the database at a path, whatever form it has:
//
//   - a standalone or clustered log, an "ovsdb-client backup", or a dump in JSON
//     (ovsdb-client dump --format=json);
//   - any of these compressed by gzip, zstd or xz;
//   - a directory, a tar archive, compressed or not, or a zip archive, that holds one of these;
//     where it holds several, a *SeveralError lists them, and PATH//MEMBER
//     opens one;
//   - tables printed by "ovn-sbctl --format=json list TABLE", as
//     TABLE=FILE,TABLE=FILE or as a directory of files named after their
//     tables;
//   - "-", standard input;
//   - a live server, unix:PATH, tcp:HOST:PORT or ssl:HOST:PORT, or the members of
//     a cluster in a comma-separated list.
//
// Errors are of type *Error or *SeveralError, or come from the operating system
// or ctx.
func Open(ctx context.Context, path string, o Options) (*Snapshot, error) {
	if IsRemote(path) {
		return openLive(ctx, path, &o)
	}
	if path == "-" {
		return openStream(ctx, "standard input", os.Stdin, &o)
	}
	info, err := os.Stat(path)
	root := path
	if err != nil {
		if tables := tableFiles(path); tables != nil {
			return openTables(ctx, path, tables, &o)
		}
		if root, info = container(path); info == nil {
			return nil, err
		}
	}
	if trimmed := strings.TrimRight(root, "/"); trimmed != "" && root == path {
		root, path = trimmed, trimmed
	}
	if err := special(root, info); err != nil {
		return nil, err
	}
	c := &collector{ctx: ctx, o: &o, root: root, target: path, in: &counter{ctx: ctx, o: &o}}
	if info.IsDir() {
		return c.after(c.dir(root))
	}
	f, err := os.Open(root)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	head := make([]byte, detectLen)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, err
	}
	head = head[:n]
	if detectContent(head) == contentLog && info.Mode().IsRegular() && root == path {
		src, err := openFile(ctx, path, &o)
		if err != nil {
			return nil, err
		}
		return readLog(ctx, path, src, &o, nil)
	}
	if detectContent(head) == contentZip && info.Mode().IsRegular() {
		return c.after(c.zipFile(root, f, 1))
	}
	c.in.total = info.Size()
	c.in.r = f
	return c.after(c.stream(root, io.MultiReader(bytes.NewReader(head), c.in), info.Size(), 0))
}

// special refuses a file or directory that is not one on a disk, where reading
// it would yield no database or no end. Pipes and devices may be read: a shell
// makes them of commands.
func special(path string, info os.FileInfo) error {
	text := ""
	if fs := pseudoFS(path); fs != "" {
		text = "this lies in the kernel's " + fs + " file system, which holds no databases"
	} else if info.Mode()&os.ModeSocket != 0 {
		text = "this is a socket; a server is unix:" + path
	}
	if text == "" {
		return nil
	}
	return &Error{File: path, Offset: -1, Err: ErrNotOVSDB, Text: text}
}

// container finds the file or directory in PATH//MEMBER, or returns a nil info.
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

// Read reads the database in data, of any form that Open knows a file to have.
// The data must not change afterwards. The name is for messages.
func Read(ctx context.Context, name string, data []byte, o Options) (*Snapshot, error) {
	if detectContent(data) == contentLog {
		return readLog(ctx, name, &source{data: data}, &o, nil)
	}
	return openStream(ctx, name, bytes.NewReader(data), &o)
}

// ReadFrom reads the database in a stream, of any form that Open knows a file to
// have. The name is for messages.
func ReadFrom(ctx context.Context, name string, r io.Reader, o Options) (*Snapshot, error) {
	return openStream(ctx, name, r, &o)
}

// openStream reads the database in a stream.
func openStream(ctx context.Context, name string, r io.Reader, o *Options) (*Snapshot, error) {
	c := &collector{ctx: ctx, o: o, root: name, target: name, in: &counter{ctx: ctx, o: o, r: r}}
	return c.after(c.stream(name, c.in, 0, 0))
}

// after resolves what was found, unless the search ended in an error.
func (c *collector) after(err error) (*Snapshot, error) {
	if err != nil {
		c.close()
		return nil, err
	}
	return c.resolve()
}

// close gives the memory of what was kept back.
func (c *collector) close() {
	for _, k := range c.kept {
		_ = k.close() // of memory there is nothing to say
	}
	c.kept = nil
}

// resolve reads the one database that was found, or says why there is not one.
// The snapshot closes what was kept of it.
func (c *collector) resolve() (*Snapshot, error) {
	s, err := c.read()
	if err != nil {
		c.close()
		return nil, err
	}
	s.src.parts = append(s.src.parts, slices.DeleteFunc(c.kept, func(k *source) bool { return k == s.src })...)
	return s, nil
}

func (c *collector) read() (*Snapshot, error) {
	groups := groupDumps(c.dumps)
	members, others := c.found, c.other
	var dump *dumpGroup
	for _, g := range groups {
		m := Member{Path: g.name, Database: g.database(), Model: "dump"}
		if want := c.o.Schema; want != "" && m.Database != "" && m.Database != want && c.isWithin(g.name) {
			others = append(others, m)
			continue
		}
		members = append(members, m)
		dump = g
	}
	switch {
	case len(members) > 1:
		return nil, &SeveralError{Path: c.target, Members: members}
	case len(members) == 0 && len(others) > 0:
		return nil, &Error{File: c.target, Offset: -1, Err: ErrWrongSchema, Text: "no " + c.o.Schema + " database, but:" + list(others)}
	case len(members) == 0 && len(c.dumps) > 0:
		return nil, &Error{File: c.target, Offset: -1, Err: ErrNotOVSDB, Text: "JSON that is no printed table of a database"}
	case len(members) == 0:
		text := "no database was found"
		if len(c.warnings) > 0 {
			text += "; " + c.warnings[0].String()
		}
		return nil, &Error{File: c.target, Offset: -1, Err: ErrNotOVSDB, Text: text}
	case dump != nil:
		return dump.load(&loader{ctx: c.ctx, o: c.o, name: dump.name, src: &source{}, warnings: c.warnings})
	}
	src, err := c.log.open()
	if err != nil {
		return nil, err
	}
	for i := range c.warnings {
		c.warnings[i].Beside = true // what is wrong with the log is among its own
	}
	return readLog(c.ctx, c.log.name, src, c.o, append(c.warnings, c.log.warnings...))
}

// readLog reads an uncompressed log and closes it where that fails.
func readLog(ctx context.Context, name string, src *source, o *Options, warnings []Warning) (*Snapshot, error) {
	l := &loader{ctx: ctx, o: o, name: name, src: src, warnings: warnings}
	var s *Snapshot
	var err error
	if mmapfault.Run(func() { s, err = l.load() }) {
		err = l.fail(-1, ErrDamaged, "the file was cut short while it was read; take a copy of it first")
	}
	if err != nil {
		src.close()
		return nil, err
	}
	return s, nil
}

// load reads a log of either kind.
func (l *loader) load() (*Snapshot, error) {
	h, ok := parseHeader(l.src.data)
	switch {
	case !ok:
		return nil, l.fail(0, ErrDamaged, "the first record's header line cannot be read: %q", clip(string(l.src.data[:min(len(l.src.data), maxHeader)])))
	case h.magic == magicStandalone:
		return l.loadLog(standalone)
	case h.magic == magicClustered:
		return l.loadLog(clustered)
	}
	return nil, l.fail(0, ErrNotOVSDB, "an OVSDB log of unknown kind %q", clip(h.magic))
}

// tableFiles takes TABLE=FILE,TABLE=FILE apart, or returns nil.
func tableFiles(list string) [][2]string {
	var tables [][2]string
	for part := range strings.SplitSeq(list, ",") {
		table, file, ok := strings.Cut(part, "=")
		if !ok || table == "" || file == "" || tableOf(table) != table {
			return nil
		}
		tables = append(tables, [2]string{table, file})
	}
	return tables
}

// openTables reads printed tables, each from its own file.
func openTables(ctx context.Context, name string, tables [][2]string, o *Options) (s *Snapshot, err error) {
	g := &dumpGroup{name: name}
	all := &source{}
	defer func() {
		if err != nil {
			all.close()
		}
	}()
	for _, tf := range tables {
		f, err := os.Open(tf[1])
		if err != nil {
			return nil, err
		}
		c := &collector{ctx: ctx, o: o, root: tf[1], target: tf[1], in: &counter{ctx: ctx, o: o, r: f}}
		err = c.stream(tf[1], c.in, 0, 0)
		f.Close()
		all.parts = append(all.parts, c.kept...)
		if err != nil {
			return nil, err
		}
		groups := groupDumps(c.dumps)
		if len(groups) != 1 || len(groups[0].tables) != 1 {
			return nil, &Error{File: tf[1], Offset: -1, Err: ErrNotOVSDB, Text: "not the one table that \"ovn-sbctl --format=json list " + tf[0] + "\" prints"}
		}
		p := groups[0].tables[0]
		p.table = tf[0]
		g.tables = append(g.tables, p)
		g.faults = append(g.faults, groups[0].faults...)
	}
	return g.load(&loader{ctx: ctx, o: o, name: name, src: all})
}
