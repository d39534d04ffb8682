//go:build unix

package cli

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/lab"
	"github.com/ovnwalk/ovnwalk/internal/sbtest"
)

// TestSourcesReal traces one packet through one database as real tools hand it
// over: files and prints of all kinds, servers, a cluster of three.
func TestSourcesReal(t *testing.T) {
	lab.Require(t)
	database := demoFile(t)
	want, stderr, exit := ovnwalk(t, "trace", "--db="+database, "--all", dropinFlow)
	if exit != 0 || !strings.Contains(want, `output("vm2")`) {
		t.Fatalf("exit status %d\n%s%s", exit, stderr, want)
	}
	same := func(name string, args ...string) {
		t.Helper()
		got, stderr, exit := ovnwalk(t, append([]string{"trace", "--all", dropinFlow}, args...)...)
		if exit != 0 || got != want || stderr != "" {
			t.Errorf("%s: exit status %d\n%s%.2000s", name, exit, stderr, got)
		}
	}
	dir, err := os.MkdirTemp("", "ow") // whose sockets have short paths
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	save := func(name, text string) string {
		t.Helper()
		name = filepath.Join(dir, name)
		sbtest.WriteFile(t, name, []byte(text))
		return name
	}

	plane, err := lab.Serve(t.Context(), database)
	if err != nil {
		t.Fatal(err)
	}
	defer plane.Close()
	same("a server", "--db="+plane.Remote())
	same("a backup", "--db="+save("backup", output(t, "ovsdb-client", "backup", plane.Remote(), "OVN_Southbound")))
	same("a dump", "--db="+save("dump.json", output(t, "ovsdb-client", "dump", "--format=json", plane.Remote(), "OVN_Southbound")))
	var tables []string
	for _, table := range []string{"SB_Global", "Datapath_Binding", "Port_Binding", "Logical_Flow", "Logical_DP_Group", "Multicast_Group", "Address_Set", "Chassis"} {
		text := output(t, "ovn-sbctl", "--db="+plane.Remote(), "--format=json", "list", table)
		tables = append(tables, table+"="+save(table+".json", text))
	}
	same("printed tables", "--db="+strings.Join(tables, ","), "--release=23.03.1")

	key, cert, ca := sbtest.PKI(t, dir, "test")
	ssl := strings.Replace(unused(t), "tcp:", "ssl:", 1)
	port := ssl[strings.LastIndex(ssl, ":")+1:]
	server(t, dir, "ovsdb-server", "--remote=pssl:"+port+":127.0.0.1", "--private-key="+key, "--certificate="+cert, "--ca-cert="+ca, "--unixctl="+dir+"/ssl.ctl", database)
	sbtest.AwaitServer(t, "tcp", strings.TrimPrefix(ssl, "ssl:"))
	same("a server by TLS", "--db="+ssl, "-p", key, "-c", cert, "-C", ca)
	same("a server by TLS that is trusted", "--db="+ssl, "--private-key="+key, "--certificate="+cert, "--ca-cert=none")

	raft := map[string]string{}
	for _, name := range []string{"a", "b", "c"} {
		raft[name] = "unix:" + dir + "/" + name + ".raft"
	}
	output(t, "ovsdb-tool", "--election-timer=60000", "create-cluster", dir+"/a.db", database, raft["a"])
	for _, name := range []string{"b", "c"} {
		output(t, "ovsdb-tool", "join-cluster", dir+"/"+name+".db", "OVN_Southbound", raft[name], raft["a"])
	}
	var members []string
	for _, name := range []string{"a", "b", "c"} {
		members = append(members, "unix:"+dir+"/"+name+".sock")
		server(t, dir, "ovsdb-server", "--remote=punix:"+dir+"/"+name+".sock", "--unixctl="+dir+"/"+name+".ctl", dir+"/"+name+".db")
	}
	for i := range members {
		sbtest.AwaitServer(t, "unix", strings.TrimPrefix(members[i], "unix:"))
		output(t, "ovsdb-client", "--timeout=120", "wait", members[i], "OVN_Southbound", "connected")
	}
	same("a cluster", "--db="+strings.Join(members, ","))
	same("any member of a cluster", "--db="+members[2], "--no-leader-only")
	for _, name := range []string{"a", "b", "c"} {
		same("the file of member "+name, "--db="+dir+"/"+name+".db", "--uncommitted")
	}
	got, stderr, exit := ovnwalk(t, "trace", "--db="+strings.Join(members[1:], ","), dropinFlow)
	if strings.Contains(stderr, "leader") == (exit == 0) {
		t.Errorf("of members that may or may not lead: exit status %d\n%s%s", exit, stderr, got)
	}
	saved := filepath.Join(dir, "saved.db.zst")
	if _, stderr, exit := ovnwalk(t, "snapshot", strings.Join(members, ","), "-o", saved); exit != 0 {
		t.Error(stderr)
	}
	same("what was saved of a cluster", "--db="+saved)
	packed := filepath.Join(dir, "gather.tar.gz")
	output(t, "tar", "-C", dir, "-czf", packed, "a.db", "dump.json")
	same("a member of an archive", "--db="+packed+"//a.db")
	if _, stderr, exit := ovnwalk(t, "trace", "--db="+packed, dropinFlow); exit != exitYes || !strings.Contains(stderr, "it is a copy of the database") {
		t.Errorf("an archive of two: exit status %d\n%s", exit, stderr)
	}
}

// output runs a program and returns what it prints.
func output(t *testing.T, program string, args ...string) string {
	t.Helper()
	out, err := exec.Command(program, args...).Output()
	if err != nil {
		t.Fatalf("%s %q: %v", program, args, err)
	}
	return string(out)
}

// unused returns an address that nothing listens on.
func unused(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return "tcp:" + l.Addr().String()
}
