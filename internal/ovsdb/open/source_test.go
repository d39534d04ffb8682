package open

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/ovsdbtest"
)

// TestZip finds databases in zip archives in files, streams and other archives.
func TestZip(t *testing.T) {
	notes := strings.Repeat("no database\n", 100)
	for _, tt := range []struct {
		name  string
		files []string
		path  string
		want  string // the snapshot's file below the directory
	}{
		{"alone", []string{"a.zip", ovsdbtest.Zipped("x.db", sbOne)}, "a.zip", "a.zip//x.db"},
		{"stored", []string{"a.zip", ovsdbtest.Zipped("x.stored", sbOne)}, "a.zip", "a.zip//x.stored"},
		{"by zstd", []string{"a.zip", ovsdbtest.Zipped("x.zstd", sbOne)}, "a.zip", "a.zip//x.zstd"},
		{"beside others", []string{"a.zip", ovsdbtest.Zipped("d/", "", "d/notes", notes, "l", "-> d/notes", "nb", nbOne, "d/x", sbOne)}, "a.zip", "a.zip//d/x"},
		{"a member", []string{"a.zip", ovsdbtest.Zipped("x", sbOne, "y", sbOne)}, "a.zip//y", "a.zip//y"},
		{"packed member", []string{"a.zip", ovsdbtest.Zipped("x.gz", ovsdbtest.Gzipped(sbOne))}, "a.zip", "a.zip//x.gz"},
		{"outside of its directory", []string{"a.zip", ovsdbtest.Zipped("../../x", sbOne)}, "a.zip", "a.zip//x"},
		{"in a directory", []string{"d/a.zip", ovsdbtest.Zipped("x", sbOne)}, "d", "d//a.zip//x"},
		{"in an archive", []string{"a.tar.gz", ovsdbtest.Gzipped(ovsdbtest.Tarred("b.zip", ovsdbtest.Zipped("x", sbOne)))}, "a.tar.gz", "a.tar.gz//b.zip//x"},
		{"an archive in it", []string{"a.zip", ovsdbtest.Zipped("b.tar", ovsdbtest.Tarred("x", sbOne))}, "a.zip", "a.zip//b.tar//x"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := layOut(t, tt.files...)
			s, err := Path(t.Context(), dir+"/"+tt.path, ovsdb.Options{Schema: "OVN_Southbound"})
			if err != nil {
				t.Fatal(err)
			}
			if ovsdbtest.SetName(s) != "one" || s.File != dir+"/"+tt.want || len(s.Warnings) != 0 {
				t.Errorf("%q of %s, %v", ovsdbtest.SetName(s), s.File, s.Warnings)
			}
		})
	}
	s := mustRead(t, ovsdbtest.Zipped("x", sbOne), ovsdb.Options{})
	if ovsdbtest.SetName(s) != "one" {
		t.Error("an archive in memory")
	}
}

// TestSpecialFiles opens files that are not on a disk.
func TestSpecialFiles(t *testing.T) {
	if runtime.GOOS == "linux" {
		for _, path := range []string{"/proc", "/proc/", "/proc/self", "/proc/cpuinfo", "/sys", "/proc//x"} {
			if _, err := Path(t.Context(), path, ovsdb.Options{}); !errors.Is(err, ovsdb.ErrNotOVSDB) || !strings.Contains(err.Error(), "the kernel's ") {
				t.Errorf("%s: %v", path, err)
			}
		}
		if _, err := Path(t.Context(), "/dev/full", ovsdb.Options{}); !errors.Is(err, ovsdb.ErrNotOVSDB) {
			t.Errorf("/dev/full: %v", err)
		}
	}
	dir, err := os.MkdirTemp("", "ow") // whose sockets have short paths
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	l, err := net.Listen("unix", dir+"/s")
	if err != nil {
		t.Skip(err)
	}
	defer l.Close()
	if _, err := Path(t.Context(), dir+"/s", ovsdb.Options{}); !errors.Is(err, ovsdb.ErrNotOVSDB) || !strings.Contains(err.Error(), "a server is unix:"+dir+"/s") {
		t.Errorf("a socket: %v", err)
	}
}

// layOut writes names and contents in turn below a directory.
func layOut(t *testing.T, files ...string) string {
	t.Helper()
	dir := t.TempDir()
	for i := 0; i < len(files); i += 2 {
		path := filepath.Join(dir, filepath.FromSlash(files[i]))
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o777), os.WriteFile(path, []byte(files[i+1]), 0o666)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// The databases of the tests, each with one address set.
var (
	sbOne   = ovsdbtest.Database(setRow(1, "one"))
	sbTwo   = ovsdbtest.Database(setRow(1, "two"))
	sbRaft  = cluster(raftHeader(setRow(1, "raft")))
	nbOne   = ovsdbtest.Log(strings.Replace(ovsdbtest.Schema, "OVN_Southbound", "OVN_Northbound", 1))
	notes   = "2026-01-01T00:00:00Z|00001|vlog|INFO|opened log file\n"
	dumpOne = ovsdbtest.Fill(`{"caption":"Address_Set table","data":[[["uuid","U1"],["set",["x","y"]],"dump"]],"headings":["_uuid","addresses","name"]}
{"caption":"Port_Binding table","data":[],"headings":["_uuid","logical_port"]}
`)
	listSets  = ovsdbtest.Fill(`{"data":[[["uuid","U1"],["set",["x","y"]],"listed"]],"headings":["_uuid","addresses","name"]}`)
	listFlows = ovsdbtest.Fill(`{"data":[[["uuid","U2"],"next;",["uuid","U3"],7]],"headings":["_uuid","actions","logical_datapath","priority"]}`)
)

func TestSources(t *testing.T) {
	indented := strings.NewReplacer(",", ",\n    ", "[", "[\n  ", ":", ": ").Replace(dumpOne)
	tests := []struct {
		name  string
		files []string // name and content in turn; the path opened is PATH in the directory
		path  string
		want  string // the address set's name
		file  string // the end of Snapshot.File
	}{
		{"plain", []string{"a", sbOne}, "a", "one", "/a"},
		{"gzip", []string{"a", ovsdbtest.Gzipped(sbOne)}, "a", "one", "/a"},
		{"zstd", []string{"a", ovsdbtest.Zstded(sbOne)}, "a", "one", "/a"},
		{"xz", []string{"a", ovsdbtest.Xzed(sbOne)}, "a", "one", "/a"},
		{"gzip in zstd", []string{"a", ovsdbtest.Zstded(ovsdbtest.Gzipped(sbOne))}, "a", "one", "/a"},
		{"gzip in parts", []string{"a", ovsdbtest.Gzipped(sbOne[:1000]) + ovsdbtest.Gzipped(sbOne[1000:])}, "a", "one", "/a"},
		{"raft", []string{"a", sbRaft}, "a", "raft", "/a"},
		{"raft, xz", []string{"a", ovsdbtest.Xzed(sbRaft)}, "a", "raft", "/a"},
		{"dump", []string{"a.json", dumpOne}, "a.json", "dump", "/a.json"},
		{"dump, indented", []string{"a.json", indented}, "a.json", "dump", "/a.json"},
		{"dump, gzip", []string{"a", ovsdbtest.Gzipped(dumpOne)}, "a", "dump", "/a"},
		{"table named by its file", []string{"Address_Set.json.gz", ovsdbtest.Gzipped(listSets)}, "Address_Set.json.gz", "listed", "/Address_Set.json.gz"},
		{"directory", []string{"d/a", sbOne, "d/log.txt", notes, "d/nb", nbOne}, "d", "one", "/d//a"},
		{"directory with a lock file", []string{"d/ovnsb_db.db", sbOne, "d/.ovnsb_db.db.~lock~", ""}, "d", "one", "/d//ovnsb_db.db"},
		{"directory with a slash", []string{"d/x/a", sbOne}, "d/x/", "one", "/d/x//a"},
		{"member behind a doubled slash", []string{"d/a.tar", ovsdbtest.Tarred("x/a", sbOne, "x/b", sbTwo)}, "/d//a.tar//x/b", "two", "//d//a.tar//x/b"},
		{"directory of tables", []string{"d/Address_Set.json", listSets, "d/Logical_Flow.json", listFlows}, "d", "listed", "/d"},
		{"directory with a directory of tables", []string{"d/x/Address_Set", listSets, "d/x/Logical_Flow", listFlows, "d/nb", nbOne}, "d", "listed", "/d//x"},
		{"member of a directory", []string{"d/x/a", sbOne, "d/x/b", sbTwo}, "d//x/b", "two", "/d//x/b"},
		{"directory of tables as member", []string{"d/x/Address_Set", listSets, "d/x/Logical_Flow", listFlows, "d/y", sbOne}, "d//x", "listed", "/d//x"},
		{"tar", []string{"a.tar", ovsdbtest.Tarred("leader_sbdb", sbOne, "leader_nbdb", nbOne)}, "a.tar", "one", "/a.tar//leader_sbdb"},
		{
			"must-gather of one leader",
			[]string{"mg.tar.gz", ovsdbtest.Gzipped(ovsdbtest.Tarred("mg/network_logs/leader_nbdb.gz", ovsdbtest.Gzipped(nbOne), "mg/network_logs/leader_sbdb.gz", ovsdbtest.Gzipped(sbRaft), "mg/x.log", notes))},
			"mg.tar.gz", "raft", "/mg.tar.gz//mg/network_logs/leader_sbdb.gz",
		},
		{
			"must-gather of a store",
			[]string{"mg/network_logs/ovnk_database_store.tar.gz", ovsdbtest.Gzipped(ovsdbtest.Tarred("./ovnk_database_store/ovnkube-node-1_nbdb", nbOne, "./ovnk_database_store/ovnkube-node-1_sbdb", sbOne))},
			"mg", "one", "/mg//network_logs/ovnk_database_store.tar.gz//ovnk_database_store/ovnkube-node-1_sbdb",
		},
		{"member of a store", []string{"mg/store.tar.gz", ovsdbtest.Gzipped(ovsdbtest.Tarred("s/1_sbdb", sbOne, "s/2_sbdb", sbTwo))}, "mg//store.tar.gz//s/2_sbdb", "two", "//store.tar.gz//s/2_sbdb"},
		{"sosreport", []string{"sos.tar.xz", ovsdbtest.Xzed(ovsdbtest.Tarred("sos/var/lib/openvswitch/ovn/ovnsb_db.db", sbOne, "sos/etc/openvswitch/ovnsb_db.db", "-> ../../var/lib/openvswitch/ovn/ovnsb_db.db",
			"sos/sos_commands/ovn_central/ovn-sbctl_list_Encap", "_uuid : 1\n"))}, "sos.tar.xz", "one", "//sos/var/lib/openvswitch/ovn/ovnsb_db.db"},
		{"member of a tar", []string{"a.tar", ovsdbtest.Tarred("x/a", sbOne, "x/b", sbTwo)}, "a.tar//x/b", "two", "/a.tar//x/b"},
		{"tables in a tar", []string{"a.tar", ovsdbtest.Tarred("Address_Set.json", listSets, "Logical_Flow.json", listFlows)}, "a.tar", "listed", "/a.tar"},
		{"tar in a tar", []string{"a.tar", ovsdbtest.Tarred("b.tar.zst", ovsdbtest.Zstded(ovsdbtest.Tarred("c", sbOne)))}, "a.tar", "one", "/a.tar//b.tar.zst//c"},
		{"JSON of other things is passed over", []string{"d/a", sbOne, "d/pod.json", `{"data":{"key":"value"}}`, "d/x.json", `{"items":[]}`}, "d", "one", "/d//a"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := layOut(t, tt.files...)
			s, err := Path(t.Context(), dir+"/"+tt.path, ovsdb.Options{Schema: "OVN_Southbound"})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			if got := ovsdbtest.SetName(s); got != tt.want {
				t.Errorf("the address set is %q, want %q", got, tt.want)
			}
			if !strings.HasSuffix(s.File, tt.file) {
				t.Errorf("the snapshot's file is %s, want ...%s", s.File, tt.file)
			}
			if len(s.Warnings) > 0 {
				t.Errorf("warnings: %v", s.Warnings)
			}
		})
	}
}

func TestSeveral(t *testing.T) {
	tests := []struct {
		name  string
		files []string
		path  string
		want  []string
	}{
		{"directory", []string{"d/b", sbRaft, "d/a", sbOne, "d/nb", nbOne}, "d", []string{"/d//a (OVN_Southbound, standalone)", "/d//b (OVN_Southbound, clustered)"}},
		{
			"tar",
			[]string{"a.tgz", ovsdbtest.Gzipped(ovsdbtest.Tarred("s/1_sbdb", sbOne, "s/1_nbdb", nbOne, "s/2_sbdb.gz", ovsdbtest.Gzipped(sbTwo)))},
			"a.tgz",
			[]string{"/a.tgz//s/1_sbdb (OVN_Southbound, standalone)", "/a.tgz//s/2_sbdb.gz (OVN_Southbound, standalone)"},
		},
		{
			"directories of tables",
			[]string{"d/x/Address_Set.json", listSets, "d/x/Logical_Flow.json", listFlows, "d/y/Logical_Flow.json", listFlows},
			"d",
			[]string{"/d//x (OVN_Southbound, dump)", "/d//y/Logical_Flow.json (OVN_Southbound, dump)"},
		},
		{"a dump beside a log", []string{"d/a", sbOne, "d/dump.json", dumpOne}, "d", []string{"/d//a (OVN_Southbound, standalone)", "/d//dump.json (OVN_Southbound, dump)"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := layOut(t, tt.files...)
			_, err := Path(t.Context(), dir+"/"+tt.path, ovsdb.Options{Schema: "OVN_Southbound"})
			var several *ovsdb.SeveralError
			if !errors.As(err, &several) || !errors.Is(err, ovsdb.ErrSeveral) {
				t.Fatalf("error %v, want a list", err)
			}
			if len(several.Members) != len(tt.want) {
				t.Fatalf("%v", err)
			}
			for i, m := range several.Members {
				if !strings.HasSuffix(m.String(), tt.want[i]) || !strings.Contains(err.Error(), m.String()) {
					t.Errorf("member %s, want ...%s", m, tt.want[i])
				}
				s, err := Path(t.Context(), m.Path, ovsdb.Options{Schema: "OVN_Southbound"})
				if err != nil {
					t.Errorf("the path of a listed member cannot be opened: %v", err)
				} else {
					s.Close()
				}
			}
		})
	}
}

func TestSourceErrors(t *testing.T) {
	bomb := ovsdbtest.Gzipped(strings.Repeat("\x00", 10<<20))
	deep := sbOne
	for range 7 {
		deep = ovsdbtest.Gzipped(deep)
	}
	window := []byte(ovsdbtest.Xzed(sbOne))
	window[12+4] = 40 // the dictionary size in the first block's header
	tests := []struct {
		name  string
		files []string
		path  string
		o     ovsdb.Options
		is    error
		text  string
	}{
		{"northbound, plain", []string{"a", nbOne}, "a", ovsdb.Options{}, ovsdb.ErrWrongSchema, "this is an OVN_Northbound database (schema version 20.27.0)"},
		{"northbound, packed", []string{"a", ovsdbtest.Gzipped(nbOne)}, "a", ovsdb.Options{}, ovsdb.ErrWrongSchema, "this is an OVN_Northbound database (schema version 20.27.0)"},
		{"northbound alone in a directory", []string{"d/a", nbOne}, "d", ovsdb.Options{}, ovsdb.ErrWrongSchema, "no OVN_Southbound database, but:"},
		{"northbound member", []string{"a.tar", ovsdbtest.Tarred("x", nbOne, "y", sbOne)}, "a.tar//x", ovsdb.Options{}, ovsdb.ErrWrongSchema, "this is an OVN_Northbound database"},
		{"northbound dump", []string{"a", ovsdbtest.Fill(`{"caption":"Logical_Switch table","data":[[["uuid","U1"]]],"headings":["_uuid"]}`)}, "a", ovsdb.Options{}, ovsdb.ErrWrongSchema, "this is an OVN_Northbound database"},
		{"directory without any", []string{"d/a", notes}, "d", ovsdb.Options{}, ovsdb.ErrNotOVSDB, "no database was found"},
		{"text", []string{"a", notes}, "a", ovsdb.Options{}, ovsdb.ErrNotOVSDB, "it begins"},
		{"packed text", []string{"a", ovsdbtest.Gzipped(notes)}, "a", ovsdb.Options{}, ovsdb.ErrNotOVSDB, "it begins"},
		{"packed nothing", []string{"a", ovsdbtest.Gzipped("")}, "a", ovsdb.Options{}, ovsdb.ErrEmpty, "the file is empty"},
		{"JSON", []string{"a", `{"data":{}}`}, "a", ovsdb.Options{}, ovsdb.ErrNotOVSDB, "not a printed table"},
		{"no such member", []string{"a.tar", ovsdbtest.Tarred("x", sbOne)}, "a.tar//y", ovsdb.Options{}, ovsdb.ErrNotOVSDB, "no database has this path or end of a path; give one of them:\n"},
		{"bomb", []string{"a", bomb}, "a", ovsdb.Options{}, ovsdb.ErrNotOVSDB, "it begins"},
		{"bomb behind a header", []string{"a", ovsdbtest.Gzipped("OVSDB JSON 10000000 " + strings.Repeat("0", 40) + "\n" + strings.Repeat(" ", 10<<20))}, "a", ovsdb.Options{MaxBytes: 1 << 20}, ovsdb.ErrTooBig, "limit"},
		{"database past the limit", []string{"a", ovsdbtest.Gzipped(sbOne)}, "a", ovsdb.Options{MaxBytes: 100}, ovsdb.ErrTooBig, "limit 100 bytes"},
		{"archive past the limit", []string{"a.tar", ovsdbtest.Tarred("x", strings.Repeat("x", 2000))}, "a.tar", ovsdb.Options{MaxBytes: 100}, ovsdb.ErrTooBig, "limit of 1600 bytes"},
		{"packed too deep", []string{"a", deep}, "a", ovsdb.Options{}, ovsdb.ErrTooBig, "more than 6 layers of compression and archives; unpack it first"},
		{"bzip2", []string{"a", "BZh91AY&SY"}, "a", ovsdb.Options{}, ovsdb.ErrNotOVSDB, "this is compressed by bzip2"},
		{"7-Zip", []string{"a", "7z\xbc\xaf\x27\x1c\x00\x04"}, "a", ovsdb.Options{}, ovsdb.ErrNotOVSDB, "this is a 7-Zip archive"},
		{"torn zip", []string{"a", ovsdbtest.Zipped("x", sbOne)[:200]}, "a", ovsdb.Options{}, ovsdb.ErrDamaged, "cannot be unpacked: zip:"},
		{"zip without any", []string{"a", ovsdbtest.Zipped("x", notes)}, "a", ovsdb.Options{}, ovsdb.ErrNotOVSDB, "no database was found"},
		{"zip past the limit", []string{"a", ovsdbtest.Zipped("x", sbOne)}, "a", ovsdb.Options{MaxBytes: 100}, ovsdb.ErrTooBig, "limit"},
		{"zip bomb", []string{"a", ovsdbtest.Zipped("x", "OVSDB JSON 900000 "+strings.Repeat("0", 40)+"\n"+strings.Repeat(" ", 10<<20))}, "a", ovsdb.Options{MaxBytes: 1 << 20}, ovsdb.ErrTooBig, "limit"},
		{"a record that claims too much", []string{"a", ovsdbtest.Gzipped("OVSDB JSON 6442450944 " + strings.Repeat("0", 40) + "\n{}")}, "a", ovsdb.Options{}, ovsdb.ErrTooBig, "the first record claims 6442450944 bytes (limit 4294967296 bytes)"},
		{"a dictionary too big", []string{"a", string(window)}, "a", ovsdb.Options{}, ovsdb.ErrTooBig, "dictionary"},
		{"archive that is cut off", []string{"a.tar.gz", ovsdbtest.Gzipped(ovsdbtest.Tarred("x", sbOne))[:30]}, "a.tar.gz", ovsdb.Options{}, ovsdb.ErrDamaged, "the file is cut off; copy it again"},
		{"gzip header alone", []string{"a", "\x1f\x8b\x08"}, "a", ovsdb.Options{}, ovsdb.ErrDamaged, "cannot be unpacked"},
		{"table without a name", []string{"0.json", listSets}, "0.json", ovsdb.Options{}, ovsdb.ErrNotOVSDB, "TABLE=FILE"},
		{"table without _uuid", []string{"Encap.json", `{"data":[["geneve"]],"headings":["type"]}`}, "Encap.json", ovsdb.Options{}, ovsdb.ErrDamaged, "no _uuid column"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := layOut(t, tt.files...)
			tt.o.Schema = "OVN_Southbound"
			_, err := Path(t.Context(), dir+"/"+tt.path, tt.o)
			if !errors.Is(err, tt.is) || !strings.Contains(err.Error(), tt.text) {
				t.Errorf("error %v, want %v with %q", err, tt.is, tt.text)
			}
		})
	}
}

func TestTruncatedCompression(t *testing.T) {
	// Random text compresses badly, so that a truncation is late in the text.
	var noise strings.Builder
	for i := range 500 {
		fmt.Fprintf(&noise, `%s`, ovsdbtest.UUID(i))
	}
	text := ovsdbtest.Database(setRow(1, "one"), `{"_comment":"`+noise.String()+`"}`)
	for name, pack := range map[string]func(string) string{"gzip": ovsdbtest.Gzipped, "zstd": ovsdbtest.Zstded, "xz": ovsdbtest.Xzed} {
		t.Run(name, func(t *testing.T) {
			whole := pack(text)
			if name != "gzip" {
				// Such a block is decompressed completely or not at all.
				whole = pack(text) + pack(strings.Repeat(noise.String(), 2))
			}
			s := mustRead(t, whole[:len(whole)-200], ovsdb.Options{})
			if got := ovsdbtest.SetName(s); got != "one" {
				t.Errorf("the address set is %q", got)
			}
			if len(s.Warnings) == 0 || !strings.Contains(s.Warnings[0].Text, "truncated or damaged") {
				t.Errorf("warnings %v", s.Warnings)
			}
		})
	}
}

func TestDumps(t *testing.T) {
	s := mustRead(t, dumpOne, ovsdb.Options{Schema: "OVN_Southbound"})
	if s.Name != "OVN_Southbound" || s.Schema != nil {
		t.Errorf("name %q, schema %v", s.Name, s.Schema)
	}
	if got, want := ovsdbtest.Dump(s), `Address_Set U1 addresses=["set",["x","y"]] name="dump"`+"\n"; got != want {
		t.Errorf("rows:\n%swant:\n%s", got, want)
	}
	if got := strings.Join(s.Tables(), " "); got != "Address_Set Port_Binding" {
		t.Errorf("tables %s", got)
	}

	tests := []struct {
		name, text string
		rows, warn string
	}{
		{"torn in a row", strings.TrimSpace(dumpOne)[:len(dumpOne)-30], `Address_Set U1 addresses=["set",["x","y"]] name="dump"`, "truncated or not JSON, within the table"},
		{"a row twice", ovsdbtest.Fill(`{"caption":"A table","headings":["_uuid"],"data":[[["uuid","U1"]],[["uuid","U1"]]]}`), "A U1", "the row occurs twice"},
		{"a row too long", ovsdbtest.Fill(`{"caption":"A table","headings":["_uuid"],"data":[[["uuid","U1"]],[["uuid","U2"],1]]}`), "A U1", "not a list of 1 values"},
		{"a row without a UUID", ovsdbtest.Fill(`{"caption":"A table","headings":["_uuid"],"data":[[["uuid","U1"]],["x"]]}`), "A U1", "without a UUID"},
		{"a table twice", ovsdbtest.Fill(`{"caption":"A table","headings":["_uuid"],"data":[[["uuid","U1"]]]}{"caption":"A table","headings":["_uuid"],"data":[]}`), "A U1", "the table occurs twice"},
		{"something else behind", ovsdbtest.Fill(`{"caption":"A table","headings":["_uuid"],"data":[[["uuid","U1"]]]}{"caption":"B table","headings":["_uuid"],"data":[]}oops`), "A U1", "no table at this position"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := mustRead(t, tt.text, ovsdb.Options{})
			if got := strings.TrimSpace(ovsdbtest.Dump(s)); got != tt.rows {
				t.Errorf("rows %s, want %s", got, tt.rows)
			}
			if len(s.Warnings) == 0 || !strings.Contains(fmt.Sprint(s.Warnings), tt.warn) {
				t.Errorf("warnings %v, want %q", s.Warnings, tt.warn)
			}
		})
	}
	if _, err := Bytes(t.Context(), "a.json", []byte(dumpOne[:80]), ovsdb.Options{}); !errors.Is(err, ovsdb.ErrNoData) {
		t.Errorf("a dump torn in its first table: %v", err)
	}
}

func TestTableFiles(t *testing.T) {
	dir := layOut(t, "one.json", listSets, "two", ovsdbtest.Zstded(listFlows), "three", dumpOne)
	s, err := Path(t.Context(), "Address_Set="+dir+"/one.json,Logical_Flow="+dir+"/two", ovsdb.Options{Schema: "OVN_Southbound"})
	if err != nil {
		t.Fatal(err)
	}
	flows := s.Table("Logical_Flow")
	priority, _ := flows.Col("priority")
	if r, ok := flows.Get(ovsdbtest.UUID(2)); !ok || r.Int(priority) != 7 || ovsdbtest.SetName(s) != "listed" {
		t.Errorf("rows:\n%s", ovsdbtest.Dump(s))
	}
	if _, err := Path(t.Context(), "Address_Set="+dir+"/three", ovsdb.Options{}); !errors.Is(err, ovsdb.ErrNotOVSDB) {
		t.Errorf("a file of several tables: %v", err)
	}
	if _, err := Path(t.Context(), "Address_Set="+dir+"/none", ovsdb.Options{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
}

func TestStandardInput(t *testing.T) {
	dir := layOut(t, "a", ovsdbtest.Gzipped(sbOne))
	f, err := os.Open(filepath.Join(dir, "a"))
	if err != nil {
		t.Fatal(err)
	}
	defer func(was *os.File) { os.Stdin = was; f.Close() }(os.Stdin)
	os.Stdin = f
	s, err := Path(t.Context(), "-", ovsdb.Options{})
	if err != nil || ovsdbtest.SetName(s) != "one" || s.File != "standard input" {
		t.Errorf("%v %v", s, err)
	}
}
