package ovsdb

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
)

// collector looks through whatever a person has for databases: a compressed
// file, an archive, a directory, and these within each other. It reads streams
// once, so it keeps the first log that it meets; where a second turns up it
// only lists them.
type collector struct {
	ctx    context.Context
	o      *Options
	root   string // what the person gave, before any "//"
	target string // root, or root//MEMBER where a member was asked for
	in     *counter
	kept   []*source // what was read into memory
	files  int
	bytes  int64

	found    []Member   // logs of the schema asked for, or of an unknown one
	other    []Member   // logs of other schemas
	log      *candidate // the first of found
	dumps    []*candidate
	warnings []Warning
}

// candidate is a database, or a part of one, that was kept.
type candidate struct {
	name     string // as messages call it
	open     func() (*source, error)
	warnings []Warning
}

// Bounds on what is looked through.
const (
	maxFiles   = 1 << 20 // files and members
	maxArchive = 16      // all members together, times the limit on one database
)

// peekLen is how much of a file is looked at to tell what it is: the first
// record of a southbound log is some 20 KB.
const peekLen = 128 << 10

// mayContain reports whether the file or member at name is asked for, or may hold
// what is.
func (c *collector) mayContain(name string) bool {
	return name == c.target || strings.HasPrefix(name, c.target+"/") || strings.HasPrefix(c.target, name+"//")
}

// isWithin reports whether name lies within something that was given rather
// than being what was given.
func (c *collector) isWithin(name string) bool { return name != c.target }

// stream looks through the content of r, which is the file or member at name.
func (c *collector) stream(name string, r io.Reader, size int64, nesting int) error {
	if err := c.count(name, 0); err != nil {
		return err
	}
	buf := bufio.NewReaderSize(r, peekLen)
	head, err := buf.Peek(detectLen)
	if err != nil && !errors.Is(err, io.EOF) && len(head) == 0 {
		return c.broken(name, err)
	}
	kind := detectContent(head)
	switch kind {
	case contentTar, contentZip, contentGzip, contentZstd, contentXz:
		if nesting >= maxNesting {
			return c.broken(name, errLayers)
		}
	default:
	}
	switch kind {
	case contentLog, contentDump:
		if member, ok := strings.CutPrefix(c.target, name+"//"); ok {
			return &Error{File: name, Offset: -1, Err: ErrNotOVSDB, Text: fmt.Sprintf("a database, and no archive with a member %s in it", clip(member))}
		}
		return c.database(name, kind, buf, size)
	case contentTar:
		return c.tar(name, buf, nesting+1)
	case contentZip:
		packed, err := readAll(buf, size, c.o.maxBytes())
		defer packed.free()
		if err != nil {
			return c.broken(name, err)
		}
		return c.zip(name, bytes.NewReader(packed.data), int64(len(packed.data)), nesting+1)
	case contentGzip, contentZstd, contentXz:
		z, err := unpacked(kind, buf, c.in)
		if err != nil {
			return c.broken(name, err)
		}
		defer z.Close()
		return c.stream(name, z, 0, nesting+1)
	default:
	}
	if c.isWithin(name) {
		return nil
	}
	return unknown(name, kind, head)
}

// unknown is the error for content that is no database.
func unknown(name string, kind content, head []byte) error {
	if kind == contentEmpty {
		return &Error{File: name, Offset: -1, Text: "the file is empty", Err: ErrEmpty}
	}
	if what := sniffForeign(head); what != "" {
		return &Error{File: name, Offset: 0, Err: ErrNotOVSDB, Text: "this is " + what + ", which cannot be read; unpack it, or save the database as a file of ovsdb-server"}
	}
	return &Error{
		File: name, Offset: 0, Err: ErrNotOVSDB,
		Text: fmt.Sprintf("this is no OVSDB database, nor an archive or a dump of one: it begins %q", clip(string(head[:min(len(head), 24)]))),
	}
}

// count enforces the bounds on what is looked through.
func (c *collector) count(name string, size int64) error {
	if err := c.ctx.Err(); err != nil {
		return err
	}
	c.files++
	c.bytes += size
	if c.files > maxFiles {
		return &Error{File: name, Offset: -1, Text: fmt.Sprintf("more than the limit of %d files", maxFiles), Err: ErrTooBig}
	}
	if most := maxArchive * c.o.maxBytes(); c.bytes > most {
		return &Error{File: name, Offset: -1, Text: fmt.Sprintf("more than the limit of %d bytes in all", most), Err: ErrTooBig}
	}
	return nil
}

// broken keeps a word about content that cannot be looked through to its end.
// Bombs and cancellations end the search, and so does the one file given.
func (c *collector) broken(name string, err error) error {
	switch {
	case c.ctx.Err() != nil:
		return c.ctx.Err()
	case errors.Is(err, ErrTooBig):
		return &Error{File: name, Offset: -1, Text: err.Error(), Err: ErrTooBig}
	case !c.isWithin(name) && c.log == nil && len(c.dumps) == 0:
		return &Error{File: name, Offset: -1, Text: "cannot be unpacked: " + err.Error(), Err: ErrDamaged}
	}
	c.warnings = append(c.warnings, Warning{File: name, Offset: -1, Text: "cannot be read to its end: " + err.Error()})
	return nil
}

// tar looks through an archive.
func (c *collector) tar(name string, r io.Reader, nesting int) error {
	t := tar.NewReader(r)
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
		if h.Typeflag != tar.TypeReg || !c.mayContain(inner) {
			continue
		}
		if err := c.stream(inner, t, h.Size, nesting); err != nil {
			return err
		}
	}
}

// dir looks through a directory, in the order of names. Links are not followed.
func (c *collector) dir(root string) error {
	return filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			if file == root {
				return err
			}
			return c.broken(file, err)
		}
		rel, _ := filepath.Rel(root, file)
		name := c.root + "//" + filepath.ToSlash(rel)
		if d.IsDir() && pseudoFS(file) != "" {
			return filepath.SkipDir
		}
		if !d.Type().IsRegular() || !c.mayContain(name) {
			return c.ctx.Err()
		}
		if err := c.file(name, file); err != nil {
			var e *Error
			if errors.As(err, &e) || c.ctx.Err() != nil {
				return err
			}
			return c.broken(name, err)
		}
		return nil
	})
}

// file looks through one file of a directory. A log is not read before it is
// known to be the one.
func (c *collector) file(name, file string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	head := make([]byte, peekLen)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	switch kind := detectContent(head[:n]); {
	case kind == contentZip:
		return c.zipFile(name, f, 1)
	case kind != contentLog:
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			return err
		}
		c.in.r = f
		return c.stream(name, c.in, 0, 0)
	}
	if c.consider(name, head[:n]) {
		c.log = &candidate{name: name, open: func() (*source, error) { return openFile(c.ctx, file, c.o) }}
	}
	return nil
}

// database looks at a log or a dump in a stream, and keeps it if it may be the
// one.
func (c *collector) database(name string, kind content, r *bufio.Reader, size int64) error {
	if kind == contentLog {
		if head, _ := r.Peek(peekLen); !c.consider(name, head) {
			return nil
		}
	}
	if err := c.claim(name, kind, r); err != nil {
		return err
	}
	b, err := readAll(r, size, c.o.maxBytes())
	data, src := b.data, b.source()
	c.kept = append(c.kept, src)
	cand := &candidate{name: name, open: func() (*source, error) { return src, nil }}
	switch {
	case err == nil:
	case c.ctx.Err() != nil:
		return c.ctx.Err()
	case errors.Is(err, ErrTooBig):
		text := err.Error()
		if errors.Is(err, errLimit) {
			text = fmt.Sprintf("%v (limit %d bytes); unpack it first, and give the file", err, c.o.maxBytes())
		}
		return &Error{File: name, Offset: -1, Err: ErrTooBig, Text: text}
	default:
		cand.warnings = append(cand.warnings, Warning{
			File: name, Offset: int64(len(data)),
			Text: fmt.Sprintf("the compressed file is torn or damaged: only %d bytes come out of it: %v", len(data), err),
		})
	}
	if kind == contentLog {
		c.log = cand
		return nil
	}
	if c.bytes += int64(len(data)); c.bytes > c.o.maxBytes() {
		return &Error{File: name, Offset: -1, Err: ErrTooBig, Text: fmt.Sprintf("dumps of more than the limit of %d bytes in all", c.o.maxBytes())}
	}
	c.dumps = append(c.dumps, cand)
	return nil
}

// claim refuses a log whose first record claims more bytes than the limit before
// any of them is read.
func (c *collector) claim(name string, kind content, r *bufio.Reader) error {
	if kind != contentLog {
		return nil
	}
	head, _ := r.Peek(maxHeader)
	if h, ok := parseHeader(head); ok && h.size > c.o.maxBytes() {
		return &Error{File: name, Offset: 0, Err: ErrTooBig, Text: fmt.Sprintf("the first record claims %d bytes (limit %d bytes); unpack the file first if that is so", h.size, c.o.maxBytes())}
	}
	return nil
}

// consider takes note of a log by its first bytes and says whether to keep it.
func (c *collector) consider(name string, head []byte) bool {
	m := Member{Path: name, Database: databaseName(head), Model: "standalone"}
	if h, ok := parseHeader(head); ok && h.magic == magicClustered {
		m.Model = "clustered"
	}
	if want := c.o.Schema; want != "" && m.Database != "" && m.Database != want && c.isWithin(name) {
		c.other = append(c.other, m)
		return false
	}
	c.found = append(c.found, m)
	if len(c.found) > 1 && c.log != nil {
		c.log = nil // it is only listed
		if len(c.dumps) == 0 {
			c.close()
		}
	}
	return len(c.found) == 1
}
