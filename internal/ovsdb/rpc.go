package ovsdb

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"time"
)

// rpc speaks the JSON-RPC 1.0 of RFC 7047, section 4, with one server: one
// request at a time, echoing what the server asks to have echoed.
//
// It is written here and not taken from libovsdb because all that is needed is
// one consistent look at some columns: libovsdb keeps a typed cache that
// follows the server, decodes every value by reflection, and brings a logging
// and a metrics library; this hands the reply's bytes to the same scanner that
// reads files.
type rpc struct {
	ctx  context.Context
	conn net.Conn
	o    *Options
	buf  []byte // received, not yet used
	id   int
	got  int64
}

// rpcError is an error that the server answered with.
type rpcError struct {
	Code    string `json:"error"`
	Details string `json:"details"`
}

func (e *rpcError) Error() string {
	if e.Details == "" {
		return "the server answers: " + e.Code
	}
	return fmt.Sprintf("the server answers: %s (%s)", e.Code, e.Details)
}

// idle is how long a server may be silent within a message, or before the
// answer to a small request. A big answer may take it minutes to prepare.
const (
	idle     = 30 * time.Second
	idleLong = 10 * time.Minute
)

// call sends a request and returns the text of the answer's result, which is
// the caller's. Notifications that come first are dropped.
func (c *rpc) call(patience time.Duration, method string, params any) ([]byte, error) {
	c.id++
	req, err := json.Marshal(map[string]any{"method": method, "params": params, "id": c.id})
	if err != nil {
		return nil, err
	}
	if err := c.send(req); err != nil {
		return nil, err
	}
	for {
		msg, err := c.receive(patience)
		if err != nil {
			return nil, err
		}
		var m rpcMessage
		if f := m.read(msg); f != nil {
			return nil, fmt.Errorf("the server sends what is no JSON-RPC: %s", f.text)
		}
		switch {
		case m.has(m.method):
			if string(m.text(m.method)) == `"echo"` {
				reply := fmt.Appendf(nil, `{"result":%s,"error":null,"id":%s}`, m.text(m.params), m.text(m.id))
				if err := c.send(reply); err != nil {
					return nil, err
				}
			}
		case string(m.text(m.id)) != fmt.Sprint(c.id):
		case m.has(m.err):
			e := &rpcError{}
			if json.Unmarshal(m.text(m.err), e) != nil || e.Code == "" {
				e.Code = clip(string(m.text(m.err)))
			}
			return nil, e
		default:
			return m.text(m.result), nil
		}
	}
}

func (c *rpc) send(b []byte) error {
	if err := c.conn.SetWriteDeadline(time.Now().Add(idle)); err != nil {
		return err
	}
	_, err := c.conn.Write(b)
	return err
}

// receive returns the text of the next message.
func (c *rpc) receive(patience time.Duration) ([]byte, error) {
	var end messageEnd
	for {
		if n := end.find(c.buf); n >= 0 {
			msg := c.buf[:n:n]
			c.buf = c.buf[n:]
			return msg, nil
		}
		if int64(len(c.buf)) > c.o.maxBytes() {
			return nil, fmt.Errorf("an answer of more than the limit of %d bytes: %w", c.o.maxBytes(), ErrTooBig)
		}
		if len(c.buf) > 0 {
			patience = idle
		}
		if err := c.fill(patience); err != nil {
			return nil, err
		}
	}
}

// fill reads more of what the server sends.
func (c *rpc) fill(patience time.Duration) error {
	if err := c.conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	if free := cap(c.buf) - len(c.buf); free < 64<<10 {
		c.buf = append(make([]byte, 0, max(256<<10, 2*len(c.buf))), c.buf...)
	}
	n, err := c.conn.Read(c.buf[len(c.buf):cap(c.buf)])
	c.buf = c.buf[:len(c.buf)+n]
	if c.o.Progress != nil && (c.got+int64(n))/lookStep != c.got/lookStep {
		c.o.Progress(c.got+int64(n), 0)
	}
	c.got += int64(n)
	if n > 0 {
		return nil
	}
	if cerr := c.ctx.Err(); cerr != nil {
		return cerr
	}
	if errors.Is(err, io.EOF) {
		return errors.New("the server closed the connection")
	}
	return err
}

// messageEnd finds the end of a JSON object that arrives in pieces.
type messageEnd struct {
	pos     int
	depth   int
	quoted  bool
	escaped bool
}

// find looks at what came since the last call and returns the position after
// the object, or -1 while its end is not there.
func (m *messageEnd) find(b []byte) int {
	for m.pos < len(b) {
		switch c := b[m.pos]; {
		case m.escaped:
			m.escaped = false
		case m.quoted:
			i := stringStop(b, m.pos)
			if i < 0 {
				m.pos = len(b)
				return -1
			}
			m.pos = i
			m.quoted, m.escaped = b[i] == '\\', b[i] == '\\'
		case c == '"':
			m.quoted = true
		case c == '{' || c == '[':
			m.depth++
		case c == '}' || c == ']':
			if m.depth--; m.depth <= 0 {
				return m.pos + 1
			}
		}
		m.pos++
	}
	return -1
}

// rpcMessage is a message's members, each with its text's place.
type rpcMessage struct {
	b                               []byte
	method, params, id, result, err span
}

func (m *rpcMessage) text(s span) []byte { return m.b[s.from:s.to:s.to] }

// has reports whether a member is there and not null.
func (m *rpcMessage) has(s span) bool { return s.to > 0 && !bytes.Equal(m.text(s), []byte("null")) }

// read takes a message apart.
func (m *rpcMessage) read(b []byte) *fault {
	m.b = b
	_, f := eachMember(b, 0, func(name string, v span) *fault {
		switch name {
		case "method":
			m.method = v
		case "params":
			m.params = v
		case "id":
			m.id = v
		case "result":
			m.result = v
		case "error":
			m.err = v
		}
		return nil
	})
	return f
}
