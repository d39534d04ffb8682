package index

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"

	"github.com/ovnwalk/ovnwalk/internal/atomicfile"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
)

// The index of an archive stores data about its databases that the caller computed.

const archiveMagic = "ovnwalk archive\x00"

// archiveHead is the head of such an index, in JSON.
type archiveHead struct {
	Format int
	Of     Fingerprint
	Body   int // bytes after the head
}

// archiveFormat is the format of the head.
const archiveFormat = 2

// WriteArchive writes the index of an archive with a body for OpenArchive to return.
func WriteArchive(archive string, body []byte) error {
	fp, err := TakeFingerprint(archive)
	if err != nil {
		return err
	}
	text, err := json.Marshal(archiveHead{archiveFormat, fp, len(body)})
	if err != nil {
		return err
	}
	head := binary.BigEndian.AppendUint32([]byte(archiveMagic), uint32(len(text)))
	return atomicfile.Write(archive+Suffix, func(w io.Writer) error {
		sum := &checksumWriter{w: w}
		for _, b := range [][]byte{head, text, body} {
			if _, err := sum.Write(b); err != nil {
				return err
			}
		}
		return sum.end()
	})
}

// OpenArchive returns the body of an archive's index. It returns fs.ErrNotExist if there
// is none, and ErrStale if it does not match the archive.
func OpenArchive(archive string) (string, error) {
	stale := func(why string) (string, error) {
		return "", &ovsdb.Error{File: archive + Suffix, Offset: -1, Text: why + "; make it anew with \"ovnwalk snapshot --compiled\"", Err: ErrStale}
	}
	f, err := os.Open(archive + Suffix)
	if err != nil {
		return "", fs.ErrNotExist // or it cannot be accessed
	}
	defer f.Close()
	start := make([]byte, len(archiveMagic)+4)
	if _, err := io.ReadFull(f, start); err != nil || string(start[:len(archiveMagic)]) != archiveMagic {
		return "", fs.ErrNotExist // it is of another kind
	}
	info, err := f.Stat()
	if err != nil {
		return "", err
	}
	if !validChecksum(f, info.Size()) {
		return stale("the index was made by another version, or is damaged")
	}
	size := int64(binary.BigEndian.Uint32(start[len(archiveMagic):]))
	text := make([]byte, min(size, maxCompiled))
	var head archiveHead
	if _, err := io.ReadFull(f, text); err != nil || json.Unmarshal(text, &head) != nil || head.Format != archiveFormat || head.Body < 0 || int64(head.Body) > info.Size() {
		return stale("the index was made by another version, or is damaged")
	}
	fp, err := TakeFingerprint(archive)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", err
	case err != nil:
		return "", err
	case !fp.Equal(head.Of):
		return stale("the archive has changed since the index was made")
	}
	body := make([]byte, head.Body)
	if _, err := io.ReadFull(f, body); err != nil {
		return "", err
	}
	return string(body), nil
}
