package ovsdb

import (
	"bytes"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/ovnwalk/ovnwalk/internal/sbtest"
)

var update = flag.Bool("update", false, "rewrite the files under testdata with the real tools")

// needTools skips a test where Open vSwitch is not installed.
func needTools(t *testing.T, tools ...string) {
	t.Helper()
	for _, tool := range tools {
		if _, err := exec.LookPath(tool); err != nil {
			if os.Getenv("OVNWALK_REQUIRE_OVN") != "" {
				t.Fatalf("OVNWALK_REQUIRE_OVN is set and %s is not installed", tool)
			}
			t.Skipf("%s is not installed", tool)
		}
	}
}

// run runs a real tool and returns what it prints.
func run(t *testing.T, tool string, args ...string) string {
	t.Helper()
	var out, errs bytes.Buffer
	cmd := exec.Command(tool, args...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s %s: %v\n%s", tool, strings.Join(args, " "), err, errs.String())
	}
	return out.String()
}

// server is a real ovsdb-server on sockets in a folder of its own.
type server struct {
	cmd    *exec.Cmd
	socket string // unix:...
	ctl    string
}

// serve starts a server and waits for its socket. The arguments may name more
// remotes.
func serve(t *testing.T, dir, name string, args ...string) *server {
	t.Helper()
	sock := filepath.Join(dir, name+".sock")
	s := &server{socket: "unix:" + sock, ctl: filepath.Join(dir, name+".ctl")}
	args = append([]string{"--remote=p" + s.socket, "--unixctl=" + s.ctl, "--no-chdir", "-vconsole:off"}, args...)
	s.cmd = exec.Command("ovsdb-server", append(args, filepath.Join(dir, name))...)
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.stop)
	sbtest.AwaitServer(t, "unix", sock)
	return s
}

func (s *server) stop() {
	if s.cmd.Process != nil {
		s.cmd.Process.Kill()
		s.cmd.Wait()
		s.cmd.Process = nil
	}
}

// transact has the server carry out operations of RFC 7047.
func (s *server) transact(t *testing.T, ops ...string) {
	t.Helper()
	out := run(t, "ovsdb-client", "--timeout=120", "transact", s.socket, `["OVN_Southbound",`+strings.Join(ops, ",")+`]`)
	if strings.Contains(out, `"error"`) {
		t.Fatalf("transact %s: %s", ops, out)
	}
}

// work has the server make n random changes to address sets, datapaths and
// multicast settings, each in its own transaction.
func (s *server) work(t *testing.T, r *rand.Rand, n int) {
	t.Helper()
	for i := range n {
		name := fmt.Sprintf("n%d", r.IntN(6))
		where := fmt.Sprintf(`"where":[["name","==",%q]]`, name)
		addr := fmt.Sprintf("10.0.0.%d", r.IntN(8))
		switch r.IntN(8) {
		case 0, 1:
			s.transact(t, fmt.Sprintf(`{"op":"insert","table":"Address_Set","row":{"name":%q,"addresses":["set",["a \"quoted\" é","z"]]}}`, name),
				fmt.Sprintf(`{"op":"insert","table":"Datapath_Binding","row":{"tunnel_key":%d,"external_ids":["map",[["name",%q]]]}}`, i, name))
		case 2:
			s.transact(t, fmt.Sprintf(`{"op":"delete","table":"Address_Set",%s}`, where))
		case 3:
			s.transact(t, fmt.Sprintf(`{"op":"mutate","table":"Address_Set",%s,"mutations":[["addresses","insert",%q]]}`, where, addr))
		case 4:
			s.transact(t, fmt.Sprintf(`{"op":"mutate","table":"Address_Set",%s,"mutations":[["addresses","delete",%q]]}`, where, addr))
		case 5:
			s.transact(t, fmt.Sprintf(`{"op":"mutate","table":"Datapath_Binding","where":[["tunnel_key","<",%d]],"mutations":[["external_ids","delete",["set",["name","k%d"]]],["external_ids","insert",["map",[["k%d",%q]]]]]}`,
				r.IntN(i+1), i%3, r.IntN(4), addr))
		case 6:
			s.transact(t, fmt.Sprintf(`{"op":"insert","table":"IP_Multicast","row":{"enabled":true,"ports":["set",[%d,%d]],"rates":0.5,"weights":["map",[[%d,1.5]]]}}`, i, 1000-i, i))
		case 7:
			s.transact(t, fmt.Sprintf(`{"op":"mutate","table":"IP_Multicast","where":[],"mutations":[["ports","insert",%d],["weights","delete",["set",[%d]]],["rates","insert",%d]]}`, r.IntN(20), r.IntN(20), i),
				fmt.Sprintf(`{"op":"update","table":"IP_Multicast","where":[],"row":{"enabled":["set",[]],"size":%d}}`, i))
		}
	}
}

// contents renders all rows of a snapshot so that sources of different forms
// compare: values in canonical form, defaults written out, by a schema.
func contents(t *testing.T, s *Snapshot, schema *Schema) string {
	t.Helper()
	var lines []string
	for _, name := range s.Tables() {
		tab := s.Table(name)
		for r := range tab.Rows() {
			line := name + " " + r.UUID().String()
			for i, col := range tab.Columns() {
				v := datum{typ: &schema.Tables[name].Columns[col].Type}
				if err := v.read(r.Raw(Col(i))); err != nil {
					t.Fatalf("%s %s: %v in %s", name, col, err, r.Raw(Col(i)))
				}
				line += " " + col + "=" + string(v.appendJSON(nil))
			}
			lines = append(lines, line)
		}
	}
	sort.Strings(lines)
	return strings.Join(lines, "\n")
}

func open(t *testing.T, path string, o Options) *Snapshot {
	t.Helper()
	s, err := Open(t.Context(), path, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// writeSchema writes the test schema where tools find it.
func writeSchema(t *testing.T, dir, schema string) string {
	t.Helper()
	path := filepath.Join(dir, "sb.ovsschema")
	if err := os.WriteFile(path, []byte(strings.Replace(schema, `"cksum":"1 1",`, "", 1)), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// save keeps a file, packed, under testdata where -update is given.
func save(t *testing.T, path, name string) {
	t.Helper()
	if !*update {
		return
	}
	data, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(filepath.Join("testdata", name+".db.gz"), []byte(gzipped(string(data))), 0o666)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestKept reads the files that a run of the tests below with -update kept,
// made by real servers, and compares rows and warnings with their goldens.
func TestKept(t *testing.T) {
	files, err := filepath.Glob("testdata/*.db.gz")
	if err != nil || len(files) < 8 {
		t.Fatalf("%d files under testdata: %v", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			got := ""
			s, err := Open(t.Context(), file, Options{Schema: "OVN_Southbound"})
			if err != nil {
				got = "error: " + err.Error()
			} else {
				for _, w := range s.Warnings {
					got += "warning: " + w.String() + "\n"
				}
				got += s.SchemaVersion + "\n" + contents(t, s, s.Schema)
			}
			golden := strings.TrimSuffix(file, ".db.gz") + ".txt"
			if *update {
				if err := os.WriteFile(golden, []byte(got+"\n"), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil || got+"\n" != string(want) {
				t.Errorf("%v; got:\n%s\nwant:\n%s", err, got, want)
			}
		})
	}
}

// TestRealStandalone compares what a real server holds after random changes
// with its file, its backup and its dump.
func TestRealStandalone(t *testing.T) {
	needTools(t, "ovsdb-server", "ovsdb-client", "ovsdb-tool")
	for _, mode := range []string{"", "--disable-file-column-diff"} {
		t.Run("diff"+mode, func(t *testing.T) {
			dir := t.TempDir()
			db := filepath.Join(dir, "sb.db")
			run(t, "ovsdb-tool", "create", db, writeSchema(t, dir, genSchema))
			var args []string
			if mode != "" {
				args = append(args, mode)
			}
			s := serve(t, dir, "sb.db", args...)
			s.work(t, rand.New(rand.NewPCG(1, 7)), 80)
			file := open(t, db, Options{})
			want := contents(t, file, file.Schema)
			if strings.Count(want, "\n") < 10 {
				t.Fatalf("too little happened:\n%s", want)
			}
			if text, _ := os.ReadFile(db); (mode == "") != bytes.Contains(text, []byte(`"_is_diff":true`)) {
				t.Errorf("the server's log does not have the form that this test is about")
			}
			for name, args := range map[string][]string{
				"backup":   {"backup", s.socket, "OVN_Southbound"},
				"dump":     {"dump", "--format=json", s.socket, "OVN_Southbound"},
				"indented": {"dump", "--format=json", "--pretty", s.socket, "OVN_Southbound"},
			} {
				got := mustRead(t, run(t, "ovsdb-client", args...), Options{Schema: "OVN_Southbound"})
				if c := contents(t, got, file.Schema); c != want {
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

// TestRealCluster reads the files of three real servers while they run: before
// and after a snapshot and a schema change.
func TestRealCluster(t *testing.T) {
	needTools(t, "ovsdb-server", "ovsdb-client", "ovsdb-tool", "ovs-appctl")
	dir := t.TempDir()
	schema := writeSchema(t, dir, genSchema)
	raft := make(map[string]string)
	for _, name := range []string{"a", "b", "c"} {
		raft[name] = "unix:" + filepath.Join(dir, name+".raft")
	}
	// However slow the machine is, a stays the leader.
	run(t, "ovsdb-tool", "--election-timer=60000", "create-cluster", filepath.Join(dir, "a.db"), schema, raft["a"])
	for _, name := range []string{"b", "c"} {
		run(t, "ovsdb-tool", "join-cluster", filepath.Join(dir, name+".db"), "OVN_Southbound", raft[name], raft["a"])
	}
	save(t, filepath.Join(dir, "c.db"), "join")
	servers := make(map[string]*server)
	for _, name := range []string{"a", "b", "c"} {
		servers[name] = serve(t, dir, name+".db")
	}
	for _, s := range servers {
		run(t, "ovsdb-client", "--timeout=120", "wait", s.socket, "OVN_Southbound", "connected")
	}
	r := rand.New(rand.NewPCG(3, 9))
	compare := func(stage string) {
		t.Helper()
		dump := mustRead(t, run(t, "ovsdb-client", "dump", "--format=json", servers["a"].socket, "OVN_Southbound"), Options{})
		want := contents(t, dump, open(t, filepath.Join(dir, "a.db"), Options{Schema: "OVN_Southbound"}).Schema)
		for _, name := range []string{"a", "b", "c"} {
			path := filepath.Join(dir, name+".db")
			o := Options{Schema: "OVN_Southbound", Uncommitted: name != "a"}
			var s *Snapshot
			got := ""
			// A follower writes an entry a moment after the leader commits it, and
			// an entry may be half written when it is read.
			for from := time.Now(); ; time.Sleep(20 * time.Millisecond) {
				s = open(t, path, o)
				if got = contents(t, s, s.Schema); got == want && len(s.Warnings) == 0 || time.Since(from) > time.Minute {
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
			t.Fatalf("%s: too little happened:\n%s", stage, want)
		}
	}
	servers["a"].work(t, r, 40)
	compare("log")
	members := servers["b"].socket + "," + servers["c"].socket + "," + servers["a"].socket
	for source, any := range map[string]bool{members: false, servers["a"].socket: false, servers["b"].socket: true} {
		if s := open(t, source, Options{Schema: "OVN_Southbound", NoLeaderOnly: any}); setName(s) == "" {
			t.Errorf("%s answers without rows", source)
		}
	}
	if _, err := Open(t.Context(), servers["b"].socket, Options{}); err == nil || !strings.Contains(err.Error(), "not the leader") {
		t.Errorf("a follower asked for what the leader knows: %v", err)
	}
	run(t, "ovs-appctl", "-t", servers["a"].ctl, "ovsdb-server/compact")
	servers["a"].work(t, r, 20)
	compare("snapshot")
	narrow := strings.Replace(strings.Replace(genSchema, "20.27.0", "20.28.0", 1), `"size":{`, `"extra":{"type":"string"},"size":{`, 1)
	run(t, "ovsdb-client", "--timeout=120", "convert", servers["a"].socket, writeSchema(t, dir, narrow))
	servers["a"].work(t, r, 10)
	compare("converted")
}
