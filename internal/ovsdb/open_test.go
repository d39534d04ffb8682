package ovsdb

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// uuidText is the text of row n's UUID.
func uuidText(n int) string { return testUUID(n).String() }

// fill replaces U1, U2, ... by UUIDs.
func fill(text string) string {
	for n := 9; n > 0; n-- {
		text = strings.ReplaceAll(text, "U"+string(rune('0'+n)), uuidText(n))
	}
	return text
}

func mustRead(t *testing.T, text string, o Options) *Snapshot {
	t.Helper()
	s, err := Read(t.Context(), "test.db", []byte(text), o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// dump renders a snapshot's rows, in a form for tests: TABLE UUID column=RAW.
func dump(s *Snapshot) string {
	var b strings.Builder
	for _, name := range s.Tables() {
		t := s.Table(name)
		for r := range t.Rows() {
			b.WriteString(name + " " + r.UUID().String())
			for i, col := range t.Columns() {
				if raw := r.Raw(Col(i)); raw != nil {
					b.WriteString(" " + col + "=" + string(raw))
				}
			}
			b.WriteByte('\n')
		}
	}
	for n := 1; n <= 9; n++ {
		text := b.String()
		b.Reset()
		b.WriteString(strings.ReplaceAll(text, uuidText(n), "U"+string(rune('0'+n))))
	}
	return b.String()
}

// framed frames transactions whose UUIDs are U1, U2, ...
func framed(txns []string) string {
	var b strings.Builder
	for _, txn := range txns {
		b.WriteString(record(magicStandalone, fill(txn)))
	}
	return b.String()
}

// db frames the test schema and transactions.
func db(txns ...string) string { return logOf(genSchema) + framed(txns) }

func TestFiles(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o666); err != nil {
			t.Fatal(err)
		}
		return path
	}
	var plain, big, gz bytes.Buffer
	if err := errors.Join(generate(&plain, 100, 3), generate(&big, 50_000, 3)); err != nil {
		t.Fatal(err)
	}
	if big.Len() < mapFrom {
		t.Fatalf("%d bytes are not mapped", big.Len())
	}
	z := gzip.NewWriter(&gz)
	z.Write(plain.Bytes())
	z.Close()
	tests := []struct {
		name string
		data []byte
		rows int
	}{
		{"plain.db", plain.Bytes(), 100},
		{"packed.db", gz.Bytes(), 100},
		{"big.db", big.Bytes(), 50_000},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var last int64
			s, err := Open(t.Context(), write(tt.name, tt.data), Options{Progress: func(done, _ int64) { last = done }})
			if err != nil {
				t.Fatal(err)
			}
			if got := s.Table("Logical_Flow").Len(); got != tt.rows {
				t.Errorf("%d rows, want %d", got, tt.rows)
			}
			if len(tt.data) > pollStep && last == 0 {
				t.Error("no progress was told")
			}
			if err := errors.Join(s.Close(), s.Close()); err != nil {
				t.Error(err)
			}
		})
	}
	if _, err := Open(t.Context(), filepath.Join(dir, "none"), Options{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
	if _, err := Open(t.Context(), dir, Options{}); err == nil {
		t.Error("a directory opened")
	}
	if _, err := Open(t.Context(), write("small.gz", gz.Bytes()), Options{MaxBytes: 1000}); !errors.Is(err, ErrTooBig) {
		t.Errorf("a limit on bytes: %v", err)
	}
	if _, err := Open(t.Context(), write("torn.gz", gz.Bytes()[:gz.Len()/2]), Options{}); err == nil {
		t.Error("half a gzip file opened without a word")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Open(ctx, write("big2.db", big.Bytes()), Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled load: %v", err)
	}
}
