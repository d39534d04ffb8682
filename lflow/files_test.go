package lflow_test

import (
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/ovsdb/ovsdbtest"
	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// TestFilesBesideZones reads the files beside two databases, which a search for zones finds, from each
// form of archive, and by the archive's index.
func TestFilesBesideZones(t *testing.T) {
	zone := func(n string) string {
		b, err := os.ReadFile(filepath.Join("..", "testdata", "wire", "23.03", "zones-l2", n+"-sb.db.gz"))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	nodes, err := filepath.Glob(filepath.Join("..", "testdata", "wire", "23.03", "zones-l2", "*-sb.db.gz"))
	if err != nil || len(nodes) < 2 {
		t.Fatalf("%v, %v", nodes, err)
	}
	name := func(i int) string { return strings.TrimSuffix(filepath.Base(nodes[i]), "-sb.db.gz") }
	inner := ovsdbtest.Tarred("a_sbdb", zone(name(0)), "b_sbdb", zone(name(1)))
	const partial = "partial.yaml"                          // of which two bytes are read
	long := strings.Repeat("text: of some length\n", 1<<17) // longer than what lies between two points of a stream
	members := []string{
		"namespaces/shop/core/services.yaml", "first", "empty.yaml", "", "other.txt", "not wanted",
		"network_logs/databases.tar.gz", ovsdbtest.Gzipped(inner),
		"long.yaml", long, partial, "not to the end", "last.yaml", "last",
	}
	want := map[string]string{"namespaces/shop/core/services.yaml": "first", "long.yaml": long, "last.yaml": "last"}
	plain := ovsdbtest.Tarred(members...)
	outer := ovsdbtest.Tarred("must-gather.tar", plain)
	nested := map[string]string{}
	for name, text := range want {
		nested["must-gather.tar//"+name] = text
	}
	for _, x := range []struct {
		name, text string
		want       map[string]string
	}{
		{"tar", plain, want},
		{"tar.gz", ovsdbtest.Gzipped(plain), want},
		{"tar.zst", ovsdbtest.Zstded(plain), want},
		{"tar.xz", ovsdbtest.Xzed(plain), want},
		{"zip", ovsdbtest.Zipped(members...), want},
		{"nested", ovsdbtest.Gzipped(outer), nested}, // gzip, tar, tar, gzip, tar, gzip
	} {
		t.Run(x.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "archive."+x.name)
			sbtest.WriteFile(t, path, []byte(x.text))
			source := lflow.Source{Files: func(name string) bool { return strings.HasSuffix(name, ".yaml") }}
			read := func() {
				t.Helper()
				zones, warnings, err := lflow.Zones(t.Context(), []string{path}, lflow.Options{Source: source})
				if err != nil || len(zones) != 2 || len(warnings) > 0 {
					t.Fatalf("%d zones, %v, %v", len(zones), warnings, err)
				}
				defer zones[0].Close()
				if zones[0].Files == nil || zones[0].Files != zones[1].Files {
					t.Fatalf("files of zones: %v, %v", zones[0].Files, zones[1].Files)
				}
				got := map[string]string{}
				err = zones[0].Files.Read(t.Context(), func(name string, r io.Reader) error {
					if strings.HasSuffix(name, partial) {
						_, err := io.CopyN(io.Discard, r, 2)
						return err
					}
					text, err := io.ReadAll(r)
					got[name] = string(text)
					return err
				})
				if err != nil {
					t.Fatal(err)
				}
				delete(got, "empty.yaml") // an archive of tar does not have it
				if !maps.Equal(got, x.want) {
					t.Errorf("got %v, want %v", slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(x.want)))
				}
			}
			read()
			if _, err := lflow.Compile(t.Context(), path, source); err != nil {
				t.Fatal(err)
			}
			if _, err := os.Stat(path + ".ovnwalk"); err != nil {
				t.Fatal(err)
			}
			read()
		})
	}
}
