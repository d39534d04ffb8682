package wirelab_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/cluster"
	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/internal/wirelab"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// TestRecordedArchives predicts the connections of the recordings of several zones from
// one archive, with the names that must-gather gives the databases of nodes.
func TestRecordedArchives(t *testing.T) {
	for _, folder := range []string{filepath.Join("..", "..", "testdata", "wire"), os.Getenv(recordingsEnv)} {
		recordings, err := filepath.Glob(filepath.Join(folder, "*", "zones-*", "cases.jsonl.gz"))
		if err != nil || folder == "" {
			continue
		}
		for _, recording := range recordings {
			dir := filepath.Dir(recording)
			t.Run(filepath.Base(filepath.Dir(dir))+"/"+filepath.Base(dir), func(t *testing.T) { predictArchive(t, dir) })
		}
	}
}

func predictArchive(t *testing.T, dir string) {
	archive := filepath.Join(t.TempDir(), "ovnk_database_store.tar.gz")
	gather(t, dir, archive)
	zones, warnings, err := lflow.Zones(t.Context(), []string{archive}, lflow.Options{})
	if err != nil || len(warnings) > 0 {
		t.Fatal(err, warnings)
	}
	var sources []cluster.Source
	for _, z := range zones {
		sources = append(sources, cluster.Source{Zone: z, Network: sync.OnceValues(func() (*lflow.Network, error) { return z.Open(t.Context(), lflow.Options{}) })})
	}
	cases, err := wirelab.ReadCases(filepath.Join(dir, "cases.jsonl.gz"))
	if err != nil {
		t.Fatal(err)
	}
	var found []wirelab.Difference
	for _, c := range cases {
		all, err := cluster.Open(sources, cluster.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if text := wirelab.PredictIn(all, c); text != "" {
			found = append(found, wirelab.Difference{Network: dir, Case: c, Text: text})
		}
	}
	show(t, found, len(cases))
}

// gather writes the databases of a recording's zones into an archive.
func gather(t *testing.T, dir, archive string) {
	t.Helper()
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	w := tar.NewWriter(z)
	databases, err := filepath.Glob(filepath.Join(dir, "z*-?b.db.gz"))
	if err != nil || len(databases) < 2 {
		t.Fatalf("%s holds no zones: %v", dir, err)
	}
	for _, database := range databases {
		data := sbtest.Content(t, database)
		zone, kind, _ := strings.Cut(strings.TrimSuffix(filepath.Base(database), ".db.gz"), "-")
		name := fmt.Sprintf("ovnk_database_store/ovnkube-node-%s_%sdb", zone, kind)
		if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: int64(len(data))}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(data); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	sbtest.WriteFile(t, archive, packed.Bytes())
}
