package lflow_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/demo"
	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/internal/tracetest"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// TestSource opens databases with the options that callers outside of this module have.
func TestSource(t *testing.T) {
	dir := t.TempDir()
	packed := filepath.Join(dir, "sb.db.gz")
	sbtest.WriteFile(t, packed, demo.Bytes())
	var done, total int64
	calls := 0
	n := tracetest.Open(t, packed, lflow.Options{Source: lflow.Source{Progress: func(d, of int64) { done, total, calls = d, of, calls+1 }}})
	if len(n.Datapaths) != 3 || calls == 0 || done <= 0 || total < 0 {
		t.Errorf("%d datapaths; progress: %d calls, the last %d of %d", len(n.Datapaths), calls, done, total)
	}
	if err := n.Close(); err != nil {
		t.Error(err)
	}

	var e *lflow.DatabaseError
	if _, err := lflow.Open(t.Context(), packed, lflow.Options{Source: lflow.Source{MaxBytes: 1000}}); !errors.As(err, &e) || !strings.Contains(e.Text, "1000") {
		t.Errorf("over the limit: %v", err)
	}
	if _, err := lflow.Open(t.Context(), "ssl:127.0.0.1:1", lflow.Options{Source: lflow.Source{CACert: filepath.Join(dir, "nosuch")}}); err == nil || !strings.Contains(err.Error(), "nosuch") {
		t.Errorf("without its CA's certificate: %v", err)
	}
	sbtest.WriteFile(t, filepath.Join(dir, "old.db.gz"), demo.Bytes())
	var several *lflow.SeveralError
	if _, err := lflow.Open(t.Context(), dir, lflow.Options{}); !errors.As(err, &several) || len(several.Members) != 2 {
		t.Fatalf("a directory with two: %v", err)
	}
	for _, m := range several.Members {
		n, err := lflow.Open(t.Context(), m.Path, lflow.Options{})
		if err != nil {
			t.Errorf("%s: %v", m.Path, err)
			continue
		}
		n.Close()
	}
}

// TestSourcePassedOn sets every field of Source and finds each of them among
// what the database is opened with.
func TestSourcePassedOn(t *testing.T) {
	sbtest.EachField(t, func(name string, s lflow.Source) {
		if name != "Files" && !lflow.SourceIsPassedOn(s) { // Files is for the search: TestFilesBesideZones
			t.Errorf("%s is lost on the way", name)
		}
	})
}
