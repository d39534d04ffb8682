// Package archive finds databases in compressed files, archives and directories,
// and in these within each other, within bounds.
package archive

import (
	"archive/tar"
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/logfile"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/memory"
)

// Collector looks through whatever a person has for databases: a compressed
// file, an archive, a directory, and these within each other. It reads streams
// once, so it keeps the first log that it meets; where a second turns up it
// only lists them.
type Collector struct {
	Context context.Context
	Options *ovsdb.Options
	Root    string     // what the person gave, before any "//"
	Target  string     // root, or root//MEMBER where a member was asked for
	Suffix  bool       // MEMBER is the end of a member's path
	Flat    bool       // folders in a folder are left out
	Visit   Visit      // what to do with each log, nil to keep the only one
	Files   *FileVisit // what to do with other files, nil for nothing
	NoLogs  bool       // databases are left out
	Input   *ovsdb.Counter
	Kept    []*ovsdb.Source // what was read into memory
	files   int
	bytes   int64

	Found    []ovsdb.Member   // logs of the schema asked for, or of an unknown one
	Other    []ovsdb.Member   // logs of other schemas
	Log      *ovsdb.Candidate // the first of found
	Dumps    []*ovsdb.Candidate
	Warnings []ovsdb.Warning
}

// Visit looks at a log that a search came to. It may read the log as long as it
// runs, and later if its place is known.
type Visit func(m ovsdb.Member, at Place, read func() (*ovsdb.Candidate, error)) error

// Bounds on what is looked through.
const (
	maxFiles   = 1 << 20 // files and members
	maxArchive = 16      // all members together, times the limit on one database
)

// peekLen is how much of a file is looked at to detect what it is: the first
// record of a southbound log is some 20 KB.
const peekLen = 128 << 10

// mayContain reports whether the file or member at name is asked for, or may hold
// what is.
func (c *Collector) mayContain(name string) bool {
	return c.Suffix || name == c.Target || strings.HasPrefix(name, c.Target+"/") || strings.HasPrefix(c.Target, name+"//")
}

// isNamed reports whether the database at name is asked for where Target names the
// end of a path: of the member's, with or without the suffix of its compression, or
// of that of a folder or an archive that holds it.
func (c *Collector) isNamed(name string) bool {
	if !c.Suffix {
		return true
	}
	end := strings.TrimPrefix(c.Target, c.Root+"//")
	rest := strings.TrimPrefix(name, c.Root+"//")
	for _, packed := range []string{"", ".gz", ".zst", ".xz"} {
		if strings.HasSuffix(rest, end+packed) || strings.Contains(rest, end+packed+"/") {
			return true
		}
	}
	return false
}

// IsWithin reports whether name lies within something that was given rather
// than being what was given.
func (c *Collector) IsWithin(name string) bool { return name != c.Target }

// Stream looks through the content of r, which is the file or member at name, and lies
// at a place.
func (c *Collector) Stream(name string, r io.Reader, size int64, nesting int, at Place) error {
	if err := c.count(name, 0); err != nil {
		return err
	}
	buf := bufio.NewReaderSize(r, peekLen)
	head, err := buf.Peek(DetectLen)
	if err != nil && !errors.Is(err, io.EOF) && len(head) == 0 {
		return c.broken(name, err)
	}
	kind := DetectContent(head)
	switch kind {
	case contentTar, ContentZip, contentGzip, contentZstd, contentXz:
		if nesting >= maxNesting {
			return c.broken(name, errLayers)
		}
	default:
	}
	switch kind {
	case ContentLog, contentDump:
		if member, ok := strings.CutPrefix(c.Target, name+"//"); ok {
			return &ovsdb.Error{File: name, Offset: -1, Err: ovsdb.ErrNotOVSDB, Text: fmt.Sprintf("a database, and no archive with a member %s in it", ovsdb.Clip(member))}
		}
		return c.database(name, kind, buf, size, at)
	case contentTar:
		return c.tar(name, buf, nesting+1, at)
	case ContentZip:
		packed, err := memory.ReadAll(buf, size, c.Options.Limit())
		defer func() { _ = packed.Free() }()
		if err != nil {
			return c.broken(name, err)
		}
		return c.zip(name, bytes.NewReader(packed.Data), int64(len(packed.Data)), nesting+1)
	case contentGzip, contentZstd, contentXz:
		z, points, err := unpacked(kind, buf, c.Input)
		if err != nil {
			return c.broken(name, err)
		}
		defer z.Close()
		return c.Stream(name, z, 0, nesting+1, at.unpacked(kind, points))
	default:
	}
	if c.IsWithin(name) {
		return nil
	}
	return unknown(name, kind, head)
}

// unknown is the error for content that is no database.
func unknown(name string, kind content, head []byte) error {
	if kind == contentEmpty {
		return &ovsdb.Error{File: name, Offset: -1, Text: "the file is empty", Err: ovsdb.ErrEmpty}
	}
	if what := sniffForeign(head); what != "" {
		return &ovsdb.Error{File: name, Offset: 0, Err: ovsdb.ErrNotOVSDB, Text: "this is " + what + ", which cannot be read; unpack it, or save the database as a file of ovsdb-server"}
	}
	return &ovsdb.Error{
		File: name, Offset: 0, Err: ovsdb.ErrNotOVSDB,
		Text: fmt.Sprintf("this is not an OVSDB database, nor an archive or a dump of one: it begins with %q", ovsdb.Clip(string(head[:min(len(head), 24)]))),
	}
}

// count enforces the bounds on what is looked through.
func (c *Collector) count(name string, size int64) error {
	if err := c.Context.Err(); err != nil {
		return err
	}
	c.files++
	c.bytes += size
	if c.files > maxFiles {
		return &ovsdb.Error{File: name, Offset: -1, Text: fmt.Sprintf("more than the limit of %d files", maxFiles), Err: ovsdb.ErrTooBig}
	}
	if most := maxArchive * c.Options.Limit(); c.bytes > most {
		return &ovsdb.Error{File: name, Offset: -1, Text: fmt.Sprintf("more than the limit of %d bytes in all", most), Err: ovsdb.ErrTooBig}
	}
	return nil
}

// broken keeps a word about content that cannot be looked through to its end.
// Bombs and cancellations end the search, and so does the one file given.
func (c *Collector) broken(name string, err error) error {
	switch {
	case c.Context.Err() != nil:
		return c.Context.Err()
	case errors.Is(err, ovsdb.ErrTooBig):
		return &ovsdb.Error{File: name, Offset: -1, Text: err.Error(), Err: ovsdb.ErrTooBig}
	case !c.IsWithin(name) && c.Log == nil && len(c.Dumps) == 0:
		return &ovsdb.Error{File: name, Offset: -1, Text: "cannot be unpacked: " + cause(err), Err: ovsdb.ErrDamaged}
	}
	c.Warnings = append(c.Warnings, ovsdb.Warning{File: name, Offset: -1, Text: "cannot be read to its end: " + cause(err)})
	return nil
}

// cause returns what is wrong with content, and what to do where that is the same for
// all formats: the readers of each end with io.ErrUnexpectedEOF where it is cut off.
func cause(err error) string {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return "the file is cut off; copy it again, and compare the sizes"
	}
	return err.Error()
}

// tar looks through an archive.
func (c *Collector) tar(name string, r io.Reader, nesting int, at Place) error {
	from := &counted{Reader: r}
	t := tar.NewReader(from)
	for {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return c.broken(name, err)
		}
		inner := name + "//" + strings.TrimLeft(path.Clean("/"+h.Name), "/")
		if err := c.count(inner, h.Size); err != nil {
			return err
		}
		if h.Typeflag != tar.TypeReg || !c.mayContain(inner) && !c.wants(inner) {
			continue
		}
		place := at.within(from.n, h.Size)
		if sparse(h) {
			place = Place{}
		}
		switch {
		case !c.wants(inner):
			err = c.Stream(inner, t, h.Size, nesting, place)
		case h.Size > 0: // of an empty file there is nothing to read
			err = c.visitFile(inner, place, t)
		}
		if err != nil {
			return err
		}
	}
}

// sparse reports whether a member lies in pieces, with zeros between them that the
// archive does not have.
func sparse(h *tar.Header) bool {
	for key := range h.PAXRecords {
		if strings.HasPrefix(key, "GNU.sparse.") {
			return true
		}
	}
	return false
}

// Dir looks through a directory, in the order of names. Links are not followed.
func (c *Collector) Dir(root string) error {
	return filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			if file == root {
				return err
			}
			return c.broken(file, err)
		}
		rel, _ := filepath.Rel(root, file)
		name := c.Root + "//" + filepath.ToSlash(rel)
		if d.IsDir() && (PseudoFS(file) != "" || c.Flat && file != root) {
			return filepath.SkipDir
		}
		if !d.Type().IsRegular() || !c.mayContain(name) && !c.wants(name) {
			return c.Context.Err()
		}
		if err := c.file(name, file); err != nil {
			var e *ovsdb.Error
			var visit visitError
			if errors.As(err, &e) || errors.As(err, &visit) || c.Context.Err() != nil {
				return err
			}
			return c.broken(name, err)
		}
		return nil
	})
}

// file looks through one file of a directory. A log is not read before it is
// known to be the one.
func (c *Collector) file(name, file string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if c.wants(name) {
		return c.visitFile(name, FilePlace(file, info), f)
	}
	head := make([]byte, peekLen)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	switch kind := DetectContent(head[:n]); {
	case kind == ContentZip:
		return c.ZipFile(name, f, 1)
	case kind != ContentLog:
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			return err
		}
		c.Input.Reader = f
		return c.Stream(name, c.Input, 0, 0, FilePlace(file, info))
	}
	log := &ovsdb.Candidate{Name: name, Open: func() (*ovsdb.Source, error) { return ovsdb.OpenFile(c.Context, file, c.Options) }}
	switch {
	case c.NoLogs:
	case c.Visit != nil:
		return c.visit(MemberOf(name, head[:n]), FilePlace(file, info), func() (*ovsdb.Candidate, error) { return log, nil })
	case c.consider(name, head[:n]):
		c.Log = log
	}
	return nil
}

// database looks at a log or a dump in a stream, and keeps it if it may be the
// one.
func (c *Collector) database(name string, kind content, r *bufio.Reader, size int64, at Place) error {
	switch {
	case c.NoLogs && !c.IsWithin(name):
		return &ovsdb.Error{File: name, Offset: -1, Err: ovsdb.ErrNotOVSDB, Text: "a database, and no archive"}
	case c.NoLogs, !c.isNamed(name):
		return nil
	}
	if kind != ContentLog {
		cand, src, err := c.unpack(name, kind, r, size)
		c.Kept = append(c.Kept, src)
		if err != nil {
			return err
		}
		if c.bytes += int64(len(src.Data)); c.bytes > c.Options.Limit() {
			return &ovsdb.Error{File: name, Offset: -1, Err: ovsdb.ErrTooBig, Text: fmt.Sprintf("dumps of more than the limit of %d bytes in all", c.Options.Limit())}
		}
		c.Dumps = append(c.Dumps, cand)
		return nil
	}
	head, _ := r.Peek(peekLen)
	if c.Visit != nil {
		return c.visit(MemberOf(name, head), at, func() (*ovsdb.Candidate, error) {
			cand, _, err := c.unpack(name, kind, r, size)
			return cand, err
		})
	}
	if !c.consider(name, head) {
		return nil
	}
	cand, src, err := c.unpack(name, kind, r, size)
	c.Kept = append(c.Kept, src)
	if err == nil {
		c.Log = cand
	}
	return err
}

// visit hands a log to Visit.
func (c *Collector) visit(m ovsdb.Member, at Place, read func() (*ovsdb.Candidate, error)) error {
	if !c.isNamed(m.Path) {
		return nil
	}
	c.Found = append(c.Found, m)
	return c.Visit(m, at, read)
}

// unpack reads a log or a dump of a stream into memory.
func (c *Collector) unpack(name string, kind content, r *bufio.Reader, size int64) (*ovsdb.Candidate, *ovsdb.Source, error) {
	if err := c.claim(name, kind, r); err != nil {
		return nil, &ovsdb.Source{}, err
	}
	b, err := memory.ReadAll(r, size, c.Options.Limit())
	data, src := b.Data, ovsdb.NewSource(b)
	cand := &ovsdb.Candidate{Name: name, Open: func() (*ovsdb.Source, error) { return src, nil }}
	switch {
	case err == nil:
	case c.Context.Err() != nil:
		return nil, src, c.Context.Err()
	case errors.Is(err, ovsdb.ErrTooBig):
		text := err.Error()
		if errors.Is(err, memory.ErrLimit) {
			text = fmt.Sprintf("%v (limit %d bytes); unpack it first, and give the file", err, c.Options.Limit())
		}
		return nil, src, &ovsdb.Error{File: name, Offset: -1, Err: ovsdb.ErrTooBig, Text: text}
	default:
		cand.Warnings = append(cand.Warnings, ovsdb.Warning{
			File: name, Offset: int64(len(data)),
			Text: fmt.Sprintf("the compressed file is truncated or damaged: it has only %d bytes of data: %v", len(data), err),
		})
	}
	return cand, src, nil
}

// claim refuses a log whose first record claims more bytes than the limit before
// any of them is read.
func (c *Collector) claim(name string, kind content, r *bufio.Reader) error {
	if kind != ContentLog {
		return nil
	}
	head, _ := r.Peek(logfile.MaxHeader)
	if h, ok := logfile.ParseHeader(head); ok && h.Size > c.Options.Limit() {
		return &ovsdb.Error{File: name, Offset: 0, Err: ovsdb.ErrTooBig, Text: fmt.Sprintf("the first record claims %d bytes (limit %d bytes); unpack the file first if that is so", h.Size, c.Options.Limit())}
	}
	return nil
}

// MemberOf describes a log by its first bytes.
func MemberOf(name string, head []byte) ovsdb.Member {
	m := ovsdb.Member{Path: name, Database: databaseName(head), Model: "standalone"}
	if h, ok := logfile.ParseHeader(head); ok && h.Magic == logfile.MagicClustered {
		m.Model = "clustered"
	}
	return m
}

// consider takes note of a log by its first bytes and says whether to keep it.
func (c *Collector) consider(name string, head []byte) bool {
	if !c.isNamed(name) {
		return false
	}
	m := MemberOf(name, head)
	if want := c.Options.Schema; want != "" && m.Database != "" && m.Database != want && c.IsWithin(name) {
		c.Other = append(c.Other, m)
		return false
	}
	c.Found = append(c.Found, m)
	if len(c.Found) > 1 && c.Log != nil {
		c.Log = nil // it is only listed
		if len(c.Dumps) == 0 {
			c.Close()
		}
	}
	return len(c.Found) == 1
}

// Close gives the memory of what was kept back.
func (c *Collector) Close() {
	for _, k := range c.Kept {
		_ = k.Close() // of memory there is nothing to say
	}
	c.Kept = nil
}
