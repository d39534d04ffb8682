package ovsdb

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
)

// source is a database's bytes, uncompressed, and what to do when nobody needs
// them any more.
type source struct {
	data   []byte
	mapped bool
}

// mapFrom is the size from which a file is mapped rather than read: a mapped
// file costs memory only where it is looked at, but must not be cut short
// meanwhile.
const mapFrom = 16 << 20

func (s *source) close() error {
	if s == nil || !s.mapped {
		return nil
	}
	data := s.data
	s.data, s.mapped = nil, false
	return unmap(data)
}

// release tells the system that the bytes in [from, to) will not be needed
// soon. They stay readable.
func (s *source) release(from, to int64) {
	if s.mapped {
		forget(s.data[from:to])
	}
}

// openFile opens a file, decompressing it if need be.
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
	if info.IsDir() {
		return nil, &Error{File: path, Offset: -1, Text: "this is a directory", Err: ErrNotOVSDB}
	}
	var src *source
	if size := info.Size(); info.Mode().IsRegular() && size >= mapFrom && canMap {
		data, err := mapFile(f, size)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		src = &source{data: data, mapped: true}
	} else {
		data, err := readAll(ctx, path, f, int(min(size, mapFrom)), o)
		if err != nil {
			return nil, err
		}
		src = &source{data: data}
	}
	return unpack(ctx, path, src, o)
}

// unpack decompresses a source that is compressed. It closes the source where
// it does not return it.
func unpack(ctx context.Context, name string, src *source, o *Options) (*source, error) {
	if len(src.data) < 2 || src.data[0] != 0x1f || src.data[1] != 0x8b {
		return src, nil
	}
	defer src.close()
	r, err := gzip.NewReader(bytes.NewReader(src.data))
	if err != nil {
		return nil, &Error{File: name, Offset: -1, Text: "gzip: " + err.Error(), Err: ErrDamaged}
	}
	data, err := readAll(ctx, name, r, 0, o)
	if err != nil {
		return nil, err
	}
	return &source{data: data}, nil
}

// readAll reads r to its end, up to the limit on bytes.
func readAll(ctx context.Context, name string, r io.Reader, hint int, o *Options) ([]byte, error) {
	limit := o.maxBytes()
	buf := make([]byte, 0, max(hint+1, 64<<10))
	for {
		if len(buf) == cap(buf) {
			buf = append(buf, 0)[:len(buf)]
		}
		n, err := r.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		if int64(len(buf)) > limit {
			return nil, &Error{File: name, Offset: -1, Err: ErrTooBig,
				Text: fmt.Sprintf("more than the limit of %d bytes when uncompressed", limit)}
		}
		if errors.Is(err, io.EOF) {
			return buf, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
}
