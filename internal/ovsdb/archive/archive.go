// Package archive finds databases in compressed files, archives and directories,
// which may be nested, within limits.
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

// Collector searches a compressed file, an archive or a directory, which may be
// nested, for databases. It reads streams once: it keeps the first log that it finds,
// and if it finds a second one, only lists them.
type Collector struct {
	Context context.Context
	Options *ovsdb.Options
	Root    string     // what the person gave, before any "//"
	Target  string     // root, or root//MEMBER if a member was requested
	Suffix  bool       // MEMBER is the end of a member's path
	Flat    bool       // directories in a directory are not searched
	Visit   Visit      // called for each log; if nil, the only one is kept
	Files   *FileVisit // called for other files, or nil
	NoLogs  bool       // databases are skipped
	Input   *ovsdb.Counter
	Kept    []*ovsdb.Source // sources that were read into memory
	files   int
	bytes   int64

	Found    []ovsdb.Member   // logs of the requested schema, or of an unknown one
	Other    []ovsdb.Member   // logs of other schemas
	Log      *ovsdb.Candidate // the first of Found
	Dumps    []*ovsdb.Candidate
	Warnings []ovsdb.Warning
}

// Visit is called for each log that a search finds. It may call read until it returns,
// and read the log later if its place is known.
type Visit func(m ovsdb.Member, at Place, read func() (*ovsdb.Candidate, error)) error

// Bounds on a search.
const (
	maxFiles   = 1 << 20 // files and members
	maxArchive = 16      // all members together, times the limit on one database
)

// peekLen is the number of bytes of a file from which its format is detected: the
// first record of a southbound log is some 20 KB.
const peekLen = 128 << 10

// mayContain reports whether the file or member at name is requested, or may contain
// one that is.
func (c *Collector) mayContain(name string) bool {
	return c.Suffix || name == c.Target || strings.HasPrefix(name, c.Target+"/") || strings.HasPrefix(c.Target, name+"//")
}

// isNamed reports whether the database at name is requested when Target gives the end
// of a path: of the member's, with or without the suffix of its compression, or of the
// path of a directory or an archive that contains it.
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

// IsWithin reports whether name is a member of the source, not the source itself.
func (c *Collector) IsWithin(name string) bool { return name != c.Target }

// Stream searches the content of r, which is the file or member at name, and at the
// given place.
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
			return &ovsdb.Error{File: name, Offset: -1, Err: ovsdb.ErrNotOVSDB, Text: fmt.Sprintf("a database, not an archive with a member %s", ovsdb.Clip(member))}
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

// count enforces the bounds on a search.
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

// broken adds a warning about content that cannot be read to its end. Exceeded limits
// and cancellations are returned as errors and end the search, as does damage of the
// source itself.
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

// cause returns the text of a decompression error. For content that is truncated, for
// which all readers return io.ErrUnexpectedEOF, it adds what to do.
func cause(err error) string {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return "the file is cut off; copy it again, and compare the sizes"
	}
	return err.Error()
}

// tar searches a tar archive.
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
		case h.Size > 0: // an empty file has nothing to read
			err = c.visitFile(inner, place, t)
		}
		if err != nil {
			return err
		}
	}
}

// sparse reports whether a member is stored in pieces, without the zeros between them.
func sparse(h *tar.Header) bool {
	for key := range h.PAXRecords {
		if strings.HasPrefix(key, "GNU.sparse.") {
			return true
		}
	}
	return false
}

// Dir searches a directory, in the order of names. It does not follow links.
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

// file searches one file of a directory. A log is read only when it is known to be
// the one to keep.
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

// database handles a log or a dump in a stream, and keeps it if it may be the
// requested one.
func (c *Collector) database(name string, kind content, r *bufio.Reader, size int64, at Place) error {
	switch {
	case c.NoLogs && !c.IsWithin(name):
		return &ovsdb.Error{File: name, Offset: -1, Err: ovsdb.ErrNotOVSDB, Text: "a database, not an archive"}
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

// visit calls Visit for a log.
func (c *Collector) visit(m ovsdb.Member, at Place, read func() (*ovsdb.Candidate, error)) error {
	if !c.isNamed(m.Path) {
		return nil
	}
	c.Found = append(c.Found, m)
	return c.Visit(m, at, read)
}

// unpack reads a log or a dump from a stream into memory.
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

// claim returns an error for a log whose first record has a length above the limit,
// before the record is read.
func (c *Collector) claim(name string, kind content, r *bufio.Reader) error {
	if kind != ContentLog {
		return nil
	}
	head, _ := r.Peek(logfile.MaxHeader)
	if h, ok := logfile.ParseHeader(head); ok && h.Size > c.Options.Limit() {
		return &ovsdb.Error{File: name, Offset: 0, Err: ovsdb.ErrTooBig, Text: fmt.Sprintf("the first record claims %d bytes (limit %d bytes); if that is its size, unpack the file first", h.Size, c.Options.Limit())}
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

// consider lists a log by its first bytes and reports whether to keep it.
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

// Close frees the memory of the sources that were kept.
func (c *Collector) Close() {
	for _, k := range c.Kept {
		_ = k.Close() // freeing memory does not fail
	}
	c.Kept = nil
}
