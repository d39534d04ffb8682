package ovsdb

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// uuidText is the text of row n's UUID.
func uuidText(n int) string { return testUUID(n).String() }

// fill replaces U1, U2, ... by UUIDs.
func fill(text string) string {
	for n := 9; n > 0; n-- {
		text = strings.ReplaceAll(text, "U"+string(rune('0'+n)), uuidText(n))
	}
	return text
}

func mustRead(t *testing.T, text string, o Options) *Snapshot {
	t.Helper()
	s, err := Read(t.Context(), "test.db", []byte(text), o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// dump renders a snapshot's rows, in a form for tests: TABLE UUID column=RAW.
func dump(s *Snapshot) string {
	var b strings.Builder
	for _, name := range s.Tables() {
		t := s.Table(name)
		for r := range t.Rows() {
			b.WriteString(name + " " + r.UUID().String())
			for i, col := range t.Columns() {
				if raw := r.Raw(Col(i)); raw != nil {
					b.WriteString(" " + col + "=" + string(raw))
				}
			}
			b.WriteByte('\n')
		}
	}
	for n := 1; n <= 9; n++ {
		text := b.String()
		b.Reset()
		b.WriteString(strings.ReplaceAll(text, uuidText(n), "U"+string(rune('0'+n))))
	}
	return b.String()
}

func TestTransactions(t *testing.T) {
	tests := []struct {
		name string
		txns []string
		want string
	}{
		{"empty", nil, ""},
		{"insert", []string{`{"Address_Set":{"U1":{"name":"a","addresses":["set",["x","y"]]}}}`},
			`Address_Set U1 addresses=["set",["x","y"]] name="a"` + "\n"},
		{"defaults are left out", []string{`{"Address_Set":{"U1":{}},"_date":1}`}, "Address_Set U1\n"},
		{"space everywhere", []string{" {\t\"Address_Set\" : { \"U1\" : { \"name\" : \"a\" , \"addresses\":[\"set\", [ ]] } }\n} "},
			`Address_Set U1 addresses=["set", [ ]] name="a"` + "\n"},
		{"replace a column", []string{`{"Address_Set":{"U1":{"name":"a","addresses":"x"}}}`, `{"Address_Set":{"U1":{"name":"b"}}}`},
			`Address_Set U1 addresses="x" name="b"` + "\n"},
		{"without the mark a change replaces", []string{`{"Address_Set":{"U1":{"addresses":"x"}}}`, `{"Address_Set":{"U1":{"addresses":"y"}}}`},
			`Address_Set U1 addresses="y"` + "\n"},
		{"delete", []string{`{"Address_Set":{"U1":{"name":"a"},"U2":{"name":"b"}}}`, `{"Address_Set":{"U1":null}}`},
			`Address_Set U2 name="b"` + "\n"},
		{"delete and insert again", []string{`{"Address_Set":{"U1":{"name":"a","addresses":"x"}}}`, `{"Address_Set":{"U1":null}}`, `{"Address_Set":{"U1":{"name":"c"}}}`},
			`Address_Set U1 name="c"` + "\n"},
		{"a freed slot serves another row", []string{`{"Address_Set":{"U1":{"name":"a","addresses":"x"}}}`, `{"Address_Set":{"U1":null}}`, `{"Address_Set":{"U2":{"name":"c"}}}`},
			`Address_Set U2 name="c"` + "\n"},
		{"names starting with _ are ignored", []string{`{"_comment":"x \" y","_date":12,"_is_diff":true,"Address_Set":{"U1":{"name":"a"}}}`},
			`Address_Set U1 name="a"` + "\n"},
		{"names with escapes", []string{`{"Address_Set":{"U1":{"name":"\u0041\n\"\\"}}}`}, `Address_Set U1 name="\u0041\n\"\\"` + "\n"},
		{"_uuid and _version in a row are ignored", []string{`{"Address_Set":{"U1":{"_uuid":["uuid","U1"],"_version":["uuid","U2"],"name":"a"}}}`},
			`Address_Set U1 name="a"` + "\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := mustRead(t, db(tt.txns...), Options{})
			if got := dump(s); got != tt.want {
				t.Errorf("rows:\n%swant:\n%s", got, tt.want)
			}
			if len(s.Warnings) != 0 {
				t.Errorf("warnings: %v", s.Warnings)
			}
		})
	}
}

// framed frames transactions whose UUIDs are U1, U2, ...
func framed(txns []string) string {
	var b strings.Builder
	for _, txn := range txns {
		b.WriteString(record(magicStandalone, fill(txn)))
	}
	return b.String()
}

// db frames the test schema and transactions.
func db(txns ...string) string { return logOf(genSchema) + framed(txns) }

func TestDifferences(t *testing.T) {
	insert := `{"Address_Set":{"U1":{"name":"n","addresses":["set",["b","d"]]}},` +
		`"Datapath_Binding":{"U2":{"tunnel_key":1,"external_ids":["map",[["a","1"],["b","2"]]]}},` +
		`"Meter":{"U3":{"name":"m","bands":["uuid","U4"]}},` +
		`"IP_Multicast":{"U5":{"enabled":true,"size":7,"ports":["set",[9,10]],"rates":["set",[0.5,2]],"weights":["map",[[9,1.5],[10,2]]]}}}`
	tests := []struct {
		name, table, col string
		txns             []string
		want             string
	}{
		{"set: add", "Address_Set", "addresses", []string{`{"_is_diff":true,"Address_Set":{"U1":{"addresses":"c"}}}`}, `["set",["b","c","d"]]`},
		{"set: remove", "Address_Set", "addresses", []string{`{"_is_diff":true,"Address_Set":{"U1":{"addresses":"b"}}}`}, `"d"`},
		{"set: remove all", "Address_Set", "addresses", []string{`{"_is_diff":true,"Address_Set":{"U1":{"addresses":["set",["b","d"]]}}}`}, `["set",[]]`},
		{"set: both", "Address_Set", "addresses", []string{`{"_is_diff":true,"Address_Set":{"U1":{"addresses":["set",["a","b"]]}}}`}, `["set",["a","d"]]`},
		{"set: escapes compare decoded", "Address_Set", "addresses", []string{`{"_is_diff":true,"Address_Set":{"U1":{"addresses":"\u0062"}}}`}, `"d"`},
		{"set: the mark comes last", "Address_Set", "addresses", []string{`{"Address_Set":{"U1":{"addresses":"c"}},"_date":1,"_is_diff":true}`}, `["set",["b","c","d"]]`},
		{"set: the mark is false", "Address_Set", "addresses", []string{`{"Address_Set":{"U1":{"addresses":"c"}},"_is_diff":false}`}, `"c"`},
		{"set: chain", "Address_Set", "addresses", []string{
			`{"_is_diff":true,"Address_Set":{"U1":{"addresses":"c"}}}`,
			`{"_is_diff":true,"Address_Set":{"U1":{"addresses":["set",["b","e"]]}}}`,
			`{"_is_diff":true,"Address_Set":{"U1":{"addresses":["set",["c","b"]]}}}`}, `["set",["b","d","e"]]`},
		{"set: replaced in between", "Address_Set", "addresses", []string{
			`{"_is_diff":true,"Address_Set":{"U1":{"addresses":"c"}}}`,
			`{"Address_Set":{"U1":{"addresses":["set",["x","y"]]}}}`,
			`{"_is_diff":true,"Address_Set":{"U1":{"addresses":"y"}}}`}, `"x"`},
		{"set: emptied, then filled", "Address_Set", "addresses", []string{
			`{"_is_diff":true,"Address_Set":{"U1":{"addresses":["set",["b","d"]]}}}`,
			`{"_is_diff":true,"Address_Set":{"U1":{"addresses":["set",["b","z"]]}}}`}, `["set",["b","z"]]`},
		{"set: deleted and inserted again in one with the mark", "Address_Set", "addresses", []string{
			`{"_is_diff":true,"Address_Set":{"U1":null}}`,
			`{"_is_diff":true,"Address_Set":{"U1":{"addresses":["set",["b","q"]]}}}`}, `["set",["b","q"]]`},
		{"set: numbers sort as numbers", "IP_Multicast", "ports", []string{`{"_is_diff":true,"IP_Multicast":{"U5":{"ports":["set",[8,100]]}}}`}, `["set",[8,9,10,100]]`},
		{"set: reals", "IP_Multicast", "rates", []string{`{"_is_diff":true,"IP_Multicast":{"U5":{"rates":["set",[2.0,1e1]]}}}`}, `["set",[0.5,1e1]]`},
		{"set of at least one: from the default", "Meter", "bands", []string{
			`{"Meter":{"U3":null}}`, `{"Meter":{"U3":{"name":"x"}}}`,
			`{"_is_diff":true,"Meter":{"U3":{"bands":["set",[["uuid","U4"],["uuid","00000000-0000-0000-0000-000000000000"]]]}}}`}, `["uuid","U4"]`},
		{"set of at least one: a new row in one with the mark", "Meter", "bands", []string{
			`{"Meter":{"U3":null}}`, `{"_is_diff":true,"Meter":{"U3":{"bands":["uuid","U4"]}}}`}, `["uuid","U4"]`},
		{"scalar: replaced", "Address_Set", "name", []string{`{"_is_diff":true,"Address_Set":{"U1":{"name":"n"}}}`}, `"n"`},
		{"optional: replaced by the same", "IP_Multicast", "size", []string{`{"_is_diff":true,"IP_Multicast":{"U5":{"size":7}}}`}, `7`},
		{"optional: emptied", "IP_Multicast", "enabled", []string{`{"_is_diff":true,"IP_Multicast":{"U5":{"enabled":["set",[]]}}}`}, `["set",[]]`},
		{"map: add", "Datapath_Binding", "external_ids", []string{`{"_is_diff":true,"Datapath_Binding":{"U2":{"external_ids":["map",[["c","3"]]]}}}`}, `["map",[["a","1"],["b","2"],["c","3"]]]`},
		{"map: remove", "Datapath_Binding", "external_ids", []string{`{"_is_diff":true,"Datapath_Binding":{"U2":{"external_ids":["map",[["a","1"]]]}}}`}, `["map",[["b","2"]]]`},
		{"map: change", "Datapath_Binding", "external_ids", []string{`{"_is_diff":true,"Datapath_Binding":{"U2":{"external_ids":["map",[["a","9"]]]}}}`}, `["map",[["a","9"],["b","2"]]]`},
		{"map: from nothing", "Datapath_Binding", "external_ids", []string{
			`{"Datapath_Binding":{"U2":{"external_ids":["map",[]]}}}`,
			`{"_is_diff":true,"Datapath_Binding":{"U2":{"external_ids":["map",[["z","1"]]]}}}`}, `["map",[["z","1"]]]`},
		{"map: numbers", "IP_Multicast", "weights", []string{`{"_is_diff":true,"IP_Multicast":{"U5":{"weights":["map",[[9,1.50],[10,3],[1,1]]]}}}`}, `["map",[[1,1],[10,3]]]`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := mustRead(t, db(append([]string{insert}, tt.txns...)...), Options{})
			tab := s.Table(tt.table)
			c, ok := tab.Col(tt.col)
			if !ok {
				t.Fatalf("no column %s", tt.col)
			}
			for r := range tab.Rows() {
				if slices.Contains([]UUID{testUUID(1), testUUID(2), testUUID(3), testUUID(5)}, r.UUID()) {
					if got := string(r.Raw(c)); got != fill(tt.want) {
						t.Errorf("%s = %s, want %s", tt.col, got, fill(tt.want))
					}
				}
			}
			if len(s.Warnings) != 0 {
				t.Errorf("warnings: %v", s.Warnings)
			}
		})
	}
}

func TestAccessors(t *testing.T) {
	s := mustRead(t, db(`{"Logical_Flow":{"U1":{"logical_datapath":["uuid","U2"],"pipeline":"ingress","table_id":12,"priority":65535,`+
		`"match":"inport == \"a\"","actions":"next;","tags":["map",[["k","v"],["in_out_port","a\tb"]]],"controller_meter":["set",[]]},`+
		`"U3":{"logical_dp_group":["set",[["uuid","U4"]]],"controller_meter":["set",["m"]],"table_id":["set",[3]]}},`+
		`"IP_Multicast":{"U5":{"enabled":true,"ports":["set",[1,-2]],"size":8}},`+
		`"Meter":{"U6":{"bands":["set",[["uuid","U1"],["uuid","U2"]]]}},`+
		`"Address_Set":{"U7":{"addresses":["set",["x","\u00e9\ud83d\ude00"]]},"U8":{"addresses":"one"}}}`), Options{Schema: "OVN_Southbound"})
	if s.Name != "OVN_Southbound" || s.SchemaVersion != "20.27.0" {
		t.Errorf("schema %s %s", s.Name, s.SchemaVersion)
	}
	flows := s.Table("Logical_Flow")
	col := func(t *Table, name string) Col { c, _ := t.Col(name); return c }
	get := func(t *Table, n int) Row { r, _ := t.Get(testUUID(n)); return r }
	a, b := get(flows, 1), get(flows, 3)
	mc, meter, sets := s.Table("IP_Multicast"), s.Table("Meter"), s.Table("Address_Set")

	check := func(what string, got, want any) {
		t.Helper()
		if got != want {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
	}
	check("len", flows.Len(), 2)
	check("string", a.String(col(flows, "pipeline")), "ingress")
	check("string with escapes", a.String(col(flows, "match")), `inport == "a"`)
	check("string left out", b.String(col(flows, "match")), "")
	check("optional string, empty", a.String(col(flows, "controller_meter")), "")
	check("optional string, set", b.String(col(flows, "controller_meter")), "m")
	check("int", a.Int(col(flows, "priority")), int64(65535))
	check("int in a set of one", b.Int(col(flows, "table_id")), int64(3))
	check("int of a string", a.Int(col(flows, "match")), int64(0))
	check("has: scalar left out", b.Has(col(flows, "match")), true)
	check("has: empty optional", a.Has(col(flows, "controller_meter")), false)
	check("has: set optional", b.Has(col(flows, "controller_meter")), true)
	check("has: left out optional", b.Has(col(flows, "logical_datapath")), false)
	check("has: map", a.Has(col(flows, "tags")), true)
	check("has: no column", a.Has(NoCol), false)
	u, ok := a.Ref(col(flows, "logical_datapath"))
	check("ref", u, testUUID(2))
	check("ref set", ok, true)
	u, ok = b.Ref(col(flows, "logical_dp_group"))
	check("ref in a set of one", u, testUUID(4))
	_, ok = b.Ref(col(flows, "logical_datapath"))
	check("ref not set", ok, false)
	v, ok := a.MapGet(col(flows, "tags"), "in_out_port")
	check("map get", v, "a\tb")
	_, ok = a.MapGet(col(flows, "tags"), "nope")
	check("map get of nothing", ok, false)
	check("bool", get(mc, 5).Bool(col(mc, "enabled")), true)
	check("ints", slices.Equal(get(mc, 5).Ints(col(mc, "ports")), []int64{1, -2}), true)
	check("refs", slices.Equal(get(meter, 6).Refs(col(meter, "bands")), []UUID{testUUID(1), testUUID(2)}), true)
	check("strings", strings.Join(get(sets, 7).Strings(col(sets, "addresses")), "|"), "x|é😀")
	check("strings of one", strings.Join(get(sets, 8).Strings(col(sets, "addresses")), "|"), "one")
	check("raw", string(get(sets, 8).Raw(col(sets, "addresses"))), `"one"`)

	none := s.Table("No_Such_Table")
	check("no table", none == nil, true)
	c, ok := none.Col("x")
	check("no table's column", c, NoCol)
	check("no table's len", none.Len(), 0)
	for range none.Rows() {
		t.Error("a row of no table")
	}
	_, ok = none.Get(testUUID(1))
	check("no table's row", ok, false)
	check("zero row", a.String(NoCol)+b.String(-5), "")
}

func TestRowsAreSorted(t *testing.T) {
	for _, n := range []int{10, 3 * manyRows} {
		var b bytes.Buffer
		if err := generate(&b, n, 10); err != nil {
			t.Fatal(err)
		}
		s := mustRead(t, b.String(), Options{Wanted: flowColumns})
		flows := s.Table("Logical_Flow")
		var last UUID
		count := 0
		for r := range flows.Rows() {
			if count++; last.Compare(r.UUID()) >= 0 {
				t.Fatalf("%s comes after %s", r.UUID(), last)
			}
			last = r.UUID()
			if got, ok := flows.Get(last); !ok || got != r {
				t.Fatalf("Get(%s) finds another row", last)
			}
		}
		unsorted := 0
		for range flows.Unsorted() {
			unsorted++
		}
		if count != n || unsorted != n || flows.Len() != n {
			t.Errorf("%d rows sorted, %d unsorted, Len %d, want %d", count, unsorted, flows.Len(), n)
		}
	}
}

func TestWanted(t *testing.T) {
	s := mustRead(t, db(`{"Address_Set":{"U1":{"name":"a","addresses":"x"}},"Meter":{"U2":{"name":"b"}}}`),
		Options{Wanted: Wanted{"Address_Set": {"name", "future"}}})
	if got, want := dump(s), "Address_Set U1 name=\"a\"\n"; got != want {
		t.Errorf("rows:\n%swant:\n%s", got, want)
	}
	if s.Table("Meter") != nil {
		t.Error("a table that was not wanted")
	}
}

func TestDamage(t *testing.T) {
	first := `{"Address_Set":{"U1":{"name":"a","addresses":["set",["b","d"]]}}}`
	good := db(first)
	size := len(good)
	tests := []struct {
		name string
		tail string // after the schema and one good transaction
		warn string
		at   int // byte, counted from the end of the good part
	}{
		{"torn header", "OVSDB JS", "torn", 0},
		{"torn record", framed([]string{`{"Address_Set":{"U2":{"name":"b"}}}`})[:80], "torn", 0},
		{"garbage", "garbage\nmore\n", "no record begins here", 0},
		{"zeros", strings.Repeat("\x00", 4096), "zeros", 0},
		{"bad checksum", strings.Replace(framed([]string{`{"Address_Set":{"U2":{"name":"b"}}}`}), `"b"`, `"c"`, 1), "bad checksum", 0},
		{"2^60 bytes", "OVSDB JSON 1152921504606846976 " + strings.Repeat("0", 40) + "\n{", "claims 1152921504606846976 bytes", 0},
		{"more than 2^63 bytes", "OVSDB JSON 99999999999999999999 " + strings.Repeat("0", 40) + "\n{", "no record begins here", 0},
		{"no length", "OVSDB JSON 0 " + strings.Repeat("0", 40) + "\n{", "no record begins here", 0},
		{"another magic", record("CLUSTER", "{}"), `kind "CLUSTER"`, 0},
		{"bad JSON", record(magicStandalone, `{"Address_Set":{`), "not valid JSON", -1},
		{"no object", record(magicStandalone, `[1]`), "no JSON object", -1},
		{"two objects", record(magicStandalone, `{} {}`), "something follows", -1},
		{"unknown table", record(magicStandalone, `{"Nope":{}}`), `no table "Nope"`, -1},
		{"unknown column", framed([]string{`{"Address_Set":{"U2":{"nope":1}}}`}), `no column "nope"`, -1},
		{"bad UUID", framed([]string{`{"Address_Set":{"123":{"name":"x"}}}`}), "no UUID", -1},
		{"bad type", framed([]string{`{"Address_Set":{"U2":{"name":12}}}`}), "12 is no value of its type", -1},
		{"deleting what is not there", framed([]string{`{"Address_Set":{"U2":null}}`}), "does not exist", -1},
		{"part of a transaction does not count", framed([]string{`{"Address_Set":{"U2":{"name":"b"},"U3":null}}`}), "does not exist", -1},
		{"a table that is no object", framed([]string{`{"Address_Set":[]}`}), "no JSON object", -1},
		{"a row that is no object", framed([]string{`{"Address_Set":{"U2":[]}}`}), "no JSON object", -1},
		{"a difference of another type", framed([]string{`{"_is_diff":true,"Address_Set":{"U1":{"addresses":["set",[1]]}}}`}), "does not fit", -1},
		{"a difference with an element twice", framed([]string{`{"_is_diff":true,"Address_Set":{"U1":{"addresses":["set",["x","x"]]}}}`}), "twice", -1},
		{"a nest too deep", record(magicStandalone, `{"_comment":`+strings.Repeat("[", 5000)+strings.Repeat("]", 5000)+`}`), "not valid JSON", -1},
		{"a string without end", record(magicStandalone, `{"_comment":"abc`), "not valid JSON", -1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := mustRead(t, good+tt.tail, Options{})
			if got, want := dump(s), "Address_Set U1 addresses=[\"set\",[\"b\",\"d\"]] name=\"a\"\n"; got != want {
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
	nb := strings.Replace(genSchema, "OVN_Southbound", "OVN_Northbound", 1)
	torn := db(`{"Address_Set":{"U1":{"name":"a"}}}`)
	tests := []struct {
		name, data string
		is         error
		text       string
	}{
		{"empty", "", ErrEmpty, "test.db: the file is empty"},
		{"text", "hello world", ErrNotOVSDB, "hello world"},
		{"one byte", "O", ErrNotOVSDB, "no OVSDB database"},
		{"northbound", logOf(nb), ErrWrongSchema, "this is an OVN_Northbound database (schema version 20.27.0), not OVN_Southbound; the northbound"},
		{"torn schema", db()[:500], ErrDamaged, "the first record, which holds the schema, cannot be read: the file is torn"},
		{"bad checksum of the schema", strings.Replace(db(), `"cksum":"1 1"`, `"cksum":"1 2"`, 1), ErrDamaged, "bad checksum"},
		{"schema that is none", logOf(`{"name":"OVN_Southbound"}`), ErrDamaged, "no tables"},
		{"schema with a bad type", logOf(`{"name":"OVN_Southbound","tables":{"T":{"columns":{"c":{"type":"int"}}}}}`), ErrDamaged, `"int" is no atomic type`},
		{"only data record torn", torn[:len(torn)-5], ErrNoData, "torn"},
		{"only data record damaged", torn[:len(torn)-5] + "xxxxx", ErrNoData, "bad checksum"},
		{"unknown magic", record("RELAY", "{}"), ErrNotOVSDB, `"RELAY"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Read(t.Context(), "test.db", []byte(tt.data), Options{Schema: "OVN_Southbound"})
			var e *Error
			if !errors.Is(err, tt.is) || !errors.As(err, &e) || !strings.Contains(err.Error(), tt.text) {
				t.Errorf("error %v, want %v with %q", err, tt.is, tt.text)
			}
		})
	}
}

func TestFiles(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o666); err != nil {
			t.Fatal(err)
		}
		return path
	}
	var plain, big, gz bytes.Buffer
	if err := errors.Join(generate(&plain, 100, 3), generate(&big, 50_000, 3)); err != nil {
		t.Fatal(err)
	}
	if big.Len() < mapFrom {
		t.Fatalf("%d bytes are not mapped", big.Len())
	}
	z := gzip.NewWriter(&gz)
	z.Write(plain.Bytes())
	z.Close()
	tests := []struct {
		name string
		data []byte
		rows int
	}{
		{"plain.db", plain.Bytes(), 100},
		{"packed.db", gz.Bytes(), 100},
		{"big.db", big.Bytes(), 50_000},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var last int64
			s, err := Open(t.Context(), write(tt.name, tt.data), Options{Progress: func(done, _ int64) { last = done }})
			if err != nil {
				t.Fatal(err)
			}
			if got := s.Table("Logical_Flow").Len(); got != tt.rows {
				t.Errorf("%d rows, want %d", got, tt.rows)
			}
			if len(tt.data) > lookStep && last == 0 {
				t.Error("no progress was told")
			}
			if err := errors.Join(s.Close(), s.Close()); err != nil {
				t.Error(err)
			}
		})
	}
	if _, err := Open(t.Context(), filepath.Join(dir, "none"), Options{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
	if _, err := Open(t.Context(), dir, Options{}); err == nil {
		t.Error("a directory opened")
	}
	if _, err := Open(t.Context(), write("small.gz", gz.Bytes()), Options{MaxBytes: 1000}); !errors.Is(err, ErrTooBig) {
		t.Errorf("a limit on bytes: %v", err)
	}
	if _, err := Open(t.Context(), write("torn.gz", gz.Bytes()[:gz.Len()/2]), Options{}); err == nil {
		t.Error("half a gzip file opened without a word")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Open(ctx, write("big2.db", big.Bytes()), Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled load: %v", err)
	}
}

func TestFileCutShort(t *testing.T) {
	if !canMap {
		t.Skip("files are not mapped here")
	}
	var b bytes.Buffer
	if err := generate(&b, 50_000, 3); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "a.db")
	if err := os.WriteFile(path, b.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
	o := &Options{}
	src, err := openFile(t.Context(), path, o)
	if err != nil || !src.mapped {
		t.Fatalf("mapped %v: %v", src != nil && src.mapped, err)
	}
	if err := os.Truncate(path, 1<<20); err != nil {
		t.Fatal(err)
	}
	if _, err := readLog(t.Context(), path, src, o, nil); !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), "cut short while it was read") {
		t.Errorf("error %v", err)
	}
}

func TestFingerprint(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.db")
	take := func(data string) Fingerprint {
		t.Helper()
		if err := os.WriteFile(path, []byte(data), 0o666); err != nil {
			t.Fatal(err)
		}
		when := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
		if err := os.Chtimes(path, when, when); err != nil {
			t.Fatal(err)
		}
		f, err := TakeFingerprint(path)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	base := take(sbOne)
	if again := take(sbOne); !again.Equal(base) {
		t.Error("the same file has two fingerprints")
	}
	for name, data := range map[string]string{
		"another row of the same length": sbTwo, "one more record": sbOne + record(magicStandalone, "{}"), "packed": gzipped(sbOne), "torn": sbOne[:len(sbOne)-1], "empty": "",
		"another end of a torn record": sbOne + "OVSDB JSON 99 " + strings.Repeat("0", 40) + "\nx",
	} {
		if take(data).Equal(base) {
			t.Errorf("%s: the fingerprint is the same", name)
		}
	}
	if take(gzipped(sbOne)) == take(gzipped(sbTwo)) {
		t.Error("two packed files have one fingerprint")
	}
	if _, err := TakeFingerprint(dir); err == nil {
		t.Error("a folder has a fingerprint")
	}
}

func TestDangling(t *testing.T) {
	s := mustRead(t, db(`{"Datapath_Binding":{"U2":{"tunnel_key":1}},"Logical_DP_Group":{"U3":{"datapaths":["set",[["uuid","U2"],["uuid","U4"]]]}},`+
		`"Logical_Flow":{"U1":{"logical_datapath":["uuid","U2"]},"U5":{"logical_dp_group":["uuid","U9"]}}}`), Options{})
	for table, want := range map[string]string{
		"Logical_Flow":     "column logical_dp_group points at row U9 of table Logical_DP_Group, which does not exist",
		"Logical_DP_Group": "column datapaths points at row U4 of table Datapath_Binding, which does not exist",
		"Datapath_Binding": "", "None": "",
	} {
		list := s.Dangling(table)
		if want == "" && len(list) == 0 {
			continue
		}
		if len(list) != 1 || list[0].Text != fill(want) {
			t.Errorf("%s: %v, want %s", table, list, want)
			continue
		}
		if text := list[0].String(); !strings.HasPrefix(text, "test.db: byte ") || !strings.Contains(text, ", table "+table+", row ") {
			t.Errorf("no place in %s", text)
		}
	}
	r, _ := s.Table("Logical_Flow").Get(testUUID(5))
	if e := r.Error(ErrDamaged, "no %s", "good"); !errors.Is(e, ErrDamaged) || !strings.HasSuffix(e.Error(), "table Logical_Flow, row "+uuidText(5)+": no good") {
		t.Errorf("%v", e)
	}
}
