//go:build !unix

package open

import (
	"context"
	"os"
)

// openFile opens a file for reading.
func openFile(_ context.Context, path string, _ os.FileInfo) (f *os.File, first []byte, err error) {
	f, err = os.Open(path)
	return f, nil, err
}
