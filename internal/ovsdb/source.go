package ovsdb

import (
	"context"
	"errors"
	"fmt"
	"os"
)

// source is a database's bytes, uncompressed, and what to do when nobody needs
// them any more.
type source struct {
	data   []byte
	mapped bool
	index  *source // that the data was opened by, or nil
}

// mapFrom is the size from which a file is mapped rather than read: a mapped
// file costs memory only where it is looked at, but must not be cut short
// meanwhile.
const mapFrom = 16 << 20

func (s *source) close() error {
	if s.index != nil {
		defer s.index.close()
	}
	if !s.mapped {
		return nil
	}
	data := s.data
	s.data, s.mapped = nil, false
	return unmap(data)
}

// release tells the system that the bytes in [from, to) will not be needed
// soon. They stay readable.
func (s *source) release(from, to int64) {
	if s.mapped && from < to {
		forget(s.data[from:to])
	}
}

// openFile takes the bytes of an uncompressed regular file.
func openFile(ctx context.Context, path string, o *Options) (*source, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	size := info.Size()
	if size >= mapFrom && canMap {
		data, err := mapFile(f, size)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		return &source{data: data, mapped: true}, nil
	}
	data, err := readAll(&counter{ctx: ctx, r: f, o: o, total: size}, size, max(size, o.maxBytes()))
	if errors.Is(err, errLimit) {
		return nil, &Error{File: path, Offset: -1, Text: "the file grew past the limit while it was read", Err: ErrTooBig}
	}
	return &source{data: data}, err
}
