package index

import (
	"crypto/sha256"
	"errors"
	"io"
	"os"
	"time"

	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/logfile"
)

// Fingerprint identifies a state of a file without reading all of it.
type Fingerprint struct {
	Size    int64
	ModTime time.Time
	// Records is a hash of the header lines of a log's records, each of which has its
	// record's length and SHA-1. For another format it is a hash of the first and last
	// bytes.
	Records [sha256.Size]byte
}

// Equal reports whether two fingerprints are of the same state.
func (f Fingerprint) Equal(g Fingerprint) bool {
	return f.Size == g.Size && f.ModTime.Equal(g.ModTime) && f.Records == g.Records
}

// fingerprintLen is the number of bytes at the beginning and at the end of a file that is
// not a log from which its fingerprint is computed.
const fingerprintLen = 64 << 10

// TakeFingerprint reads a regular file's size, time and record headers. For a log it
// reads one block for each record.
func TakeFingerprint(path string) (Fingerprint, error) {
	f, err := os.Open(path)
	if err != nil {
		return Fingerprint{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return Fingerprint{}, err
	}
	if !info.Mode().IsRegular() {
		return Fingerprint{}, &ovsdb.Error{File: path, Offset: -1, Text: "not a regular file", Err: ovsdb.ErrNotOVSDB}
	}
	fp := Fingerprint{Size: info.Size(), ModTime: info.ModTime()}
	sum := sha256.New()
	buf := make([]byte, logfile.MaxHeader)
	for off := int64(0); off < fp.Size; {
		n, err := f.ReadAt(buf, off)
		if err != nil && !errors.Is(err, io.EOF) {
			return Fingerprint{}, err
		}
		h, ok := logfile.ParseHeader(buf[:n])
		if !ok || h.Size > fp.Size-off {
			// Not a log, or one that is truncated.
			if err := sumEdges(sum, f, off, fp.Size); err != nil {
				return Fingerprint{}, err
			}
			break
		}
		sum.Write(buf[:h.Line])
		off += int64(h.Line) + h.Size
	}
	sum.Sum(fp.Records[:0])
	return fp, nil
}

// sumEdges adds the first and the last bytes of [from, size) to a hash.
func sumEdges(sum io.Writer, f *os.File, from, size int64) error {
	for _, start := range []int64{from, max(from, size-fingerprintLen)} {
		if _, err := io.Copy(sum, io.NewSectionReader(f, start, min(fingerprintLen, size-start))); err != nil {
			return err
		}
	}
	return nil
}
