package sbtest

import (
	"bytes"
	"compress/gzip"
	"crypto/sha1"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/demo"
)

// Unpack decompresses a gzip stream.
func Unpack(packed []byte) ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}

// Content returns what a file contains, decompressed if its name ends in .gz.
func Content(t testing.TB, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err == nil && strings.HasSuffix(path, ".gz") {
		data, err = Unpack(data)
	}
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return data
}

// WriteFile writes a file, or ends the test.
func WriteFile(t testing.TB, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// Demo returns the demo's southbound database without its compression.
func Demo(t testing.TB) []byte {
	t.Helper()
	content, err := Unpack(demo.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// File writes the database to a file sb.db of a new directory and returns its path.
func (db *DB) File(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "sb.db")
	WriteFile(t, path, db.Bytes())
	return path
}

// Records returns the texts of the records of a standalone log (ovsdb(5)), up to one that is cut
// short.
func Records(log []byte) (all [][]byte) {
	for len(log) > 0 {
		var size int
		line, rest, _ := bytes.Cut(log, []byte("\n"))
		if _, err := fmt.Sscanf(string(line), "OVSDB JSON %d", &size); err != nil || size > len(rest) {
			return all
		}
		all, log = append(all, rest[:size]), rest[size:]
	}
	return all
}

// Record returns a record of a log (ovsdb(5)), of which kind is JSON or CLUSTER.
func Record(kind string, text []byte) []byte {
	return append(fmt.Appendf(nil, "OVSDB %s %d %x\n", kind, len(text), sha1.Sum(text)), text...)
}

// Rewrite returns a standalone database of which each record's text was changed.
func Rewrite(log []byte, change func(text string) string) (out []byte) {
	for _, text := range Records(log) {
		out = append(out, Record("JSON", []byte(change(string(text))))...)
	}
	return out
}
