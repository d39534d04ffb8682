package lflow

import (
	"context"
	"io"
	"slices"

	"github.com/ovnwalk/ovnwalk/internal/ovsdb/archive"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/open"
)

// Files are the files beside databases in an archive or directory that Source.Files
// selects.  Zones records their positions and reads none of them.
type Files struct {
	path  string // of the archive or directory, or of a database in it
	files []archive.File
}

// Names returns the paths of the files within the archive or directory, in its order.
func (f *Files) Names() (names []string) {
	for _, x := range f.files {
		names = append(names, x.Name)
	}
	return names
}

// Read calls visit for each file with its content, in the order of the archive or
// directory, until one returns an error.  An archive is decompressed only as far as
// needed.
func (f *Files) Read(ctx context.Context, visit func(name string, r io.Reader) error) error {
	each := func(x archive.File, r io.Reader) error { return visit(x.Name, r) }
	if !slices.ContainsFunc(f.files, func(x archive.File) bool { return !x.At.IsKnown() }) {
		return archive.ReadFiles(ctx, f.files, each)
	}
	noted := map[string]bool{}
	for _, x := range f.files {
		noted[x.Name] = true
	}
	return databaseError(open.EachFile(ctx, f.path, Source{}.read(), &archive.FileVisit{Want: func(name string) bool { return noted[name] }, Visit: each}))
}

// noting returns a visit that records the files of a search, or nil.
func (f *Files) noting(want func(name string) bool) *archive.FileVisit {
	if want == nil {
		return nil
	}
	seen := map[string]bool{} // a search may be restarted
	return &archive.FileVisit{Want: want, Visit: func(x archive.File, _ io.Reader) error {
		if !seen[x.Name] {
			f.files = append(f.files, x)
		}
		seen[x.Name] = true
		return nil
	}}
}
