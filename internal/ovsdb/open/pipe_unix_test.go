//go:build unix

package open

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/ovsdbtest"
)

// TestPipe opens a pipe that a program writes a database to, at once or late, and
// one that none does.
func TestPipe(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		after time.Duration // when the writer comes, below 0 for never
		pause time.Duration // between its parts
	}{
		{"a writer that waits", 0, 0},
		{"a late writer", 300 * time.Millisecond, 0},
		{"a slow writer", 0, 300 * time.Millisecond},
		{"no writer", -1, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "pipe")
			if err := syscall.Mkfifo(path, 0o600); err != nil {
				t.Skip(err)
			}
			data := []byte(ovsdbtest.Database())
			if tt.after >= 0 {
				go func() {
					time.Sleep(tt.after)
					f, err := os.OpenFile(path, os.O_WRONLY, 0)
					if err != nil {
						t.Error(err)
						return
					}
					defer f.Close()
					for _, part := range [][]byte{data[:100], data[100:]} {
						time.Sleep(tt.pause)
						if _, err := f.Write(part); err != nil {
							t.Error(err)
						}
					}
				}()
			}
			began := time.Now()
			s, err := Path(t.Context(), path, ovsdb.Options{})
			if tt.after < 0 {
				if err == nil || !strings.Contains(err.Error(), "pipe: no program writes to this pipe: none opened it within 10s") || time.Since(began) > 2*pipeTimeout {
					t.Errorf("after %v: %v", time.Since(began), err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}
