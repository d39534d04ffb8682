package ovsdb

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// flowColumns are what a walk wants of a flow.
var flowColumns = Wanted{
	"Logical_Flow":     {"logical_datapath", "logical_dp_group", "pipeline", "table_id", "priority", "match", "actions", "external_ids"},
	"Datapath_Binding": nil,
}

// BenchmarkRead reads a generated database of 100,000 flows from a file, or the
// database that OVNWALK_BENCH_DB names.
func BenchmarkRead(b *testing.B) {
	path := os.Getenv("OVNWALK_BENCH_DB")
	if path == "" {
		path = filepath.Join(b.TempDir(), "sb.db")
		var buf bytes.Buffer
		if err := generate(&buf, 100_000, 100); err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(path, buf.Bytes(), 0o666); err != nil {
			b.Fatal(err)
		}
	}
	info, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(info.Size())
	b.ReportAllocs()
	for b.Loop() {
		s, err := Open(b.Context(), path, Options{Wanted: flowColumns})
		if err != nil {
			b.Fatal(err)
		}
		s.Close()
	}
}

// BenchmarkIndex reads what an index of flows needs of each row.
func BenchmarkIndex(b *testing.B) {
	var buf bytes.Buffer
	if err := generate(&buf, 100_000, 100); err != nil {
		b.Fatal(err)
	}
	s, err := Read(b.Context(), "gen", buf.Bytes(), Options{Wanted: flowColumns})
	if err != nil {
		b.Fatal(err)
	}
	t := s.Table("Logical_Flow")
	dp, _ := t.Col("logical_datapath")
	pipeline, _ := t.Col("pipeline")
	table, _ := t.Col("table_id")
	priority, _ := t.Col("priority")
	b.ReportAllocs()
	for b.Loop() {
		var sum int64
		for r := range t.Unsorted() {
			u, _ := r.Ref(dp)
			sum += int64(u[0]) + int64(len(r.String(pipeline))) + r.Int(table) + r.Int(priority)
		}
		if sum == 0 {
			b.Fatal("nothing read")
		}
	}
}
