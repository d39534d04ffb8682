package kube

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// Bounds of what is read.
const (
	maxFile  = 64 << 20 // bytes of one YAML document
	maxFiles = 100_000  // YAML documents
)

// ErrFormat is the error, wrapped, for what is no folder and no archive of tar.
var ErrFormat = errors.New("not a folder and not an archive of tar")

// Beside reads the objects in the archive or folder that has a database, by the path
// PATH//MEMBER of the database.  It returns nil where there are none.
func Beside(ctx context.Context, database string) (*Objects, error) {
	gathered, _, ok := strings.Cut(database, "//")
	if !ok || gathered == "" {
		return nil, nil
	}
	objects, err := Read(ctx, gathered)
	switch {
	case errors.Is(err, ErrFormat), err == nil && objects.Len() == 0:
		return nil, nil
	case err != nil:
		return nil, err
	}
	return objects, nil
}

// ErrTooBig is the error, wrapped, for objects past a bound.
var ErrTooBig = errors.New("over the limit")

// lists are the names of files with lists of objects.
var lists = []string{"pods.yaml", "services.yaml", "endpointslices.yaml", "networkpolicies.yaml"}

// Read reads the objects in a must-gather: a folder, or an archive of tar, which may be
// compressed by gzip.  Files are at namespaces/NS/GROUP/KINDS.yaml,
// namespaces/NS/pods/NAME/NAME.yaml, namespaces/NS/NS.yaml and
// cluster-scoped-resources/core/namespaces, at any depth.
func Read(ctx context.Context, name string) (*Objects, error) {
	r := &reader{ctx: ctx, objects: &Objects{gathered: map[string]bool{}}}
	info, err := os.Stat(name)
	switch {
	case err != nil:
		return nil, err
	case info.IsDir():
		err = r.folder(name)
	default:
		err = r.archive(name)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	r.objects.settle()
	return r.objects, nil
}

type reader struct {
	ctx     context.Context
	objects *Objects
	files   int
}

// namespaceOf returns the namespace of a file of objects; ok is false for any other
// file.
func namespaceOf(name string) (namespace string, ok bool) {
	parts := strings.Split(name, "/")
	if i := slices.Index(parts, "cluster-scoped-resources"); i >= 0 {
		rest := strings.Join(parts[i+1:], "/")
		file, isOne := strings.CutPrefix(rest, "core/namespaces/")
		return "", rest == "core/namespaces.yaml" || isOne && !strings.Contains(file, "/") && strings.HasSuffix(file, ".yaml")
	}
	i := slices.Index(parts, "namespaces")
	if i < 0 || len(parts) < i+3 {
		return "", false
	}
	namespace, rest := parts[i+1], parts[i+2:]
	base := rest[len(rest)-1]
	switch len(rest) {
	case 1:
		ok = base == namespace+".yaml"
	case 2:
		ok = slices.Contains(lists, base)
	case 3:
		ok = rest[0] == "pods" && base == rest[1]+".yaml"
	}
	return namespace, ok
}

// file reads a file, if it is one of objects.
func (r *reader) file(name string, in io.Reader) error {
	namespace, ok := namespaceOf(name)
	if !ok {
		return nil
	}
	if err := context.Cause(r.ctx); err != nil {
		return err
	}
	if r.files++; r.files > maxFiles {
		return fmt.Errorf("more than %d files of objects: %w", maxFiles, ErrTooBig)
	}
	text, err := io.ReadAll(io.LimitReader(in, maxFile+1))
	switch {
	case err != nil:
		return fmt.Errorf("%s: %w", name, err)
	case len(text) > maxFile:
		return fmt.Errorf("%s: more than %d bytes: %w", name, maxFile, ErrTooBig)
	}
	if err := r.objects.add(namespace, text); err != nil {
		return fmt.Errorf("%s: not YAML of Kubernetes: %w", name, err)
	}
	return nil
}

func (r *reader) folder(root string) error {
	return filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		if _, ok := namespaceOf(filepath.ToSlash(name)); !ok {
			return nil
		}
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		defer f.Close()
		return r.file(filepath.ToSlash(name), f)
	})
}

func (r *reader) archive(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	in := bufio.NewReader(f)
	var content io.Reader = in
	if head, _ := in.Peek(2); bytes.Equal(head, []byte{0x1f, 0x8b}) {
		z, err := gzip.NewReader(in)
		if err != nil {
			return err
		}
		defer z.Close()
		content = z
	}
	t := tar.NewReader(content)
	for {
		h, err := t.Next()
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return fmt.Errorf("%w: %w", ErrFormat, err)
		case h.Typeflag == tar.TypeReg:
			if err := r.file(path.Clean(h.Name), t); err != nil {
				return err
			}
		}
	}
}
