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

// ErrPartial means that a snapshot was read without some tables or columns, and so
// cannot be written as a database.
var ErrPartial = errors.New("the snapshot does not hold the whole database")

// Write writes the snapshot as a standalone database: the schema, then one
// transaction with all rows, sorted by table name and UUID. The snapshot must have been
// read without Wanted. If its source had no schema, InferSchema supplies one. The output
// depends only on the snapshot.
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

// checkComplete returns an error if the snapshot was read in part.
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

// writeRecord writes a record whose content body writes. The header line has the
// content's length and SHA-1, so body is called twice and must write the same bytes.
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

// countingWriter counts the bytes that are written to w.
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

// CutPacking splits the name of a file into the name of its content and the suffix of its
// compression, which is "" if it is not compressed.
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

// pack wraps w in a compressor. Closing the result does not close w.
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

// WriteFile writes the snapshot to a file with Write and PackFile.
func WriteFile(s *ovsdb.Snapshot, path string) error {
	return PackFile(path, func(w io.Writer) error { return Write(s, w) })
}

// CopyFile writes the snapshot to an uncompressed file: the bytes of its source if they
// are an undamaged standalone log, otherwise the output of Write.
func CopyFile(s *ovsdb.Snapshot, path string) error {
	return atomicfile.Write(path, func(w io.Writer) error {
		if s.Source == nil || len(s.Source.Parts) > 0 || len(s.Warnings) > 0 || !bytes.HasPrefix(s.Source.Data, []byte("OVSDB "+MagicStandalone+" ")) {
			return Write(s, w)
		}
		_, err := w.Write(s.Source.Data)
		return cmp.Or(err, s.Changed())
	})
}

// PackFile writes a file, compressed according to its name. The file appears under its
// name only when it is complete; it replaces an existing one.
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

// Unpack returns the decompressed content of a file that PackFile wrote. It detects the
// compression by the first bytes.
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
