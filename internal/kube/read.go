package kube

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/archive"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/open"
)

// Limits on files that are read.
const (
	maxFile  = 64 << 20 // bytes of one YAML document
	maxFiles = 100_000  // YAML documents
)

// ErrFormat means that a path is neither a directory nor an archive; errors wrap it.
var ErrFormat = errors.New("not a directory and not an archive")

// Beside reads the objects in the archive or directory of a database, given by the database's path
// PATH//MEMBER. It returns nil if there are none.
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

// HasNames reports whether a file of a must-gather has objects that have names which
// databases lack: network policies and services.
func HasNames(file string) bool {
	base := path.Base(file)
	_, ok := namespaceOf(file)
	return ok && (base == "services.yaml" || base == "networkpolicies.yaml")
}

// Read reads the objects in a must-gather: a directory or an archive, which may be compressed
// or within another.  Files are at namespaces/NS/GROUP/KINDS.yaml,
// namespaces/NS/pods/NAME/NAME.yaml, namespaces/NS/NS.yaml and
// cluster-scoped-resources/core/namespaces, at any depth.
func Read(ctx context.Context, name string) (*Objects, error) {
	return read(ctx, name, func(visit visit) error {
		err := open.EachFile(ctx, name, ovsdb.Options{}, &archive.FileVisit{
			Want:  func(file string) bool { _, ok := namespaceOf(file); return ok },
			Visit: func(f archive.File, r io.Reader) error { return visit(f.Name, r) },
		})
		if errors.Is(err, ovsdb.ErrNotOVSDB) || errors.Is(err, ovsdb.ErrEmpty) {
			return ErrFormat
		}
		return err
	})
}

// Files are files of a must-gather.
type Files interface {
	// Read calls visit for each file with its content, until one returns an error.
	Read(ctx context.Context, visit func(name string, r io.Reader) error) error
}

// ReadFiles reads the objects of files that a search for databases in a must-gather came
// to.
func ReadFiles(ctx context.Context, name string, files Files) (*Objects, error) {
	return read(ctx, name, func(visit visit) error { return files.Read(ctx, visit) })
}

type visit = func(file string, r io.Reader) error

// read reads the objects of all files that each visits.
func read(ctx context.Context, name string, each func(visit) error) (*Objects, error) {
	r := &reader{ctx: ctx, objects: &Objects{gathered: map[string]bool{}}}
	if err := each(r.file); err != nil {
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
