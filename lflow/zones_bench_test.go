package lflow_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// BenchmarkZones opens the first and the last zone of an archive of twenty, by its
// stream and by its index.
func BenchmarkZones(b *testing.B) {
	path := filepath.Join(b.TempDir(), "zones.tar.gz")
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	const zones, size = 20, 1 << 20
	if err := sbtest.WriteZones(f, "../testdata/wire/23.03/zones-l2", zones, size); err != nil {
		b.Fatal(err)
	}
	if err := f.Close(); err != nil {
		b.Fatal(err)
	}
	open := func(b *testing.B) {
		b.SetBytes(zones * size)
		for b.Loop() {
			all, _, err := lflow.Zones(b.Context(), []string{path}, lflow.Options{})
			if err != nil || len(all) != zones {
				b.Fatal(len(all), err)
			}
			for _, z := range []*lflow.Zone{all[0], all[zones-1]} {
				n, err := z.Open(b.Context(), lflow.Options{})
				if err != nil {
					b.Fatal(err)
				}
				if err := n.Close(); err != nil {
					b.Fatal(err)
				}
			}
		}
	}
	b.Run("stream", open)
	if _, err := lflow.Compile(b.Context(), path, lflow.Source{}); err != nil {
		b.Fatal(err)
	}
	b.Run("index", open)
}
