package open

import (
	"bytes"
	"flag"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/ovsdbtest"
	"github.com/ovnwalk/ovnwalk/internal/sbtest"
)

var update = flag.Bool("update", false, "rewrite the files under testdata with the real tools")

func open(t *testing.T, path string, o ovsdb.Options) *ovsdb.Snapshot {
	t.Helper()
	s, err := Path(t.Context(), path, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// save stores a file, compressed, under testdata if -update is set.
func save(t *testing.T, path, name string) {
	t.Helper()
	if !*update {
		return
	}
	data, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(filepath.Join("testdata", name+".db.gz"), []byte(ovsdbtest.Gzipped(string(data))), 0o666)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestKept reads files of real servers, which a run of the tests below with -update
// stored, and compares rows and warnings with their goldens.
func TestKept(t *testing.T) {
	files, err := filepath.Glob("testdata/*.db.gz")
	if err != nil || len(files) < 8 {
		t.Fatalf("%d files under testdata: %v", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			got := ""
			s, err := Path(t.Context(), file, ovsdb.Options{Schema: "OVN_Southbound"})
			if err != nil {
				got = "error: " + err.Error()
			} else {
				for _, w := range s.Warnings {
					got += "warning: " + w.String() + "\n"
				}
				got += s.SchemaVersion + "\n" + ovsdbtest.Contents(t, s, s.Schema)
			}
			golden := strings.TrimSuffix(file, ".db.gz") + ".txt"
			if *update {
				sbtest.WriteFile(t, golden, []byte(got+"\n"))
			}
			want, err := os.ReadFile(golden)
			if err != nil || got+"\n" != string(want) {
				t.Errorf("%v; got:\n%s\nwant:\n%s", err, got, want)
			}
		})
	}
}

// TestRealStandalone compares the rows in a real server after random changes with its
// file, its backup and its dump.
func TestRealStandalone(t *testing.T) {
	ovsdbtest.NeedTools(t, "ovsdb-server", "ovsdb-client", "ovsdb-tool")
	for _, mode := range []string{"", "--disable-file-column-diff"} {
		t.Run("diff"+mode, func(t *testing.T) {
			dir := t.TempDir()
			db := filepath.Join(dir, "sb.db")
			ovsdbtest.Run(t, "ovsdb-tool", "create", db, ovsdbtest.WriteSchema(t, dir, ovsdbtest.Schema))
			var args []string
			if mode != "" {
				args = append(args, mode)
			}
			s := ovsdbtest.Serve(t, dir, "sb.db", args...)
			s.Work(t, rand.New(rand.NewPCG(1, 7)), 80)
			file := open(t, db, ovsdb.Options{})
			want := ovsdbtest.Contents(t, file, file.Schema)
			if strings.Count(want, "\n") < 10 {
				t.Fatalf("too few changes:\n%s", want)
			}
			if text, _ := os.ReadFile(db); (mode == "") != bytes.Contains(text, []byte(`"_is_diff":true`)) {
				t.Errorf("the server's log does not have the form that this test is about")
			}
			for name, args := range map[string][]string{
				"backup":   {"backup", s.Socket, "OVN_Southbound"},
				"dump":     {"dump", "--format=json", s.Socket, "OVN_Southbound"},
				"indented": {"dump", "--format=json", "--pretty", s.Socket, "OVN_Southbound"},
			} {
				got := mustRead(t, ovsdbtest.Run(t, "ovsdb-client", args...), ovsdb.Options{Schema: "OVN_Southbound"})
				if c := ovsdbtest.Contents(t, got, file.Schema); c != want {
					t.Errorf("%s:\n%s\n\nfile:\n%s", name, c, want)
				}
				if len(got.Warnings)+len(file.Warnings) > 0 {
					t.Errorf("%s: warnings %v %v", name, got.Warnings, file.Warnings)
				}
			}
			if mode == "" {
				save(t, db, "diffs")
			} else {
				save(t, db, "whole")
			}
		})
	}
}

// TestRealCluster reads the files of three running servers, before and after a snapshot
// and a schema change.
func TestRealCluster(t *testing.T) {
	ovsdbtest.NeedTools(t, "ovsdb-server", "ovsdb-client", "ovsdb-tool", "ovs-appctl")
	dir := t.TempDir()
	schema := ovsdbtest.WriteSchema(t, dir, ovsdbtest.Schema)
	raft := make(map[string]string)
	for _, name := range []string{"a", "b", "c"} {
		raft[name] = "unix:" + filepath.Join(dir, name+".raft")
	}
	// The election timer is long, so that a remains the leader on a slow machine.
	ovsdbtest.Run(t, "ovsdb-tool", "--election-timer=60000", "create-cluster", filepath.Join(dir, "a.db"), schema, raft["a"])
	for _, name := range []string{"b", "c"} {
		ovsdbtest.Run(t, "ovsdb-tool", "join-cluster", filepath.Join(dir, name+".db"), "OVN_Southbound", raft[name], raft["a"])
	}
	save(t, filepath.Join(dir, "c.db"), "join")
	servers := make(map[string]*ovsdbtest.Server)
	for _, name := range []string{"a", "b", "c"} {
		servers[name] = ovsdbtest.Serve(t, dir, name+".db")
	}
	for _, s := range servers {
		ovsdbtest.Run(t, "ovsdb-client", "--timeout=120", "wait", s.Socket, "OVN_Southbound", "connected")
	}
	r := rand.New(rand.NewPCG(3, 9))
	compare := func(stage string) {
		t.Helper()
		dump := mustRead(t, ovsdbtest.Run(t, "ovsdb-client", "dump", "--format=json", servers["a"].Socket, "OVN_Southbound"), ovsdb.Options{})
		want := ovsdbtest.Contents(t, dump, open(t, filepath.Join(dir, "a.db"), ovsdb.Options{Schema: "OVN_Southbound"}).Schema)
		for _, name := range []string{"a", "b", "c"} {
			path := filepath.Join(dir, name+".db")
			o := ovsdb.Options{Schema: "OVN_Southbound", Uncommitted: name != "a"}
			var s *ovsdb.Snapshot
			got := ""
			// A follower writes an entry shortly after the leader commits it, and an entry may
			// be incomplete when it is read.
			for from := time.Now(); ; time.Sleep(20 * time.Millisecond) {
				s = open(t, path, o)
				if got = ovsdbtest.Contents(t, s, s.Schema); got == want && len(s.Warnings) == 0 || time.Since(from) > time.Minute {
					break
				}
			}
			if got != want {
				t.Errorf("%s: the file of %s:\n%s\n\nthe leader:\n%s", stage, name, got, want)
			}
			if len(s.Warnings) > 0 {
				t.Errorf("%s: the file of %s: %v", stage, name, s.Warnings)
			}
			save(t, path, "cluster-"+stage+"-"+name)
		}
		if strings.Count(want, "\n") < 10 {
			t.Fatalf("%s: too few changes:\n%s", stage, want)
		}
	}
	servers["a"].Work(t, r, 40)
	compare("log")
	members := servers["b"].Socket + "," + servers["c"].Socket + "," + servers["a"].Socket
	for source, any := range map[string]bool{members: false, servers["a"].Socket: false, servers["b"].Socket: true} {
		if s := open(t, source, ovsdb.Options{Schema: "OVN_Southbound", NoLeaderOnly: any}); ovsdbtest.SetName(s) == "" {
			t.Errorf("%s answers without rows", source)
		}
	}
	if _, err := Path(t.Context(), servers["b"].Socket, ovsdb.Options{}); err == nil || !strings.Contains(err.Error(), "not the leader") {
		t.Errorf("a database that is read from a follower alone: %v", err)
	}
	ovsdbtest.Run(t, "ovs-appctl", "-t", servers["a"].Ctl, "ovsdb-server/compact")
	servers["a"].Work(t, r, 20)
	compare("snapshot")
	narrow := strings.Replace(strings.Replace(ovsdbtest.Schema, "20.27.0", "20.28.0", 1), `"size":{`, `"extra":{"type":"string"},"size":{`, 1)
	ovsdbtest.Run(t, "ovsdb-client", "--timeout=120", "convert", servers["a"].Socket, ovsdbtest.WriteSchema(t, dir, narrow))
	servers["a"].Work(t, r, 10)
	compare("converted")
}
