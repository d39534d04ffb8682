package open

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/logfile"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/ovsdbtest"
)

// touch calls every accessor of every row, and writes the snapshot.
func touch(t *testing.T, s *ovsdb.Snapshot) {
	for _, name := range s.Tables() {
		tab := s.Table(name)
		n := 0
		for r := range tab.Rows() {
			n++
			if got, ok := tab.Get(r.UUID()); !ok || got != r {
				t.Fatalf("%s: row %s is not found", name, r.UUID())
			}
			_ = r.Offset()
			for i := range tab.Columns() {
				c := ovsdb.Col(i)
				r.Raw(c)
				r.Has(c)
				_ = r.String(c)
				r.Int(c)
				r.Bool(c)
				r.Ref(c)
				r.Refs(c)
				r.Strings(c)
				r.MapGet(c, "key")
			}
		}
		if n != tab.Len() {
			t.Fatalf("%s: %d rows, Len %d", name, n, tab.Len())
		}
	}
	for _, w := range s.Warnings {
		_ = w.String()
	}
	if err := logfile.Write(s, io.Discard); err != nil && !errors.Is(err, logfile.ErrPartial) {
		t.Fatal(err)
	}
	s.Close()
}

// tryRead reads bytes and expects a snapshot or an error of this package.
func tryRead(t *testing.T, data string, o ovsdb.Options) {
	o.MaxBytes = 1 << 20
	s, err := Bytes(t.Context(), "fuzz", []byte(data), o)
	if err != nil {
		var e *ovsdb.Error
		var several *ovsdb.SeveralError
		if !errors.As(err, &e) && !errors.As(err, &several) {
			t.Fatalf("an error of another kind: %v", err)
		}
		return
	}
	touch(t, s)
}

// FuzzRead reads any bytes.
func FuzzRead(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.db.gz")
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	for _, text := range []string{
		sbOne, sbRaft, dumpOne, listSets, ovsdbtest.Gzipped(sbOne), ovsdbtest.Zstded(sbOne), ovsdbtest.Xzed(sbOne), ovsdbtest.Tarred("a", sbOne, "b", nbOne),
		ovsdbtest.Gzipped(ovsdbtest.Tarred("Address_Set.json", listSets, "Logical_Flow.json", listFlows)), ovsdbtest.Tarred("a.gz", ovsdbtest.Gzipped(sbTwo)), ovsdbtest.Zipped("a", sbOne, "b.gz", ovsdbtest.Gzipped(nbOne)), "",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) { tryRead(t, string(data), ovsdb.Options{}) })
}

// FuzzTransactions frames two texts as transactions after a valid schema, because a
// fuzzer cannot find SHA-1 sums.
func FuzzTransactions(f *testing.F) {
	f.Add(ovsdbtest.Fill(setRow(1, "a")), ovsdbtest.Fill(`{"_is_diff":true,"Address_Set":{"U1":{"addresses":["set",["x"]]}}}`))
	f.Add(ovsdbtest.Fill(`{"Datapath_Binding":{"U1":{"external_ids":["map",[["a","b"]]],"tunnel_key":1}}}`), ovsdbtest.Fill(`{"Datapath_Binding":{"U1":{"external_ids":["map",[["a","c"]]]}},"_is_diff":true}`))
	f.Add(ovsdbtest.Fill(`{"IP_Multicast":{"U1":{"weights":["map",[[1,1.5]]],"rates":["set",[1,2e3]],"enabled":true}}}`), ovsdbtest.Fill(`{"IP_Multicast":{"U1":null,"U2":{}}}`))
	f.Add(ovsdbtest.Fill(`{"Meter":{"U1":{"name":"\ud83d\ude00\u00e9"}},"_comment":[[{}]]}`), ovsdbtest.Fill(`{"_is_diff":true,"Meter":{"U1":{"bands":["uuid","U2"]}}}`))
	f.Fuzz(func(t *testing.T, a, b string) {
		tryRead(t, ovsdbtest.Log(ovsdbtest.Schema, a, b), ovsdb.Options{})
		tryRead(t, ovsdbtest.Log(ovsdbtest.Schema, a, b), ovsdb.Options{Wanted: ovsdb.Wanted{"Address_Set": {"addresses"}, "Meter": nil}})
	})
}

// FuzzClustered frames four texts as records of a Raft log.
func FuzzClustered(f *testing.F) {
	f.Add(ovsdbtest.Fill(raftHeader(setRow(1, "a"))), logEntry(2, 2, setRow(2, "b")), logEntry(3, 2, setRow(3, "c")), commitTo(2))
	f.Add(ovsdbtest.Fill(raftHeader("null")), `{"term":2,"index":2,"servers":{}}`, `{"note":"left"}`, `{"term":2,"vote":"x"}`)
	f.Add(`{"name":"x","remote_addresses":[]}`, "", "", "")
	f.Fuzz(func(t *testing.T, h, a, b, c string) {
		for _, uncommitted := range []bool{false, true} {
			tryRead(t, cluster(h, a, b, c), ovsdb.Options{Uncommitted: uncommitted})
		}
	})
}

// FuzzSchema reads a schema and rows under it.
func FuzzSchema(f *testing.F) {
	f.Add(ovsdbtest.Schema, ovsdbtest.Fill(setRow(1, "a")))
	f.Add(`{"name":"A","tables":{"T":{"columns":{"c":{"type":{"key":"uuid","value":"real","min":1,"max":3}}}}}}`, ovsdbtest.Fill(`{"T":{"U1":{"c":["map",[]]}}}`))
	f.Fuzz(func(t *testing.T, schema, txn string) { tryRead(t, ovsdbtest.Log(schema, txn), ovsdb.Options{}) })
}

// FuzzArchive reads a member of an archive beside a valid one.
func FuzzArchive(f *testing.F) {
	f.Add("a", sbOne)
	f.Add("../x//y", ovsdbtest.Gzipped(sbOne))
	f.Add("Logical_Flow.json", listFlows)
	f.Fuzz(func(t *testing.T, name, content string) {
		if name == "" || strings.HasSuffix(name, "/") || strings.ContainsRune(name, 0) || len(name) > 90 {
			return
		}
		tryRead(t, ovsdbtest.Tarred(name, content, "good", sbOne), ovsdb.Options{Schema: "OVN_Southbound"})
	})
}

// FuzzDump reads a printed table's parts.
func FuzzDump(f *testing.F) {
	f.Add(`"_uuid","name"`, ovsdbtest.Fill(`[["uuid","U1"],"a"]`))
	f.Add(`"_uuid","set","map"`, ovsdbtest.Fill(`[["uuid","U1"],["set",[1,2]],["map",[["k",["uuid","U2"]]]]]`))
	f.Fuzz(func(t *testing.T, headings, rows string) {
		tryRead(t, `{"caption":"T table","data":[`+rows+`],"headings":[`+headings+`]}`, ovsdb.Options{})
		tryRead(t, `{"headings":[`+headings+`],"data":[`+rows+`],"caption":"T table"}{"caption":"T table"`, ovsdb.Options{})
	})
}
