package sbtest

import (
	"bytes"
	"compress/gzip"
	"io"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/demo"
)

// Demo returns the demo's southbound database without its compression.
func Demo(t testing.TB) []byte {
	t.Helper()
	r, err := gzip.NewReader(bytes.NewReader(demo.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return content
}
