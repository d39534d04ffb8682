package ovsdbtest

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"strings"

	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
)

func Gzipped(text string) string {
	return packed(text, func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) })
}

func Zstded(text string) string {
	return packed(text, func(w io.Writer) io.WriteCloser { z, _ := zstd.NewWriter(w); return z })
}

func Xzed(text string) string {
	return packed(text, func(w io.Writer) io.WriteCloser { z, _ := xz.NewWriter(w); return z })
}

func packed(text string, to func(io.Writer) io.WriteCloser) string {
	var b bytes.Buffer
	w := to(&b)
	if _, err := io.WriteString(w, text); err != nil {
		panic(err)
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return b.String()
}

// Tarred returns a tar archive of names and contents in turn.
func Tarred(files ...string) string {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for i := 0; i < len(files); i += 2 {
		h := &tar.Header{Name: files[i], Mode: 0o644, Size: int64(len(files[i+1])), Typeflag: tar.TypeReg}
		if link, ok := strings.CutPrefix(files[i+1], "-> "); ok {
			h.Typeflag, h.Linkname, h.Size = tar.TypeSymlink, link, 0
		}
		if err := w.WriteHeader(h); err != nil {
			panic(err)
		}
		if h.Size > 0 {
			if _, err := io.WriteString(w, files[i+1]); err != nil {
				panic(err)
			}
		}
	}
	w.Close()
	return b.String()
}

// Zipped returns a zip archive of names and contents in turn.
func Zipped(files ...string) string {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	w.RegisterCompressor(zstd.ZipMethodWinZip, zstd.ZipCompressor())
	for i := 0; i < len(files); i += 2 {
		h := &zip.FileHeader{Name: files[i], Method: zip.Deflate}
		switch {
		case strings.HasPrefix(files[i+1], "-> "):
			h.SetMode(os.ModeSymlink | 0o777)
		case strings.HasSuffix(files[i], ".stored"):
			h.Method = zip.Store
		case strings.HasSuffix(files[i], ".zstd"):
			h.Method = zstd.ZipMethodWinZip
		}
		m, err := w.CreateHeader(h)
		if err != nil {
			panic(err)
		}
		if _, err := io.WriteString(m, files[i+1]); err != nil {
			panic(err)
		}
	}
	w.Close()
	return b.String()
}
