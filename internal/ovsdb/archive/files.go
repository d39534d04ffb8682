package archive

import (
	"context"
	"errors"
	"io"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/ovsdb/gzip"
)

// FileVisit selects the files of a search that are not read as databases, and handles them.
type FileVisit struct {
	// Want selects files by their paths within the source: a/b, or
	// inner.tar.gz//a/b.
	Want func(name string) bool

	// Visit is called for each selected file. It may read r until it returns, and
	// read the file later if its place is known.
	Visit func(f File, r io.Reader) error
}

// File is a file that a search found.
type File struct {
	Name string // its path within the source
	At   Place
}

// wants reports whether a file is to be visited.
func (c *Collector) wants(name string) bool {
	inner, within := strings.CutPrefix(name, c.Root+"//")
	return within && c.Files != nil && c.Files.Want(inner)
}

// visitFile calls Visit for a selected file.
func (c *Collector) visitFile(name string, at Place, r io.Reader) error {
	if err := c.Files.Visit(File{Name: strings.TrimPrefix(name, c.Root+"//"), At: at}, r); err != nil {
		return visitError{err}
	}
	return nil
}

// visitError is an error of a visit, which ends a search.
type visitError struct{ error }

// Unwrap returns the visit's error.
func (e visitError) Unwrap() error { return e.error }

// ReadFiles reads files at known places again and calls visit for each. Files that are
// close to each other, in the order of the search, are read in one pass.
func ReadFiles(ctx context.Context, files []File, visit func(f File, r io.Reader) error) (err error) {
	c := &cursor{}
	defer func() { err = errors.Join(err, c.close()) }()
	for _, f := range files {
		if err := c.seek(ctx, f.At); err != nil {
			return err
		}
		from := &counted{Reader: c.r}
		var in io.Reader = from
		if f.At.size > 0 {
			in = io.LimitReader(from, f.At.size)
		}
		err := visit(f, in)
		c.at += from.n
		if err != nil {
			return err
		}
	}
	return nil
}

// cursor reads several places of one layer in order.
type cursor struct {
	in *layer
	at int64 // position in the layer
	r  io.ReadCloser
}

// seek moves to a place.
func (c *cursor) seek(ctx context.Context, p Place) error {
	if c.in == p.in && c.at <= p.at && p.at-c.at <= gzip.MinSpacing {
		n, err := io.CopyN(io.Discard, c.r, p.at-c.at)
		c.at += n
		return err
	}
	if err := c.close(); err != nil {
		return err
	}
	r, err := p.open(ctx)
	if err != nil {
		return err
	}
	c.in, c.at, c.r = p.in, p.at, r
	return nil
}

func (c *cursor) close() error {
	r := c.r
	if c.in, c.r = nil, nil; r == nil {
		return nil
	}
	return r.Close()
}
