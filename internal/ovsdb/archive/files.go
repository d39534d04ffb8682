package archive

import (
	"context"
	"errors"
	"io"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/ovsdb/gzip"
)

// FileVisit is what a search does with files that are taken to be no databases.
type FileVisit struct {
	// Want selects files by their paths within what is searched: a/b, or
	// inner.tar.gz//a/b.
	Want func(name string) bool

	// Visit looks at a file that is wanted.  It may read the file as long as it
	// runs, and later if its place is known.
	Visit func(f File, r io.Reader) error
}

// File is a file that a search came to.
type File struct {
	Name string // its path within what was searched
	At   Place
}

// wants reports whether a file is one to visit.
func (c *Collector) wants(name string) bool {
	inner, within := strings.CutPrefix(name, c.Root+"//")
	return within && c.Files != nil && c.Files.Want(inner)
}

// visitFile visits a file that is wanted.
func (c *Collector) visitFile(name string, at Place, r io.Reader) error {
	if err := c.Files.Visit(File{Name: strings.TrimPrefix(name, c.Root+"//"), At: at}, r); err != nil {
		return visitError{err}
	}
	return nil
}

// visitError ends a search: it is not about what is searched.
type visitError struct{ error }

// Unwrap returns the error of a visit.
func (e visitError) Unwrap() error { return e.error }

// ReadFiles visits files at known places again.  Those that lie near each other, in the
// order of the search, are read in one go.
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

// cursor reads places one after the other.
type cursor struct {
	in *layer
	at int64 // in the layer
	r  io.ReadCloser
}

// seek goes on to a place.
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
