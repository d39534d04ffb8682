package logfile

import (
	"bufio"
	"bytes"
	"cmp"
	"crypto/sha1"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"

	"github.com/ovnwalk/ovnwalk/internal/atomicfile"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
)

// ErrPartial means that a snapshot was read without all tables and columns, and
// so cannot be written as a database.
var ErrPartial = errors.New("the snapshot does not hold the whole database")

// Write writes the snapshot as a standalone database: the schema, then one
// transaction with all rows, in the order of tables' names and rows' UUIDs. The
// snapshot must have been read without Wanted. Where its source had no schema,
// one is made up from the values. The same snapshot gives the same bytes.
func Write(s *ovsdb.Snapshot, w io.Writer) error {
	if err := checkComplete(s); err != nil {
		return err
	}
	schema := schemaJSON(s)
	b := bufio.NewWriterSize(w, 64<<10)
	if err := writeRecord(b, func(w io.Writer) error {
		_, err := w.Write(schema)
		return err
	}); err != nil {
		return err
	}
	if err := writeRecord(b, func(w io.Writer) error { return writeRows(s, w) }); err != nil {
		return err
	}
	return cmp.Or(b.Flush(), s.Changed())
}

// checkComplete checks that nothing was left out when the snapshot was read.
func checkComplete(s *ovsdb.Snapshot) error {
	if s.Schema == nil {
		return nil
	}
	for name, ts := range s.Schema.Tables {
		t := s.Table(name)
		if t == nil {
			return fmt.Errorf("table %s is missing: %w", name, ErrPartial)
		}
		for col := range ts.Columns {
			if _, ok := t.Col(col); !ok {
				return fmt.Errorf("column %s of table %s is missing: %w", col, name, ErrPartial)
			}
		}
	}
	return nil
}

// schemaJSON returns the schema's text.
func schemaJSON(s *ovsdb.Snapshot) []byte {
	if s.Schema != nil {
		return s.Schema.Raw
	}
	return s.InferSchema()
}

// writeRecord frames what body writes. The header line holds the body's length
// and SHA-1, so body runs twice and must write the same both times.
func writeRecord(w io.Writer, body func(io.Writer) error) error {
	sum := sha1.New()
	m := &countingWriter{w: sum}
	if err := body(m); err != nil {
		return err
	}
	io.WriteString(m, "\n")
	if _, err := fmt.Fprintf(w, "OVSDB %s %d %x\n", MagicStandalone, m.n, sum.Sum(nil)); err != nil {
		return err
	}
	if err := body(w); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

// countingWriter counts what passes to w.
type countingWriter struct {
	w io.Writer
	n int64
}

func (m *countingWriter) Write(p []byte) (int, error) {
	n, err := m.w.Write(p)
	m.n += int64(n)
	return n, err
}

// writeRows writes all rows as one transaction.
func writeRows(s *ovsdb.Snapshot, w io.Writer) error {
	const flush = 64 << 10
	buf := append(make([]byte, 0, 2*flush), '{')
	tables := 0
	for _, name := range s.Tables() {
		t := s.Table(name)
		if t.Len() == 0 {
			continue
		}
		if tables++; tables > 1 {
			buf = append(buf, ',')
		}
		buf = append(buf, '"')
		buf = append(buf, name...)
		buf = append(buf, `":{`...)
		n := 0
		for r := range t.Rows() {
			if n++; n > 1 {
				buf = append(buf, ',')
			}
			buf = r.AppendJSON(buf)
			if len(buf) >= flush {
				if _, err := w.Write(buf); err != nil {
					return err
				}
				buf = buf[:0]
			}
		}
		buf = append(buf, '}')
	}
	_, err := w.Write(append(buf, '}'))
	return err
}

// CutPacking returns the name of what a file contains, and the ending of the file's name
// by which it is compressed, "" if it is not.
func CutPacking(name string) (content, ending string) {
	end := filepath.Ext(name)
	content = strings.TrimSuffix(name, end)
	switch ending = strings.ToLower(end); ending {
	case ".gz", ".zst", ".zstd", ".xz":
		return content, ending
	case ".tgz":
		return content + ".tar", ".gz"
	}
	return name, ""
}

// pack wraps w. Closing what it returns does not close w.
func pack(w io.Writer, ending string) (io.WriteCloser, error) {
	switch ending {
	case ".gz":
		return gzip.NewWriter(w), nil
	case ".zst", ".zstd":
		return zstd.NewWriter(w)
	case ".xz":
		return xz.NewWriter(w)
	}
	return nopCloser{w}, nil
}

type nopCloser struct{ io.Writer }

func (nopCloser) Close() error { return nil }

// WriteFile writes the snapshot to a file, as Write does, with PackFile.
func WriteFile(s *ovsdb.Snapshot, path string) error {
	return PackFile(path, func(w io.Writer) error { return Write(s, w) })
}

// CopyFile writes the snapshot to a file that is not compressed: the bytes of its source
// where these are an undamaged standalone log, otherwise what Write writes.
func CopyFile(s *ovsdb.Snapshot, path string) error {
	return atomicfile.Write(path, func(w io.Writer) error {
		if s.Source == nil || len(s.Source.Parts) > 0 || len(s.Warnings) > 0 || !bytes.HasPrefix(s.Source.Data, []byte("OVSDB "+MagicStandalone+" ")) {
			return Write(s, w)
		}
		_, err := w.Write(s.Source.Data)
		return cmp.Or(err, s.Changed())
	})
}

// PackFile writes a file, compressed as its name says. It appears under its name only when
// it is complete; one that was there before is replaced.
func PackFile(path string, write func(io.Writer) error) error {
	_, ending := CutPacking(path)
	return atomicfile.Write(path, func(w io.Writer) error {
		z, err := pack(w, ending)
		if err != nil {
			return err
		}
		if err := write(z); err != nil {
			return err
		}
		return z.Close()
	})
}

// maxWindow bounds the memory of decompression.
const maxWindow = 128 << 20

// Unpack returns what a file holds that PackFile may have packed, by its first bytes.
func Unpack(in io.Reader) (io.Reader, error) {
	b := bufio.NewReader(in)
	head, err := b.Peek(6)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	switch text := string(head); {
	case strings.HasPrefix(text, "\x1f\x8b"):
		return gzip.NewReader(b)
	case strings.HasPrefix(text, "\x28\xb5\x2f\xfd"):
		return zstd.NewReader(b, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow))
	case text == "\xfd7zXZ\x00":
		return xz.NewReader(b)
	}
	return b, nil
}
