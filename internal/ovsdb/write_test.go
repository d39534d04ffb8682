package ovsdb

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// written writes a snapshot and reads it back.
func written(t *testing.T, s *Snapshot) (string, *Snapshot) {
	t.Helper()
	var b bytes.Buffer
	if err := s.Write(&b); err != nil {
		t.Fatal(err)
	}
	back := mustRead(t, b.String(), Options{})
	if len(back.Warnings) > 0 {
		t.Errorf("what was written reads with warnings: %v", back.Warnings)
	}
	return b.String(), back
}

func TestWrite(t *testing.T) {
	for _, file := range []string{"diffs", "cluster-log-b", "cluster-snapshot-a", "cluster-converted-c"} {
		t.Run(file, func(t *testing.T) {
			s := open(t, "testdata/"+file+".db.gz", Options{})
			text, back := written(t, s)
			if got, want := contents(t, back, s.Schema), contents(t, s, s.Schema); got != want {
				t.Errorf("written:\n%s\n\nread:\n%s", got, want)
			}
			if again, _ := written(t, back); again != text {
				t.Error("what was written is written otherwise the second time")
			}
			if strings.Count(text, "OVSDB JSON ") != 2 {
				t.Error("not two records")
			}
		})
	}
	t.Run("nothing", func(t *testing.T) {
		if _, back := written(t, mustRead(t, db(), Options{})); dump(back) != "" {
			t.Errorf("rows came from nothing: %s", dump(back))
		}
	})
}

func TestWriteBig(t *testing.T) {
	var b bytes.Buffer
	if err := generate(&b, 5000, 7); err != nil {
		t.Fatal(err)
	}
	s := mustRead(t, b.String(), Options{})
	_, back := written(t, s)
	if got, want := contents(t, back, s.Schema), contents(t, s, s.Schema); got != want {
		t.Error("5,000 flows change when they are written")
	}
}

func TestWritePartial(t *testing.T) {
	for _, w := range []Wanted{{"Address_Set": nil}, {"Address_Set": {"name"}, "Meter": nil}} {
		if err := mustRead(t, sbOne, Options{Wanted: w}).Write(io.Discard); !errors.Is(err, ErrPartial) {
			t.Errorf("a part of a database was written: %v", err)
		}
	}
}

func TestWriteFile(t *testing.T) {
	s := mustRead(t, sbOne, Options{})
	dir := t.TempDir()
	for name, magic := range map[string]string{"a.db": "OVSDB", "a.db.gz": "\x1f\x8b", "a.db.zst": "\x28\xb5\x2f\xfd", "a.db.xz": "\xfd7zXZ"} {
		path := filepath.Join(dir, name)
		for range 2 { // the second replaces the first
			if err := s.WriteFile(path, CompressionFor(path)); err != nil {
				t.Fatal(err)
			}
		}
		data, err := os.ReadFile(path)
		if err != nil || !strings.HasPrefix(string(data), magic) {
			t.Errorf("%s begins %.5q, %v", name, data, err)
		}
		if got := setName(open(t, path, Options{})); got != "one" {
			t.Errorf("%s holds %q", name, got)
		}
	}
	if files, _ := os.ReadDir(dir); len(files) != 4 {
		t.Errorf("files were left behind: %v", files)
	}
	if err := s.WriteFile(filepath.Join(dir, "no", "a.db"), Plain); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a folder that is not there: %v", err)
	}
}

func TestInferSchema(t *testing.T) {
	text := fill(`{"caption":"Port_Binding table","headings":["_uuid","b","i","r","s","ref","opt","refs","m","mi","none"],"data":[` +
		`[["uuid","U1"],true,1,1.5,"x",["uuid","U2"],["set",[]],["set",[["uuid","U1"],["uuid","U2"]]],["map",[["k","v"]]],["map",[[1,["uuid","U1"]]]],["set",[]]],` +
		`[["uuid","U2"],false,2,2,"y",["uuid","U2"],7,["uuid","U1"],["map",[]],["map",[]],["set",[]]]]}`)
	s := mustRead(t, text, Options{})
	_, back := written(t, s)
	if got, want := dump(back), dump(s); got != want {
		t.Errorf("rows:\n%swant:\n%s", got, want)
	}
	want := map[string]Type{
		"b": {Key: BaseType{Atom: Boolean}, Min: 1, Max: 1}, "i": {Key: BaseType{Atom: Integer}, Min: 1, Max: 1},
		"r": {Key: BaseType{Atom: Real}, Min: 1, Max: 1}, "s": {Key: BaseType{Atom: String}, Min: 1, Max: 1},
		"ref": {Key: BaseType{Atom: UUIDRef}, Min: 1, Max: 1}, "opt": {Key: BaseType{Atom: Integer}, Max: Unlimited},
		"refs": {Key: BaseType{Atom: UUIDRef}, Max: Unlimited}, "none": {Key: BaseType{Atom: String}, Max: Unlimited},
		"m": {Key: BaseType{Atom: String}, Value: BaseType{Atom: String}, Max: Unlimited}, "mi": {Key: BaseType{Atom: Integer}, Value: BaseType{Atom: UUIDRef}, Max: Unlimited},
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

// TestRealServerTakesWhatIsWritten serves written files, from logs and from a
// dump, with a real ovsdb-server and compares what it holds.
func TestRealServerTakesWhatIsWritten(t *testing.T) {
	needTools(t, "ovsdb-server", "ovsdb-client")
	for _, source := range []string{"diffs", "cluster-log-b", "cluster-converted-a", "dump"} {
		t.Run(source, func(t *testing.T) {
			dir := t.TempDir()
			var s *Snapshot
			var schema *Schema
			if source == "dump" {
				first := open(t, "testdata/diffs.db.gz", Options{})
				schema = first.Schema
				if err := first.WriteFile(filepath.Join(dir, "first.db"), Plain); err != nil {
					t.Fatal(err)
				}
				srv := serve(t, dir, "first.db")
				s = mustRead(t, run(t, "ovsdb-client", "dump", "--format=json", srv.socket, "OVN_Southbound"), Options{})
			} else {
				s = open(t, "testdata/"+source+".db.gz", Options{})
				schema = s.Schema
			}
			if err := s.WriteFile(filepath.Join(dir, "w.db"), Plain); err != nil {
				t.Fatal(err)
			}
			srv := serve(t, dir, "w.db")
			got := mustRead(t, run(t, "ovsdb-client", "dump", "--format=json", srv.socket, "OVN_Southbound"), Options{})
			if got, want := contents(t, got, schema), contents(t, s, schema); got != want {
				t.Errorf("the server:\n%s\n\nwritten:\n%s", got, want)
			}
		})
	}
}
