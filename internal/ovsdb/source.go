package ovsdb

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// source is a database's bytes, uncompressed, and what to do when nobody needs
// them any more.
type source struct {
	data  []byte
	file  *os.File    // that is mapped, or nil
	was   fs.FileInfo // what was known of it then
	index *source     // that the data was opened by, or nil

	memory *buffer   // that the data lies in, or nil
	parts  []*source // whose data the rows lie in besides
}

// mapFrom is the size from which a file is mapped rather than read: a mapped
// file costs memory only where it is looked at, but must not be cut short
// meanwhile.
const mapFrom = 16 << 20

func (s *source) close() error {
	if s.index != nil {
		defer s.index.close()
	}
	for _, p := range s.parts {
		defer p.close()
	}
	if m := s.memory; m != nil {
		s.data, s.memory = nil, nil
		return m.free()
	}
	if s.file == nil {
		return nil
	}
	data, file := s.data, s.file
	s.data, s.file = nil, nil
	return errors.Join(unmap(data), file.Close())
}

// changed tells that a mapped file is not what it was when it was mapped.  A
// server may add to the end of its database at any time.
func (s *source) changed() error {
	if s.index != nil {
		if err := s.index.changed(); err != nil {
			return err
		}
	}
	if s.file == nil {
		return nil
	}
	now, err := s.file.Stat()
	what := "overwritten"
	switch {
	case err != nil || now.Size() < s.was.Size():
		what = "cut short"
	case now.Size() > s.was.Size() || now.ModTime().Equal(s.was.ModTime()):
		return nil
	}
	return &Error{File: s.file.Name(), Offset: -1, Err: ErrDamaged, Text: "the file was " + what + " while it was read; take a copy of it first"}
}

// release tells the system that the bytes in [from, to) will not be needed
// soon. They stay readable.
func (s *source) release(from, to int64) {
	if s.file != nil && from < to {
		forget(s.data[from:to])
	}
}

// openFile takes the bytes of an uncompressed regular file.
func openFile(ctx context.Context, path string, o *Options) (src *source, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() {
		if src == nil || src.file == nil {
			f.Close()
		}
	}()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	size := info.Size()
	if size >= mapFrom && canMap {
		if src, err = mapSource(f, info); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		return src, nil
	}
	data, err := readAll(&counter{ctx: ctx, r: f, o: o, total: size}, size, max(size, o.maxBytes()))
	switch {
	case errors.Is(err, errLimit):
		return nil, &Error{File: path, Offset: -1, Text: "the file grew past the limit while it was read", Err: ErrTooBig}
	case err != nil:
		return nil, errors.Join(err, data.free())
	}
	return data.source(), nil
}

// mapSource maps a file, which the source takes over.
func mapSource(f *os.File, info fs.FileInfo) (*source, error) {
	data, err := mapFile(f, info.Size())
	if err != nil {
		return nil, err
	}
	return &source{data: data, file: f, was: info}, nil
}
