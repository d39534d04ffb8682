package ovsdb

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/ovnwalk/ovnwalk/internal/ovsdb/memory"
)

// Source is a database's bytes, uncompressed, and the means to release them.
type Source struct {
	Data  []byte
	File  *os.File    // the mapped file, or nil
	was   fs.FileInfo // its size and time when it was mapped
	Index *Source     // the index by which it was opened, or nil

	Memory *memory.Buffer // the buffer of Data, or nil
	Parts  []*Source      // other sources in which rows are
}

func (s *Source) Close() error {
	if s.Index != nil {
		defer s.Index.Close()
	}
	for _, p := range s.Parts {
		defer p.Close()
	}
	if m := s.Memory; m != nil {
		s.Data, s.Memory = nil, nil
		return m.Free()
	}
	if s.File == nil {
		return nil
	}
	data, file := s.Data, s.File
	s.Data, s.File = nil, nil
	return errors.Join(memory.Unmap(data), file.Close())
}

// changed returns an error if a mapped file is not as it was when it was mapped. A server
// may append to its database at any time.
func (s *Source) changed() error {
	if s.Index != nil {
		if err := s.Index.changed(); err != nil {
			return err
		}
	}
	if s.File == nil {
		return nil
	}
	now, err := s.File.Stat()
	what := "overwritten"
	switch {
	case err != nil || now.Size() < s.was.Size():
		what = "truncated"
	case now.Size() > s.was.Size() || now.ModTime().Equal(s.was.ModTime()):
		return nil
	}
	return &Error{File: s.File.Name(), Offset: -1, Err: ErrDamaged, Text: "the file was " + what + " while it was read; take a copy of it first"}
}

// Release advises the system that the bytes in [from, to) are not needed soon. They stay
// readable.
func (s *Source) Release(from, to int64) {
	if s.File != nil && from < to {
		memory.Forget(s.Data[from:to])
	}
}

// OpenFile reads or maps an uncompressed regular file.
func OpenFile(ctx context.Context, path string, o *Options) (src *Source, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() {
		if src == nil || src.File == nil {
			f.Close()
		}
	}()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	size := info.Size()
	if size >= memory.MapFrom && memory.CanMap {
		if src, err = MapSource(f, info); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		return src, nil
	}
	data, err := memory.ReadAll(&Counter{Context: ctx, Reader: f, Options: o, Total: size}, size, max(size, o.Limit()))
	switch {
	case errors.Is(err, memory.ErrLimit):
		return nil, &Error{File: path, Offset: -1, Text: "the file grew past the limit while it was read", Err: ErrTooBig}
	case err != nil:
		return nil, errors.Join(err, data.Free())
	}
	return NewSource(data), nil
}

// MapSource maps a file. The source owns the file.
func MapSource(f *os.File, info fs.FileInfo) (*Source, error) {
	data, err := memory.MapFile(f, info.Size())
	if err != nil {
		return nil, err
	}
	return &Source{Data: data, File: f, was: info}, nil
}

// NewSource returns a source of a buffer, which it frees when it is closed.
func NewSource(b *memory.Buffer) *Source { return &Source{Data: b.Data, Memory: b} }

// Counter counts the bytes that are read from a source, reports progress, and fails when
// the context is done.
type Counter struct {
	Context  context.Context
	Reader   io.Reader
	Options  *Options
	Count    int64
	Total    int64
	reported int64
}

func (c *Counter) Read(p []byte) (int, error) {
	if err := c.Context.Err(); err != nil {
		return 0, err
	}
	n, err := c.Reader.Read(p)
	c.Count += int64(n)
	if c.Options.Progress != nil && c.Count-c.reported >= PollStep/4 {
		c.reported = c.Count
		c.Options.Progress(c.Count, c.Total)
	}
	return n, err
}

// Candidate is a database, or a part of one, that a search kept.
type Candidate struct {
	Name     string // its name in messages
	Open     func() (*Source, error)
	Warnings []Warning
}
