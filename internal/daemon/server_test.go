package daemon

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// serve runs a server on its own socket and returns a function that connects to it.
func serve(t *testing.T, s *Server) (dial func() net.Conn, done chan error) {
	t.Helper()
	if s.Warn == nil {
		s.Warn = func(string) {}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done = make(chan error, 1)
	go func() { done <- s.Serve(ctx, l) }()
	t.Cleanup(cancel)
	return func() net.Conn {
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		if err := c.SetDeadline(time.Now().Add(2 * time.Minute)); err != nil {
			t.Fatal(err)
		}
		return c
	}, done
}

func echo(_ context.Context, args []string) (string, error) {
	if len(args) == 2 {
		return "", errors.New("two are too many")
	}
	if args[0] == "panic" {
		panic("asked for")
	}
	return strings.Join(args, " "), nil
}

func testServer() *Server {
	return &Server{Version: "ovn-trace 1", Commands: map[string]Command{
		"echo": {Usage: "WORD...", Min: 1, Max: 3, Run: echo},
		"exit": {Last: true, Run: func(context.Context, []string) (string, error) { return "", nil }},
	}}
}

func TestAnswers(t *testing.T) {
	dial, _ := serve(t, testServer())
	conn := dial()
	dec := json.NewDecoder(conn)
	for _, test := range []struct{ request, want string }{
		{`{"id":0,"method":"echo","params":["a <b> \u00e9"]}`, `{"id":0,"result":"a <b> é\n","error":null}`},
		{`{"id":"x","method":"echo","params":["ends\n"]}`, `{"id":"x","result":"ends\n","error":null}`},
		{`{"id":[1],"method":"echo","params":[""]}`, `{"id":[1],"result":"","error":null}`},
		{`{"id":1,"method":"echo","params":["a","b"]}`, `{"id":1,"result":null,"error":"two are too many\n"}`},
		{`{"id":1,"method":"echo","params":[]}`, `{"id":1,"result":null,"error":"\"echo\" command requires at least 1 arguments\n"}`},
		{`{"id":1,"method":"echo"}`, `{"id":1,"result":null,"error":"\"echo\" command requires at least 1 arguments\n"}`},
		{`{"id":1,"method":"echo","params":["a","b","c","d"]}`, `{"id":1,"result":null,"error":"\"echo\" command takes at most 3 arguments\n"}`},
		{`{"id":1,"method":"echo","params":["a",1]}`, `{"id":1,"result":null,"error":"\"echo\" command has non-string argument\n"}`},
		{`{"id":1,"method":"nope","params":[]}`, `{"id":1,"result":null,"error":"\"nope\" is not a valid command (use \"list-commands\" to see a list of valid commands)\n"}`},
		{`{"id":1,"method":"version","params":[]}`, `{"id":1,"result":"ovn-trace 1\n","error":null}`},
		{`{"id":1,"method":"version","params":["x"]}`, `{"id":1,"result":null,"error":"\"version\" command takes at most 0 arguments\n"}`},
		{`{"id":1,"method":"list-commands","params":[]}`, `{"id":1,"result":"The available commands are:\n  echo                    WORD...\n  exit                    \n  list-commands           \n  version                 \n","error":null}`},
		{`{"id":1,"method":"echo","params":["panic"]}`, `{"id":1,"result":null,"error":"internal error: asked for (this is a bug)\n"}`},
	} {
		if _, err := io.WriteString(conn, test.request); err != nil {
			t.Fatal(err)
		}
		var got json.RawMessage
		if err := dec.Decode(&got); err != nil {
			t.Fatalf("%s: %v", test.request, err)
		}
		if string(got) != test.want {
			t.Errorf("%s:\ngot  %s\nwant %s", test.request, got, test.want)
		}
	}
}

// TestBadMessages sends something other than a request: the server closes the connection, warns,
// and serves others.
func TestBadMessages(t *testing.T) {
	warned := make(chan string, 1)
	s := testServer()
	s.Warn = func(text string) { warned <- text }
	dial, _ := serve(t, s)
	for _, test := range []struct{ name, send, want string }{
		{"no JSON", "hello", "no JSON-RPC request: invalid character"},
		{"no object", `[1]`, "no JSON-RPC request: json: cannot unmarshal"},
		{"no method", `{"id":1,"params":[]}`, "no JSON-RPC request: it has no method or no id"},
		{"notification", `{"id":null,"method":"echo","params":["x"]}`, "no JSON-RPC request: it has no method or no id"},
		{"too long", `{"id":1,"method":"echo","params":["` + strings.Repeat("x", MaxRequest) + `"]}`, fmt.Sprintf("no JSON-RPC request: more than %d bytes", MaxRequest)},
		{"torn", `{"id":1,`, "no JSON-RPC request: unexpected EOF"},
	} {
		t.Run(test.name, func(t *testing.T) {
			conn := dial()
			_, _ = io.WriteString(conn, test.send) // the server may close the connection before the end
			if test.name == "torn" {
				if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
					t.Fatal(err)
				}
			}
			select {
			case got := <-warned:
				if !strings.HasPrefix(got, test.want) {
					t.Errorf("warned %q, want %q", got, test.want)
				}
			case <-time.After(2 * time.Minute):
				t.Fatal("no warning")
			}
			if n, err := conn.Read(make([]byte, 1)); n > 0 || err == nil {
				t.Errorf("answered")
			}
		})
	}
}

// TestExit ends the server by a command, to which it replies first, while another client is
// connected.
func TestExit(t *testing.T) {
	dial, done := serve(t, testServer())
	idle, conn := dial(), dial()
	if _, err := io.WriteString(conn, `{"id":7,"method":"exit","params":[]}`); err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(conn)
	if want := `{"id":7,"result":"","error":null}` + "\n"; err != nil || string(got) != want {
		t.Errorf("%q, %v; want %q", got, err, want)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	if n, err := idle.Read(make([]byte, 1)); n > 0 || err == nil {
		t.Error("the other client is still connected")
	}
}

func FuzzConverse(f *testing.F) {
	f.Add(`{"id":0,"method":"echo","params":["a"]}{"id":1,"method":"list-commands","params":[]}`)
	f.Add(`{"id":0,"method":"exit","params":[]}`)
	f.Add(`{"id":0,"method":"echo","params":[{}]}`)
	f.Fuzz(func(t *testing.T, in string) {
		s := testServer()
		s.Warn = func(string) {}
		var out strings.Builder
		rw := struct {
			io.Reader
			io.Writer
		}{strings.NewReader(in), &out}
		if err := s.converse(t.Context(), rw, func() {}); err != nil && !errors.Is(err, ErrBadRequest) {
			t.Errorf("%v", err)
		}
		for dec := json.NewDecoder(strings.NewReader(out.String())); ; {
			var r map[string]any
			if err := dec.Decode(&r); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("answer %q: %v", out.String(), err)
			}
		}
	})
}
