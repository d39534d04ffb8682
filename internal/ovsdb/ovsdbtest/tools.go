package ovsdbtest

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
	"github.com/ovnwalk/ovnwalk/internal/sbtest"
)

// NeedTools skips a test if a tool of Open vSwitch is not installed.
func NeedTools(t *testing.T, tools ...string) {
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

// Run runs a tool and returns its output.
func Run(t *testing.T, tool string, args ...string) string {
	t.Helper()
	var out, errs bytes.Buffer
	cmd := exec.Command(tool, args...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s %s: %v\n%s", tool, strings.Join(args, " "), err, errs.String())
	}
	return out.String()
}

// Server is an ovsdb-server on sockets in its own directory.
type Server struct {
	cmd    *exec.Cmd
	Socket string // unix:...
	Ctl    string
}

// Serve starts a server and waits for its socket. The arguments may name more
// remotes.
func Serve(t *testing.T, dir, name string, args ...string) *Server {
	t.Helper()
	sock := filepath.Join(dir, name+".sock")
	s := &Server{Socket: "unix:" + sock, Ctl: filepath.Join(dir, name+".ctl")}
	args = append([]string{"--remote=p" + s.Socket, "--unixctl=" + s.Ctl, "--no-chdir", "-vconsole:off"}, args...)
	s.cmd = exec.Command("ovsdb-server", append(args, filepath.Join(dir, name))...)
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.stop)
	sbtest.AwaitServer(t, "unix", sock)
	return s
}

func (s *Server) stop() {
	if s.cmd.Process != nil {
		_ = s.cmd.Process.Kill()
		_ = s.cmd.Wait()
		s.cmd.Process = nil
	}
}

// Transact executes operations of RFC 7047 on the server.
func (s *Server) Transact(t *testing.T, ops ...string) {
	t.Helper()
	out := Run(t, "ovsdb-client", "--timeout=120", "transact", s.Socket, `["OVN_Southbound",`+strings.Join(ops, ",")+`]`)
	if strings.Contains(out, `"error"`) {
		t.Fatalf("transact %s: %s", ops, out)
	}
}

// Work makes n random changes to address sets, datapaths and multicast settings on the
// server, each in its own transaction.
func (s *Server) Work(t *testing.T, r *rand.Rand, n int) {
	t.Helper()
	for i := range n {
		name := fmt.Sprintf("n%d", r.IntN(6))
		where := fmt.Sprintf(`"where":[["name","==",%q]]`, name)
		addr := fmt.Sprintf("10.0.0.%d", r.IntN(8))
		switch r.IntN(8) {
		case 0, 1:
			s.Transact(t, fmt.Sprintf(`{"op":"insert","table":"Address_Set","row":{"name":%q,"addresses":["set",["a \"quoted\" é","z"]]}}`, name),
				fmt.Sprintf(`{"op":"insert","table":"Datapath_Binding","row":{"tunnel_key":%d,"external_ids":["map",[["name",%q]]]}}`, i, name))
		case 2:
			s.Transact(t, fmt.Sprintf(`{"op":"delete","table":"Address_Set",%s}`, where))
		case 3:
			s.Transact(t, fmt.Sprintf(`{"op":"mutate","table":"Address_Set",%s,"mutations":[["addresses","insert",%q]]}`, where, addr))
		case 4:
			s.Transact(t, fmt.Sprintf(`{"op":"mutate","table":"Address_Set",%s,"mutations":[["addresses","delete",%q]]}`, where, addr))
		case 5:
			s.Transact(t, fmt.Sprintf(`{"op":"mutate","table":"Datapath_Binding","where":[["tunnel_key","<",%d]],"mutations":[["external_ids","delete",["set",["name","k%d"]]],["external_ids","insert",["map",[["k%d",%q]]]]]}`,
				r.IntN(i+1), i%3, r.IntN(4), addr))
		case 6:
			s.Transact(t, fmt.Sprintf(`{"op":"insert","table":"IP_Multicast","row":{"enabled":true,"ports":["set",[%d,%d]],"rates":0.5,"weights":["map",[[%d,1.5]]]}}`, i, 1000-i, i))
		case 7:
			s.Transact(t, fmt.Sprintf(`{"op":"mutate","table":"IP_Multicast","where":[],"mutations":[["ports","insert",%d],["weights","delete",["set",[%d]]],["rates","insert",%d]]}`, r.IntN(20), r.IntN(20), i),
				fmt.Sprintf(`{"op":"update","table":"IP_Multicast","where":[],"row":{"enabled":["set",[]],"size":%d}}`, i))
		}
	}
}

// Contents renders all rows of a snapshot in canonical form, with defaults written out
// by a schema, so that sources of different formats can be compared.
func Contents(t *testing.T, s *ovsdb.Snapshot, schema *ovsdb.Schema) string {
	t.Helper()
	var lines []string
	for _, name := range s.Tables() {
		tab := s.Table(name)
		for r := range tab.Rows() {
			line := name + " " + r.UUID().String()
			for i, col := range tab.Columns() {
				v, err := schema.Tables[name].Columns[col].Type.Canonical(nil, r.Raw(ovsdb.Col(i)))
				if err != nil {
					t.Fatalf("%s %s: %v in %s", name, col, err, r.Raw(ovsdb.Col(i)))
				}
				line += " " + col + "=" + string(v)
			}
			lines = append(lines, line)
		}
	}
	sort.Strings(lines)
	return strings.Join(lines, "\n")
}

// WriteSchema writes the test schema to a file for tools.
func WriteSchema(t *testing.T, dir, schema string) string {
	t.Helper()
	path := filepath.Join(dir, "sb.ovsschema")
	if err := os.WriteFile(path, []byte(strings.Replace(schema, `"cksum":"1 1",`, "", 1)), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}
