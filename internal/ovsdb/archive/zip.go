package archive

import (
	"archive/zip"
	"errors"
	"io"
	"os"
	"path"
	"strings"

	"github.com/klauspost/compress/zstd"

	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
)

// A zip archive has its directory at its end, and its members are read in any order: a
// file in place, a stream from memory.

// errEncrypted is the error for a member that a password protects.
var errEncrypted = errors.New("the member is encrypted; unpack the archive first")

// ZipFile searches an archive in a file.
func (c *Collector) ZipFile(name string, f *os.File, nesting int) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if err := c.count(name, 0); err != nil {
		return err
	}
	return c.zip(name, f, info.Size(), nesting)
}

// zip searches an archive.
func (c *Collector) zip(name string, r io.ReaderAt, size int64, nesting int) error {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return c.broken(name, err)
	}
	z.RegisterDecompressor(zstd.ZipMethodWinZip, zstd.ZipDecompressor(zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxWindow), zstd.WithDecoderMaxWindow(maxWindow)))
	for _, f := range z.File {
		inner := name + "//" + strings.TrimLeft(path.Clean("/"+f.Name), "/")
		claimed := int64(min(f.UncompressedSize64, 1<<60))
		if err := c.count(inner, claimed); err != nil {
			return err
		}
		if !f.Mode().IsRegular() || !c.mayContain(inner) && !c.wants(inner) {
			continue
		}
		if err := c.zipMember(inner, f, claimed, nesting); err != nil {
			return err
		}
	}
	return nil
}

// zipMember searches one member.
func (c *Collector) zipMember(name string, f *zip.File, size int64, nesting int) error {
	const encrypted = 1
	if f.Flags&encrypted != 0 {
		return c.broken(name, errEncrypted)
	}
	r, err := f.Open()
	if err != nil {
		return c.broken(name, err)
	}
	defer r.Close()
	out := &decompressor{ReadCloser: io.NopCloser(&ovsdb.Counter{Context: c.Context, Options: c.Options, Reader: r, Total: size}), in: &ovsdb.Counter{Count: int64(min(f.CompressedSize64, 1<<60))}}
	if c.wants(name) {
		return c.visitFile(name, Place{}, out)
	}
	return c.Stream(name, out, size, nesting, Place{})
}
