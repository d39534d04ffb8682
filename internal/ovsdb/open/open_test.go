package open

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/memory"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/ovsdbtest"
	"github.com/ovnwalk/ovnwalk/internal/sbtest"
)

func mustRead(t *testing.T, text string, o ovsdb.Options) *ovsdb.Snapshot {
	t.Helper()
	s, err := Bytes(t.Context(), "test.db", []byte(text), o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestFiles(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		sbtest.WriteFile(t, path, data)
		return path
	}
	var plain, big, gz bytes.Buffer
	if err := errors.Join(ovsdbtest.Generate(&plain, 100, 3), ovsdbtest.Generate(&big, 50_000, 3)); err != nil {
		t.Fatal(err)
	}
	if big.Len() < memory.MapFrom {
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
			s, err := Path(t.Context(), write(tt.name, tt.data), ovsdb.Options{Progress: func(done, _ int64) { last = done }})
			if err != nil {
				t.Fatal(err)
			}
			if got := s.Table("Logical_Flow").Len(); got != tt.rows {
				t.Errorf("%d rows, want %d", got, tt.rows)
			}
			if len(tt.data) > 4<<20 && last == 0 {
				t.Error("no progress was reported")
			}
			if err := errors.Join(s.Close(), s.Close()); err != nil {
				t.Error(err)
			}
		})
	}
	if _, err := Path(t.Context(), filepath.Join(dir, "none"), ovsdb.Options{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
	if _, err := Path(t.Context(), dir, ovsdb.Options{}); err == nil {
		t.Error("a directory opened")
	}
	if _, err := Path(t.Context(), write("small.gz", gz.Bytes()), ovsdb.Options{MaxBytes: 1000}); !errors.Is(err, ovsdb.ErrTooBig) {
		t.Errorf("a limit on bytes: %v", err)
	}
	if _, err := Path(t.Context(), write("torn.gz", gz.Bytes()[:gz.Len()/2]), ovsdb.Options{}); err == nil {
		t.Error("a truncated gzip file was read without an error or warning")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Path(ctx, write("big2.db", big.Bytes()), ovsdb.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("a canceled load: %v", err)
	}
}
