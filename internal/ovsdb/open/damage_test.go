package open

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/logfile"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/memory"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/ovsdbtest"
	"github.com/ovnwalk/ovnwalk/internal/sbtest"
)

func TestDamage(t *testing.T) {
	first := `{"Address_Set":{"U1":{"name":"a","addresses":["set",["b","d"]]}}}`
	good := ovsdbtest.Database(first)
	size := len(good)
	tests := []struct {
		name string
		tail string // after the schema and one good transaction
		warn string
		at   int // byte, counted from the end of the good part
	}{
		{"torn header", "OVSDB JS", "truncated", 0},
		{"torn record", ovsdbtest.Framed([]string{`{"Address_Set":{"U2":{"name":"b"}}}`})[:80], "truncated", 0},
		{"garbage", "garbage\nmore\n", "no record begins here", 0},
		{"zeros", strings.Repeat("\x00", 4096), "zeros", 0},
		{"bad checksum", strings.Replace(ovsdbtest.Framed([]string{`{"Address_Set":{"U2":{"name":"b"}}}`}), `"b"`, `"c"`, 1), "bad checksum", 0},
		{"2^60 bytes", "OVSDB JSON 1152921504606846976 " + strings.Repeat("0", 40) + "\n{", "has 1152921504606846976 bytes", 0},
		{"more than 2^63 bytes", "OVSDB JSON 99999999999999999999 " + strings.Repeat("0", 40) + "\n{", "no record begins here", 0},
		{"no length", "OVSDB JSON 0 " + strings.Repeat("0", 40) + "\n{", "no record begins here", 0},
		{"another magic", ovsdbtest.Record("CLUSTER", "{}"), `kind "CLUSTER"`, 0},
		{"bad JSON", ovsdbtest.Record(logfile.MagicStandalone, `{"Address_Set":{`), "not valid JSON", -1},
		{"no object", ovsdbtest.Record(logfile.MagicStandalone, `[1]`), "not a JSON object", -1},
		{"two objects", ovsdbtest.Record(logfile.MagicStandalone, `{} {}`), "unexpected text", -1},
		{"unknown table", ovsdbtest.Record(logfile.MagicStandalone, `{"Nope":{}}`), `no table "Nope"`, -1},
		{"unknown column", ovsdbtest.Framed([]string{`{"Address_Set":{"U2":{"nope":1}}}`}), `no column "nope"`, -1},
		{"bad UUID", ovsdbtest.Framed([]string{`{"Address_Set":{"123":{"name":"x"}}}`}), "no UUID", -1},
		{"bad type", ovsdbtest.Framed([]string{`{"Address_Set":{"U2":{"name":12}}}`}), "12 is not a value of its type", -1},
		{"deleting what is not there", ovsdbtest.Framed([]string{`{"Address_Set":{"U2":null}}`}), "does not exist", -1},
		{"part of a transaction does not count", ovsdbtest.Framed([]string{`{"Address_Set":{"U2":{"name":"b"},"U3":null}}`}), "does not exist", -1},
		{"a table that is no object", ovsdbtest.Framed([]string{`{"Address_Set":[]}`}), "not a JSON object", -1},
		{"a row that is no object", ovsdbtest.Framed([]string{`{"Address_Set":{"U2":[]}}`}), "not a JSON object", -1},
		{"a difference of another type", ovsdbtest.Framed([]string{`{"_is_diff":true,"Address_Set":{"U1":{"addresses":["set",[1]]}}}`}), "does not fit", -1},
		{"a difference with an element twice", ovsdbtest.Framed([]string{`{"_is_diff":true,"Address_Set":{"U1":{"addresses":["set",["x","x"]]}}}`}), "twice", -1},
		{"a nest too deep", ovsdbtest.Record(logfile.MagicStandalone, `{"_comment":`+strings.Repeat("[", 5000)+strings.Repeat("]", 5000)+`}`), "not valid JSON", -1},
		{"a string without end", ovsdbtest.Record(logfile.MagicStandalone, `{"_comment":"abc`), "not valid JSON", -1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := mustRead(t, good+tt.tail, ovsdb.Options{})
			if got, want := ovsdbtest.Dump(s), "Address_Set U1 addresses=[\"set\",[\"b\",\"d\"]] name=\"a\"\n"; got != want {
				t.Errorf("rows:\n%swant:\n%s", got, want)
			}
			if len(s.Warnings) != 1 || !strings.Contains(s.Warnings[0].String(), tt.warn) {
				t.Fatalf("warnings %v, want one with %q", s.Warnings, tt.warn)
			}
			w := s.Warnings[0]
			if w.Offset < int64(size) || w.Offset > int64(size+len(tt.tail)) || tt.at == 0 && w.Offset != int64(size) {
				t.Errorf("the warning is about byte %d, the damage begins at %d", w.Offset, size)
			}
			if !strings.HasPrefix(w.String(), "test.db: byte ") {
				t.Errorf("no place in %q", w)
			}
		})
	}
}

func TestErrors(t *testing.T) {
	nb := strings.Replace(ovsdbtest.Schema, "OVN_Southbound", "OVN_Northbound", 1)
	torn := ovsdbtest.Database(`{"Address_Set":{"U1":{"name":"a"}}}`)
	tests := []struct {
		name, data string
		is         error
		text       string
	}{
		{"empty", "", ovsdb.ErrEmpty, "test.db: the file is empty"},
		{"text", "hello world", ovsdb.ErrNotOVSDB, "hello world"},
		{"one byte", "O", ovsdb.ErrNotOVSDB, "not an OVSDB database"},
		{"northbound", ovsdbtest.Log(nb), ovsdb.ErrWrongSchema, "this is an OVN_Northbound database (schema version 20.27.0), not OVN_Southbound; the northbound"},
		{"torn schema", ovsdbtest.Database()[:500], ovsdb.ErrDamaged, "the first record, which holds the schema, cannot be read: the file is truncated"},
		{"bad checksum of the schema", strings.Replace(ovsdbtest.Database(), `"cksum":"1 1"`, `"cksum":"1 2"`, 1), ovsdb.ErrDamaged, "bad checksum"},
		{"schema that is none", ovsdbtest.Log(`{"name":"OVN_Southbound"}`), ovsdb.ErrDamaged, "no tables"},
		{"schema with a bad type", ovsdbtest.Log(`{"name":"OVN_Southbound","tables":{"T":{"columns":{"c":{"type":"int"}}}}}`), ovsdb.ErrDamaged, `"int" is not an atomic type`},
		{"only data record torn", torn[:len(torn)-5], ovsdb.ErrNoData, "truncated"},
		{"only data record damaged", torn[:len(torn)-5] + "xxxxx", ovsdb.ErrNoData, "bad checksum"},
		{"unknown magic", ovsdbtest.Record("RELAY", "{}"), ovsdb.ErrNotOVSDB, `"RELAY"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Bytes(t.Context(), "test.db", []byte(tt.data), ovsdb.Options{Schema: "OVN_Southbound"})
			var e *ovsdb.Error
			if !errors.Is(err, tt.is) || !errors.As(err, &e) || !strings.Contains(err.Error(), tt.text) {
				t.Errorf("error %v, want %v with %q", err, tt.is, tt.text)
			}
		})
	}
}

func TestTruncatedFile(t *testing.T) {
	if !memory.CanMap {
		t.Skip("files are not mapped here")
	}
	var b bytes.Buffer
	if err := ovsdbtest.Generate(&b, 50_000, 3); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "a.db")
	sbtest.WriteFile(t, path, b.Bytes())
	o := &ovsdb.Options{}
	src, err := ovsdb.OpenFile(t.Context(), path, o)
	if err != nil || src.File == nil {
		t.Fatalf("mapped %v: %v", src != nil && src.File != nil, err)
	}
	if err := os.Truncate(path, 1<<20); err != nil {
		t.Fatal(err)
	}
	if _, err := readLog(t.Context(), path, src, o, nil); !errors.Is(err, ovsdb.ErrDamaged) || !strings.Contains(err.Error(), "truncated while it was read") {
		t.Errorf("error %v", err)
	}
}
