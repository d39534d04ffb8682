package archive

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
)

// TestBomb unpacks content with a ratio that no database has.
func TestBomb(t *testing.T) {
	for _, tt := range []struct {
		name    string
		in, out int64
		bomb    bool
	}{
		{"little out of nothing", 0, 0, false},
		{"much out of much", 100 << 20, minBombSize, false},
		{"much, as a database", minBombSize / 50, minBombSize, false},
		{"zeros in gzip", minBombSize / 1030, minBombSize, true},
	} {
		z := &decompressor{ReadCloser: io.NopCloser(bytes.NewReader(make([]byte, 100))), in: &ovsdb.Counter{Count: tt.in}, out: tt.out}
		if _, err := z.Read(make([]byte, 100)); errors.Is(err, ovsdb.ErrTooBig) != tt.bomb {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}
