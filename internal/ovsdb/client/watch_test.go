package client

import (
	"context"
	"errors"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/ovsdbtest"
)

func TestWatchFake(t *testing.T) {
	dbs := result(1, `["OVN_Southbound"]`)
	alone := result(2, `[{"rows":[{"model":"standalone","connected":true,"leader":true}]}]`)
	schema := result(3, ovsdbtest.Schema)
	const update = `{"id":null,"method":"update","params":[null,{}]}`
	const echo = `{"id":"echo","method":"echo","params":[1]}`
	for _, tt := range []struct {
		name    string
		answers []string
		changes int
		err     string
	}{
		{"nothing happens", []string{dbs, alone, schema, result(4, `{}`)}, 1, "closed the connection"},
		{"changes", []string{dbs, alone, schema, result(4, `{}`) + update + echo + update}, 3, "closed the connection"},
		{"what is no change", []string{dbs, alone, schema, result(4, `{}`) + `{"id":null,"method":"other","params":[]}` + result(9, "{}")}, 1, "closed the connection"},
		{"not a leader", []string{dbs, result(2, `[{"rows":[{"model":"clustered","connected":true,"leader":false}]}]`)}, 0, "not the leader"},
		{"another database", []string{result(1, `["OVN_Northbound"]`)}, 0, "OVN_Northbound"},
		{"refused", []string{dbs, alone, schema, `{"id":4,"result":null,"error":"no"}`}, 0, "no"},
		{"no JSON-RPC", []string{dbs, alone, schema, result(4, `{}`) + "{]"}, 1, "not JSON-RPC"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			n := 0
			err := Watch(t.Context(), fakeServer(t, tt.answers...), ovsdb.Options{Schema: "OVN_Southbound"}, func() { n++ })
			if n != tt.changes || err == nil || !strings.Contains(err.Error(), tt.err) {
				t.Errorf("%d calls, %v; want %d and %q", n, err, tt.changes, tt.err)
			}
		})
	}
	t.Run("two servers", func(t *testing.T) {
		n := 0
		err := Watch(t.Context(), "unix:"+filepath.Join(t.TempDir(), "nobody.sock")+","+fakeServer(t, dbs, alone, schema, result(4, `{}`)), ovsdb.Options{}, func() { n++ })
		if n != 1 || err == nil || !strings.Contains(err.Error(), "unix:") || !strings.Contains(err.Error(), "tcp:") {
			t.Errorf("%d calls, %v", n, err)
		}
	})
	t.Run("no server's name", func(t *testing.T) {
		if err := Watch(t.Context(), "unix:", ovsdb.Options{}, nil); !errors.Is(err, ErrRemote) {
			t.Error(err)
		}
	})
}

// TestWatchSilence expects an echo request to a silent server, and an error if the
// server does not reply.
func TestWatchSilence(t *testing.T) {
	for _, answers := range []int{3, 0} {
		ours, theirs := net.Pipe()
		go func() {
			defer theirs.Close()
			buf := make([]byte, 1024)
			for n := 0; ; n++ {
				got, err := theirs.Read(buf)
				if err != nil {
					return
				}
				if want := `{"method":"echo","params":[],"id":"echo"}`; string(buf[:got]) != want {
					t.Errorf("asked %s, want %s", buf[:got], want)
				}
				if n < answers {
					if _, err := theirs.Write([]byte(`{"id":"echo","result":[],"error":null}`)); err != nil {
						return
					}
				}
			}
		}()
		c := &rpc{ctx: t.Context(), conn: ours, o: &ovsdb.Options{}}
		if err := c.follow(20*time.Millisecond, func() { t.Error("a change") }); err == nil || err.Error() != "the server does not respond" {
			t.Error(err)
		}
		ours.Close()
	}
}

// TestWatchReal changes wanted and other columns of a database on a real server.
func TestWatchReal(t *testing.T) {
	ovsdbtest.NeedTools(t, "ovsdb-server", "ovsdb-client", "ovsdb-tool")
	dir := t.TempDir()
	db := filepath.Join(dir, "sb.db")
	ovsdbtest.Run(t, "ovsdb-tool", "create", db, ovsdbtest.WriteSchema(t, dir, ovsdbtest.Schema))
	s := ovsdbtest.Serve(t, dir, "sb.db")
	ctx, cancel := context.WithCancel(t.Context())
	changes, done := make(chan bool, 100), make(chan error, 1)
	go func() {
		done <- Watch(ctx, s.Socket, ovsdb.Options{Schema: "OVN_Southbound", Wanted: ovsdb.Wanted{"Address_Set": {"name"}}}, func() { changes <- true })
	}()
	next := func(want bool) {
		t.Helper()
		timeout := 2 * time.Minute
		if !want {
			timeout = 300 * time.Millisecond
		}
		select {
		case <-changes:
			if !want {
				t.Error("notified without a change")
			}
		case <-time.After(timeout):
			if want {
				t.Fatal("not notified")
			}
		}
	}
	next(true) // it listens
	s.Transact(t, `{"op":"insert","table":"Address_Set","row":{"name":"a"}}`)
	next(true)
	s.Transact(t, `{"op":"update","table":"Address_Set","where":[],"row":{"addresses":["set",["10.0.0.1"]]}}`)
	next(false)
	s.Transact(t, `{"op":"delete","table":"Address_Set","where":[]}`)
	next(true)
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
