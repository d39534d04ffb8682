package open_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/archive"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/open"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/ovsdbtest"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/pack"
	"github.com/ovnwalk/ovnwalk/internal/sbtest"
)

// TestEach visits the databases in archives and directories of all kinds, and reads each of
// them again afterwards, also from a stored place.
func TestEach(t *testing.T) {
	demo := string(sbtest.Demo(t))
	files := []string{"a_sbdb", demo, "notes", "text", "b_sbdb.gz", ovsdbtest.Gzipped(demo), "d/c_sbdb", demo}
	tarred, zipped := ovsdbtest.Tarred(files...), ovsdbtest.Zipped(files...)
	members := []string{"a_sbdb", "b_sbdb.gz", "d/c_sbdb"}
	within := func(outer string) (all []string) {
		for _, m := range members {
			all = append(all, outer+"//"+m)
		}
		return all
	}
	for _, c := range []struct {
		name, content string
		want          []string
	}{
		{"x.tar", tarred, members},
		{"x.tar.gz", ovsdbtest.Gzipped(tarred), members},
		{"x.tar.zst", ovsdbtest.Zstded(tarred), members},
		{"x.tar.xz", ovsdbtest.Xzed(tarred), members},
		{"x.zip", zipped, members},
		{"nested.tar.gz", ovsdbtest.Gzipped(ovsdbtest.Tarred("log", "text", "in/store.tar.gz", ovsdbtest.Gzipped(ovsdbtest.Tarred("a", "no database", "b_sbdb", demo)))), []string{"in/store.tar.gz//b_sbdb"}},
		{"zip in.tar.gz", ovsdbtest.Gzipped(ovsdbtest.Tarred("store.zip", zipped)), within("store.zip")},
		{"sb.db", demo, []string{""}},
		{"sb.db.gz", ovsdbtest.Gzipped(demo), []string{""}},
		{"folder/store.tar.gz", ovsdbtest.Gzipped(tarred), nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), c.name)
			if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
				t.Fatal(err)
			}
			sbtest.WriteFile(t, path, []byte(c.content))
			want := c.want
			if want == nil {
				path, want = filepath.Dir(path), within("store.tar.gz")
			}
			var found []*open.Database
			o := ovsdb.Options{Schema: "OVN_Southbound"}
			rows := func(s *ovsdb.Snapshot, err error) int {
				t.Helper()
				if err != nil {
					t.Fatal(err)
				}
				defer s.Close()
				return s.Table("Logical_Flow").Len()
			}
			all := 0
			warnings, err := open.Each(t.Context(), path, o, func(d *open.Database) error {
				found = append(found, d)
				parse, err := d.Take()
				if err != nil {
					return err
				}
				all = rows(parse(o))
				return nil
			}, nil)
			if err != nil || len(warnings) > 0 || all == 0 {
				t.Fatalf("%d rows, %v, %v", all, warnings, err)
			}
			var w pack.Writer
			if err := archive.WritePlaces(&w, open.Places(found)); err != nil {
				t.Fatal(err)
			}
			stored, err := archive.ReadPlaces(pack.NewReader(string(w.Data)), path, len(found))
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for i, d := range found {
				names = append(names, strings.TrimPrefix(strings.TrimPrefix(d.Path, path), "//"))
				if n := rows(d.Open(t.Context(), o)); n != all {
					t.Errorf("%s again: %d rows of %d", d.Path, n, all)
				}
				if info, _ := os.Stat(path); info.IsDir() {
					continue
				}
				if n := rows(open.At(d.Path, stored[i]).Open(t.Context(), o)); n != all {
					t.Errorf("%s by an index: %d rows of %d", d.Path, n, all)
				}
			}
			if !slices.Equal(names, want) {
				t.Errorf("visited %q", names)
			}
		})
	}
}

// TestChangedArchive reads a database of an archive that changed after the search.
func TestChangedArchive(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.tar.gz")
	demo := string(sbtest.Demo(t))
	sbtest.WriteFile(t, path, []byte(ovsdbtest.Gzipped(ovsdbtest.Tarred("a", demo, "b", demo))))
	var found []*open.Database
	if _, err := open.Each(t.Context(), path, ovsdb.Options{}, func(d *open.Database) error { found = append(found, d); return nil }, nil); err != nil {
		t.Fatal(err)
	}
	sbtest.WriteFile(t, path, []byte("something else"))
	for _, d := range found {
		if _, err := d.Open(t.Context(), ovsdb.Options{}); err == nil || !strings.Contains(err.Error(), "the file was changed while it was read") {
			t.Errorf("%s: %v", d.Path, err)
		}
	}
}
