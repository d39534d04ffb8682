package open

import (
	"bytes"
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

// written writes a snapshot and reads it back.
func written(t *testing.T, s *ovsdb.Snapshot) (string, *ovsdb.Snapshot) {
	t.Helper()
	var b bytes.Buffer
	if err := logfile.Write(s, &b); err != nil {
		t.Fatal(err)
	}
	back := mustRead(t, b.String(), ovsdb.Options{})
	if len(back.Warnings) > 0 {
		t.Errorf("reading the written database yields warnings: %v", back.Warnings)
	}
	return b.String(), back
}

func TestWrite(t *testing.T) {
	for _, file := range []string{"diffs", "cluster-log-b", "cluster-snapshot-a", "cluster-converted-c"} {
		t.Run(file, func(t *testing.T) {
			s := open(t, "testdata/"+file+".db.gz", ovsdb.Options{})
			text, back := written(t, s)
			if got, want := ovsdbtest.Contents(t, back, s.Schema), ovsdbtest.Contents(t, s, s.Schema); got != want {
				t.Errorf("written:\n%s\n\nread:\n%s", got, want)
			}
			if again, _ := written(t, back); again != text {
				t.Error("writing the database again yields other bytes")
			}
			if strings.Count(text, "OVSDB JSON ") != 2 {
				t.Error("not two records")
			}
		})
	}
	t.Run("nothing", func(t *testing.T) {
		if _, back := written(t, mustRead(t, ovsdbtest.Database(), ovsdb.Options{})); ovsdbtest.Dump(back) != "" {
			t.Errorf("an empty database has rows: %s", ovsdbtest.Dump(back))
		}
	})
}

func TestWriteBig(t *testing.T) {
	var b bytes.Buffer
	if err := ovsdbtest.Generate(&b, 5000, 7); err != nil {
		t.Fatal(err)
	}
	s := mustRead(t, b.String(), ovsdb.Options{})
	_, back := written(t, s)
	if got, want := ovsdbtest.Contents(t, back, s.Schema), ovsdbtest.Contents(t, s, s.Schema); got != want {
		t.Error("5,000 flows change when they are written")
	}
}

func TestWritePartial(t *testing.T) {
	for _, w := range []ovsdb.Wanted{{"Address_Set": nil}, {"Address_Set": {"name"}, "Meter": nil}} {
		if err := logfile.Write(mustRead(t, sbOne, ovsdb.Options{Wanted: w}), io.Discard); !errors.Is(err, logfile.ErrPartial) {
			t.Errorf("a part of a database was written: %v", err)
		}
	}
}

func TestWriteFile(t *testing.T) {
	s := mustRead(t, sbOne, ovsdb.Options{})
	dir := t.TempDir()
	for name, magic := range map[string]string{"a.db": "OVSDB", "a.db.gz": "\x1f\x8b", "a.db.zst": "\x28\xb5\x2f\xfd", "a.db.xz": "\xfd7zXZ"} {
		path := filepath.Join(dir, name)
		for range 2 { // the second replaces the first
			if err := logfile.WriteFile(s, path); err != nil {
				t.Fatal(err)
			}
		}
		data, err := os.ReadFile(path)
		if err != nil || !strings.HasPrefix(string(data), magic) {
			t.Errorf("%s begins %.5q, %v", name, data, err)
		}
		if got := ovsdbtest.SetName(open(t, path, ovsdb.Options{})); got != "one" {
			t.Errorf("%s holds %q", name, got)
		}
	}
	if files, _ := os.ReadDir(dir); len(files) != 4 {
		t.Errorf("files were left behind: %v", files)
	}
	if err := logfile.WriteFile(s, filepath.Join(dir, "no", "a.db")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a directory that is not there: %v", err)
	}
}

func TestInferSchema(t *testing.T) {
	text := ovsdbtest.Fill(`{"caption":"Port_Binding table","headings":["_uuid","b","i","r","s","ref","opt","refs","m","mi","none"],"data":[` +
		`[["uuid","U1"],true,1,1.5,"x",["uuid","U2"],["set",[]],["set",[["uuid","U1"],["uuid","U2"]]],["map",[["k","v"]]],["map",[[1,["uuid","U1"]]]],["set",[]]],` +
		`[["uuid","U2"],false,2,2,"y",["uuid","U2"],7,["uuid","U1"],["map",[]],["map",[]],["set",[]]]]}`)
	s := mustRead(t, text, ovsdb.Options{})
	_, back := written(t, s)
	if got, want := ovsdbtest.Dump(back), ovsdbtest.Dump(s); got != want {
		t.Errorf("rows:\n%swant:\n%s", got, want)
	}
	want := map[string]ovsdb.Type{
		"b": {Key: ovsdb.BaseType{Atom: ovsdb.Boolean}, Min: 1, Max: 1}, "i": {Key: ovsdb.BaseType{Atom: ovsdb.Integer}, Min: 1, Max: 1},
		"r": {Key: ovsdb.BaseType{Atom: ovsdb.Real}, Min: 1, Max: 1}, "s": {Key: ovsdb.BaseType{Atom: ovsdb.String}, Min: 1, Max: 1},
		"ref": {Key: ovsdb.BaseType{Atom: ovsdb.UUIDRef}, Min: 1, Max: 1}, "opt": {Key: ovsdb.BaseType{Atom: ovsdb.Integer}, Max: ovsdb.Unlimited},
		"refs": {Key: ovsdb.BaseType{Atom: ovsdb.UUIDRef}, Max: ovsdb.Unlimited}, "none": {Key: ovsdb.BaseType{Atom: ovsdb.String}, Max: ovsdb.Unlimited},
		"m": {Key: ovsdb.BaseType{Atom: ovsdb.String}, Value: ovsdb.BaseType{Atom: ovsdb.String}, Max: ovsdb.Unlimited}, "mi": {Key: ovsdb.BaseType{Atom: ovsdb.Integer}, Value: ovsdb.BaseType{Atom: ovsdb.UUIDRef}, Max: ovsdb.Unlimited},
	}
	for col, typ := range want {
		if got := back.Schema.Tables["Port_Binding"].Columns[col].Type; got != typ {
			t.Errorf("column %s: %+v, want %+v", col, got, typ)
		}
	}
	if back.Name != "OVN_Southbound" {
		t.Errorf("the database is called %q", back.Name)
	}
}

// TestRealServerReadsWrittenFile serves written databases, made from logs and from a
// dump, with a real ovsdb-server and compares the rows.
func TestRealServerReadsWrittenFile(t *testing.T) {
	ovsdbtest.NeedTools(t, "ovsdb-server", "ovsdb-client")
	for _, source := range []string{"diffs", "cluster-log-b", "cluster-converted-a", "dump"} {
		t.Run(source, func(t *testing.T) {
			dir := t.TempDir()
			var s *ovsdb.Snapshot
			var schema *ovsdb.Schema
			if source == "dump" {
				first := open(t, "testdata/diffs.db.gz", ovsdb.Options{})
				schema = first.Schema
				if err := logfile.WriteFile(first, filepath.Join(dir, "first.db")); err != nil {
					t.Fatal(err)
				}
				srv := ovsdbtest.Serve(t, dir, "first.db")
				s = mustRead(t, ovsdbtest.Run(t, "ovsdb-client", "dump", "--format=json", srv.Socket, "OVN_Southbound"), ovsdb.Options{})
			} else {
				s = open(t, "testdata/"+source+".db.gz", ovsdb.Options{})
				schema = s.Schema
			}
			if err := logfile.WriteFile(s, filepath.Join(dir, "w.db")); err != nil {
				t.Fatal(err)
			}
			srv := ovsdbtest.Serve(t, dir, "w.db")
			got := mustRead(t, ovsdbtest.Run(t, "ovsdb-client", "dump", "--format=json", srv.Socket, "OVN_Southbound"), ovsdb.Options{})
			if got, want := ovsdbtest.Contents(t, got, schema), ovsdbtest.Contents(t, s, schema); got != want {
				t.Errorf("the server:\n%s\n\nwritten:\n%s", got, want)
			}
		})
	}
}
