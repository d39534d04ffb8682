package open

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/ovsdbtest"
	"github.com/ovnwalk/ovnwalk/internal/sbtest"
)

// flowColumns are the columns of a flow that a walk reads.
var flowColumns = ovsdb.Wanted{
	"Logical_Flow":     {"logical_datapath", "logical_dp_group", "pipeline", "table_id", "priority", "match", "actions", "external_ids"},
	"Datapath_Binding": nil,
}

// benchFile returns a generated database of 100,000 flows, or the database that
// OVNWALK_BENCH_DB names, and sets b's bytes per operation to its size.
func benchFile(b *testing.B) string {
	path := os.Getenv("OVNWALK_BENCH_DB")
	if path == "" {
		path = filepath.Join(b.TempDir(), "sb.db")
		var buf bytes.Buffer
		if err := ovsdbtest.Generate(&buf, 100_000, 100); err != nil {
			b.Fatal(err)
		}
		sbtest.WriteFile(b, path, buf.Bytes())
	}
	info, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(info.Size())
	return path
}

// BenchmarkRead reads a database's flows from a file.
func BenchmarkRead(b *testing.B) {
	path := benchFile(b)
	b.ReportAllocs()
	for b.Loop() {
		s, err := Path(b.Context(), path, ovsdb.Options{Wanted: flowColumns})
		if err != nil {
			b.Fatal(err)
		}
		s.Close()
	}
}

// BenchmarkIndex opens the same database and reads the columns of each row that an
// index of flows needs.
func BenchmarkIndex(b *testing.B) {
	path := benchFile(b)
	b.ReportAllocs()
	for b.Loop() {
		s, err := Path(b.Context(), path, ovsdb.Options{Wanted: flowColumns})
		if err != nil {
			b.Fatal(err)
		}
		t := s.Table("Logical_Flow")
		dp, _ := t.Col("logical_datapath")
		group, _ := t.Col("logical_dp_group")
		pipeline, _ := t.Col("pipeline")
		table, _ := t.Col("table_id")
		priority, _ := t.Col("priority")
		var sum int64
		for r := range t.Unsorted() {
			u, _ := r.Ref(dp)
			v, _ := r.Ref(group)
			sum += int64(u[0]) + int64(v[0]) + int64(len(r.String(pipeline))) + r.Int(table) + r.Int(priority)
		}
		if sum == 0 {
			b.Fatal("nothing read")
		}
		s.Close()
	}
}
