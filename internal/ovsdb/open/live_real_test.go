package open

import (
	"errors"
	mrand "math/rand/v2"
	"net"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/client"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/ovsdbtest"
	"github.com/ovnwalk/ovnwalk/internal/sbtest"
)

// pki creates the keys of a client or a server.
func pki(t *testing.T, dir, name string) (files ovsdb.TLS) {
	t.Helper()
	files.PrivateKey, files.Certificate, files.CACert = sbtest.PKI(t, dir, name)
	return files
}

// freePorts returns TCP ports of 127.0.0.1 on which nothing listens.
func freePorts(t *testing.T, n int) (ports []string) {
	t.Helper()
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close() // after all are chosen, so that they differ
		_, port, _ := net.SplitHostPort(l.Addr().String())
		ports = append(ports, port)
	}
	return ports
}

// TestRealServer reads a real server over its three kinds of connections.
func TestRealServer(t *testing.T) {
	ovsdbtest.NeedTools(t, "ovsdb-server", "ovsdb-client", "ovsdb-tool")
	dir := t.TempDir()
	db := filepath.Join(dir, "sb.db")
	ovsdbtest.Run(t, "ovsdb-tool", "create", db, ovsdbtest.WriteSchema(t, dir, ovsdbtest.Schema))
	good, bad := pki(t, dir, "good"), pki(t, dir, "bad")
	free := freePorts(t, 2)
	tcp, ssl := "tcp:127.0.0.1:"+free[0], "ssl:127.0.0.1:"+free[1]
	listen := func(addr string) string {
		method, rest, _ := strings.Cut(addr, ":")
		host, port, _ := strings.Cut(rest, ":")
		return "--remote=p" + method + ":" + port + ":" + host
	}
	s := ovsdbtest.Serve(t, dir, "sb.db", listen(tcp), listen(ssl), "--private-key="+good.PrivateKey, "--certificate="+good.Certificate, "--ca-cert="+good.CACert)
	s.Work(t, mrand.New(mrand.NewPCG(5, 5)), 60)
	file := open(t, db, ovsdb.Options{})
	want := ovsdbtest.Contents(t, file, file.Schema)

	for _, source := range []string{s.Socket, tcp, ssl, "unix:/none," + tcp} {
		got := open(t, source, ovsdb.Options{Schema: "OVN_Southbound", TLS: good})
		if c := ovsdbtest.Contents(t, got, file.Schema); c != want {
			t.Errorf("%s:\n%s\n\nfile:\n%s", source, c, want)
		}
		if got.Name != "OVN_Southbound" || got.SchemaVersion != "20.27.0" {
			t.Errorf("%s: %s %s", source, got.Name, got.SchemaVersion)
		}
		if _, back := written(t, got); ovsdbtest.Contents(t, back, file.Schema) != want {
			t.Errorf("%s: the database that a server sent is written with other bytes", source)
		}
	}
	part := open(t, s.Socket, ovsdb.Options{Wanted: ovsdb.Wanted{"Address_Set": {"name", "future"}}})
	if got := strings.Join(part.Table("Address_Set").Columns(), " "); got != "name" || part.Table("Meter") != nil {
		t.Errorf("columns %s", got)
	}
	for what, files := range map[string]ovsdb.TLS{
		"another CA":          {PrivateKey: good.PrivateKey, Certificate: good.Certificate, CACert: bad.CACert},
		"another certificate": {PrivateKey: bad.PrivateKey, Certificate: bad.Certificate, CACert: good.CACert},
		"no CA":               {},
		"no such file":        {CACert: filepath.Join(dir, "none")},
		"key for certificate": {PrivateKey: good.Certificate, Certificate: good.Certificate, CACert: good.CACert},
	} {
		if _, err := Path(t.Context(), ssl, ovsdb.Options{TLS: files}); !errors.Is(err, client.ErrRemote) {
			t.Errorf("%s: %v", what, err)
		}
	}
	trusting := good
	trusting.CACert = "none"
	open(t, ssl, ovsdb.Options{TLS: trusting})
	if _, err := Path(t.Context(), s.Socket, ovsdb.Options{Schema: "OVN_Northbound"}); !errors.Is(err, ovsdb.ErrWrongSchema) {
		t.Errorf("another database: %v", err)
	}
}
