package archive

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/gzip"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/memory"
)

// Place is the position of a database within nested archives and compressed files, by
// which it can be read again without what comes before it. The zero value is no place.
type Place struct {
	in   *layer
	at   int64
	size int64 // 0 for all that follows
}

// layer is a file, or the decompressed content of part of another layer.
type layer struct {
	path string      // of a file, or ""
	was  fs.FileInfo // its size and time when the search read it

	packed Place     // of the compressed bytes, if it is no file
	kind   content   // its compression
	points resumable // points from which decompression can resume, or nil
}

// FilePlace returns the place of the content of a file.
func FilePlace(path string, info fs.FileInfo) Place {
	if !info.Mode().IsRegular() {
		return Place{} // such as a pipe, which can be read only once
	}
	return Place{in: &layer{path: path, was: info}}
}

// IsKnown reports whether the place can be read again.
func (p Place) IsKnown() bool { return p.in != nil }

// within returns the place of size bytes at an offset in the content at p.
func (p Place) within(at, size int64) Place {
	if !p.IsKnown() {
		return p
	}
	return Place{p.in, p.at + at, size}
}

// unpacked returns the place of the decompressed content of the bytes at p.
func (p Place) unpacked(kind content, z *gzip.Reader) Place {
	if !p.IsKnown() {
		return p
	}
	l := &layer{packed: p, kind: kind}
	if z != nil {
		l.points = z
	}
	return Place{in: l}
}

// Read reads the content of the place. Messages call it name.
func (p Place) Read(ctx context.Context, name string, o *ovsdb.Options) (*ovsdb.Source, error) {
	if p.in.path != "" && p.at == 0 && p.size == 0 {
		if err := p.in.changed(); err != nil {
			return nil, err
		}
		return ovsdb.OpenFile(ctx, p.in.path, o)
	}
	r, err := p.open(ctx)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	var in io.Reader = r
	if p.size > 0 {
		in = io.LimitReader(r, p.size)
	}
	b, err := memory.ReadAll(&ovsdb.Counter{Context: ctx, Reader: in, Options: o, Total: p.size}, p.size, o.Limit())
	if err != nil {
		return nil, &ovsdb.Error{File: name, Offset: -1, Text: "cannot be unpacked again: " + err.Error(), Err: errors.Join(ovsdb.ErrDamaged, err, b.Free())}
	}
	return ovsdb.NewSource(b), nil
}

// open returns a reader of the content from the place on.
func (p Place) open(ctx context.Context) (io.ReadCloser, error) {
	l := p.in
	if l.path != "" {
		if err := l.changed(); err != nil {
			return nil, err
		}
		f, err := os.Open(l.path)
		if err != nil {
			return nil, err
		}
		if _, err := f.Seek(p.at, io.SeekStart); err != nil {
			return nil, errors.Join(err, f.Close())
		}
		return f, nil
	}
	from, out := l.packed, int64(0)
	var point gzip.Point
	if l.points != nil {
		if q, ok := l.points.Before(p.at); ok {
			point, out = q, q.Out
			from.at += point.Bits / 8
		}
	}
	r, err := from.open(ctx)
	if err != nil {
		return nil, err
	}
	var in io.Reader = r
	if from.size > 0 { // members of the archive may follow
		in = io.LimitReader(r, from.size-point.Bits/8)
	}
	var z io.ReadCloser
	if point.Bits > 0 {
		z, err = resumed(in, point)
	} else {
		z, _, err = decompress(l.kind, in)
	}
	if err != nil {
		return nil, errors.Join(err, r.Close())
	}
	if _, err := io.CopyN(io.Discard, z, p.at-out); err != nil {
		return nil, errors.Join(err, z.Close(), r.Close())
	}
	return &both{z, r}, ctx.Err()
}

func resumed(r io.Reader, p gzip.Point) (io.ReadCloser, error) {
	z, err := gzip.Resume(r, p)
	return io.NopCloser(z), err
}

// both is a decompressor and the reader of its input.
type both struct {
	io.ReadCloser
	under io.Closer
}

// Close closes both.
func (b *both) Close() error { return errors.Join(b.ReadCloser.Close(), b.under.Close()) }

// changed returns an error if a file was changed since the search read it.
func (l *layer) changed() error {
	now, err := os.Stat(l.path)
	if err != nil {
		return err
	}
	if now.Size() != l.was.Size() || !now.ModTime().Equal(l.was.ModTime()) {
		return &ovsdb.Error{File: l.path, Offset: -1, Err: ovsdb.ErrDamaged, Text: fmt.Sprintf("the file was changed while it was read (%d bytes, then %d); take a copy of it first", l.was.Size(), now.Size())}
	}
	return nil
}

// counted counts the bytes that are read of an archive, for the places of its members.
type counted struct {
	io.Reader
	n int64
}

// Read implements io.Reader.
func (c *counted) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.n += int64(n)
	return n, err
}
