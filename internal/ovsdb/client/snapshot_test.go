package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/memory"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/ovsdbtest"
)

func TestParseRemotes(t *testing.T) {
	t.Setenv("OVS_RUNDIR", "/run/here")
	tests := []struct {
		text string
		want string // network, address and tls of each; or a part of the error
	}{
		{"unix:/a/b.sock", "unix /a/b.sock false"},
		{"unix:b.sock", "unix /run/here/b.sock false"},
		{"unix:/a,b/c", "unix /a,b/c false"},
		{"tcp:10.0.0.1:6642", "tcp 10.0.0.1:6642 false"},
		{"tcp:10.0.0.1", "tcp 10.0.0.1:6640 false"},
		{"ssl:[::1]:6642", "tcp [::1]:6642 true"},
		{"ssl:[fd00::5]", "tcp [fd00::5]:6640 true"},
		{"tcp:a:1,ssl:b:2,unix:/c", "tcp a:1 false|tcp b:2 true|unix /c false"},
		{"ptcp:6642", "cannot be reached by listening"},
		{"tcp:", "no host and port"},
		{"unix:", "no path"},
		{"tcp:a:1,ssl:", "no host and port"},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			list, err := parseRemotes(tt.text)
			if err != nil {
				if !errors.Is(err, ErrRemote) || !strings.Contains(err.Error(), tt.want) {
					t.Errorf("error %v, want %s", err, tt.want)
				}
				return
			}
			var got []string
			for _, r := range list {
				got = append(got, fmt.Sprint(r.network, " ", r.address, " ", r.tls))
			}
			if g := strings.Join(got, "|"); g != tt.want {
				t.Errorf("%s, want %s", g, tt.want)
			}
		})
	}
}

func TestMessageEnd(t *testing.T) {
	text := `{"a":"}\\\"{","b":[1,{"c":"\\"}],"id":1}` + `{}`
	for cut := range len(text) - 2 {
		var m messageEnd
		if n, err := m.find([]byte(text[:cut])); n != -1 || err != nil {
			t.Fatalf("end at %d after %d bytes, %v", n, cut, err)
		}
		if n, _ := m.find([]byte(text)); n != len(text)-2 {
			t.Errorf("cut at %d: the end is at %d, want %d", cut, n, len(text)-2)
		}
	}
}

// fakeServer replies to each request with the next of its answers, verbatim, and
// returns its address.
func fakeServer(t *testing.T, answers ...string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				buf := make([]byte, 64<<10)
				for _, a := range answers {
					for got := ""; !strings.Contains(got, `"method"`); {
						n, err := conn.Read(buf)
						if err != nil {
							return
						}
						got += string(buf[:n])
					}
					if _, err := io.WriteString(conn, strings.TrimSuffix(a, "...")); err != nil {
						return
					}
				}
				if len(answers) > 0 && strings.HasSuffix(answers[len(answers)-1], "...") {
					<-t.Context().Done()
				}
				if conn.(*net.TCPConn).CloseWrite() == nil { // a request that is not read would reset the connection
					_, _ = io.Copy(io.Discard, conn)
				}
			}()
		}
	}()
	return "tcp:" + l.Addr().String()
}

func result(id int, text string) string {
	return fmt.Sprintf(`{"id":%d,"result":%s,"error":null}`, id, text)
}

func TestFakeServers(t *testing.T) {
	dbs := result(1, `["OVN_Southbound","_Server"]`)
	alone := result(2, `[{"rows":[{"model":"standalone","connected":true,"leader":true}]}]`)
	schema := result(3, ovsdbtest.Schema)
	rows := ovsdbtest.Fill(`{"Address_Set":{"U1":{"initial":{"name":"live","addresses":["set",["x","y"]]}}}}`)
	refuse := func(id int) string {
		return fmt.Sprintf(`{"id":%d,"result":null,"error":{"error":"unknown method","details":"no"}}`, id)
	}
	tests := []struct {
		name    string
		answers []string
		want    string // the address set's name, or a part of the error
		is      error
	}{
		{"monitor_cond", []string{dbs, alone, schema, result(4, rows)}, "live", nil},
		{"monitor", []string{dbs, alone, schema, refuse(4), result(5, strings.Replace(rows, "initial", "new", 1))}, "live", nil},
		{"no _Server", []string{dbs, refuse(2), schema, result(4, rows)}, "live", nil},
		{"an echo and a notification first", []string{`{"id":"echo","method":"echo","params":["x"]}{"id":null,"method":"update3","params":[]}` + dbs, alone, schema, result(4, rows)}, "live", nil},
		{"an answer in pieces with space around", []string{" " + dbs + "\n", alone, schema, result(4, rows)}, "live", nil},
		{"no such database", []string{result(1, `["_Server","OVN_Northbound"]`)}, "this is an OVN_Northbound database", ovsdb.ErrWrongSchema},
		{"several databases", []string{result(1, `["A","B"]`)}, "the server has no database OVN_Southbound; it has A, B", ovsdb.ErrWrongSchema},
		{"not a leader", []string{dbs, result(2, `[{"rows":[{"model":"clustered","connected":true,"leader":false}]}]`)}, "not the leader", ErrRemote},
		{"a schema that is none", []string{dbs, alone, result(3, `{}`)}, "the schema cannot be read", ovsdb.ErrDamaged},
		{"rows that do not fit", []string{dbs, alone, schema, result(4, ovsdbtest.Fill(`{"Address_Set":{"U1":{"initial":{"name":5}}}}`))}, "not a value of its type", ovsdb.ErrDamaged},
		{"a row twice", []string{dbs, alone, schema, result(4, ovsdbtest.Fill(`{"Address_Set":{"U1":{"initial":{}},"U1":{"initial":{}}}}`))}, "occurs twice", ovsdb.ErrDamaged},
		{"no UUID", []string{dbs, alone, schema, result(4, `{"Address_Set":{"x":{"initial":{}}}}`)}, "not a UUID", ovsdb.ErrDamaged},
		{"hangs up", []string{dbs, alone}, "the server closed the connection", ErrRemote},
		{"speaks otherwise", []string{"HTTP/1.1 400 Bad Request\r\n\r\n{]"}, `this is not an OVSDB server: its first message begins with "HTTP/1.1 400 Bad Request`, ErrRemote},
		{"speaks TLS", []string{"\x15\x03\x01\x00\x02\x02\x16"}, "this is not an OVSDB server", ErrRemote},
		{"sends a string", []string{`"{}"`}, "this is not an OVSDB server", ErrRemote},
		{"sends brackets that do not fit", []string{"{]"}, "not JSON-RPC", ErrRemote},
		{"nests without end", []string{strings.Repeat(`{"a":`, 1001)}, "nested deeper than 1000", ErrRemote},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, err := Open(t.Context(), fakeServer(t, tt.answers...), &ovsdb.Options{Schema: "OVN_Southbound"})
			if tt.is != nil {
				if !errors.Is(err, tt.is) || !strings.Contains(err.Error(), tt.want) {
					t.Errorf("error %v, want %v with %q", err, tt.is, tt.want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := ovsdbtest.SetName(s); got != tt.want {
				t.Errorf("the address set is %q, want %q", got, tt.want)
			}
		})
	}
	t.Run("an endless answer", func(t *testing.T) {
		_, err := Open(t.Context(), fakeServer(t, `{"x":"`+strings.Repeat("x", 2<<20)), &ovsdb.Options{MaxBytes: 1 << 20})
		if err == nil || !strings.Contains(err.Error(), "limit of 1048576 bytes") {
			t.Errorf("error %v", err)
		}
	})
	t.Run("an endless string", func(t *testing.T) {
		_, err := Open(t.Context(), fakeServer(t, `{"id":1,"result":["`+strings.Repeat("x", smallAnswer)), &ovsdb.Options{})
		if !errors.Is(err, ovsdb.ErrTooBig) || !strings.Contains(err.Error(), "limit of 16777216 bytes") {
			t.Errorf("error %v", err)
		}
	})
	t.Run("notifications without end", func(t *testing.T) {
		note := `{"id":null,"method":"update","params":["` + strings.Repeat("x", 1000) + `"]}`
		_, err := Open(t.Context(), fakeServer(t, strings.Repeat(note, 2000)+"..."), &ovsdb.Options{MaxBytes: 1 << 20})
		if !errors.Is(err, ovsdb.ErrTooBig) || !strings.Contains(err.Error(), "more than the limit of 1048576 bytes of notifications, and no reply to list_dbs") {
			t.Errorf("error %v", err)
		}
	})
	t.Run("an answer in memory of its own", func(t *testing.T) {
		note := `{"id":null,"method":"update","params":["` + strings.Repeat("x", 2*memory.MapFrom) + `"]}`
		big := ovsdbtest.Fill(`{"Address_Set":{"U1":{"initial":{"name":"` + strings.Repeat("x", 3*memory.MapFrom) + `"}}}}`)
		_, err := Open(t.Context(), fakeServer(t, note, alone), &ovsdb.Options{})
		if !errors.Is(err, ovsdb.ErrTooBig) {
			t.Errorf("a big notification: %v", err)
		}
		s, err := Open(t.Context(), fakeServer(t, dbs, alone, schema, result(4, big)), &ovsdb.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got := ovsdbtest.SetName(s); len(got) != 3*memory.MapFrom {
			t.Errorf("%d bytes", len(got))
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	t.Run("a silent server", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		if _, err := Open(ctx, fakeServer(t, "..."), &ovsdb.Options{}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v", err)
		}
	})
	t.Run("the second serves", func(t *testing.T) {
		follower := fakeServer(t, dbs, result(2, `[{"rows":[{"model":"clustered","connected":true,"leader":false}]}]`), schema, result(4, strings.Replace(rows, "live", "follower", 1)))
		leader := fakeServer(t, dbs, alone, schema, result(4, rows))
		for any, want := range map[bool]string{false: "live", true: "follower"} {
			s, err := Open(t.Context(), "unix:"+filepath.Join(t.TempDir(), "nobody.sock")+","+follower+","+leader, &ovsdb.Options{Schema: "OVN_Southbound", NoLeaderOnly: any})
			if err != nil || ovsdbtest.SetName(s) != want {
				t.Errorf("NoLeaderOnly %v: %v, %v", any, s, err)
			}
		}
	})
	t.Run("nobody", func(t *testing.T) {
		if _, err := Open(t.Context(), "unix:"+filepath.Join(t.TempDir(), "nobody.sock")+",unix:"+t.TempDir()+"/none", &ovsdb.Options{}); !errors.Is(err, ErrRemote) || strings.Count(err.Error(), ";") != 1 {
			t.Errorf("error %v", err)
		}
	})
}
