// Package client reads databases from servers by the protocol of RFC 7047, and
// reports their changes.
package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"time"

	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/jsonscan"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/memory"
)

// rpc is a JSON-RPC 1.0 connection to one server (RFC 7047, section 4), with one
// request at a time. It replies to the server's echo requests.
//
// It does not use libovsdb, because all that is needed is one consistent snapshot of
// some columns: libovsdb keeps a typed cache that follows the server, decodes every
// value by reflection, and depends on a logging and a metrics library. This type
// passes the reply's bytes to the scanner that also reads files.
type rpc struct {
	ctx  context.Context
	conn net.Conn
	o    *ovsdb.Options
	in   *memory.Buffer // received, not yet used
	id   int
	got  int64
}

// rpcError is an error in a server's reply.
type rpcError struct {
	Code    string `json:"error"`
	Details string `json:"details"`
}

func (e *rpcError) Error() string {
	if e.Details == "" {
		return "the server answers: " + e.Code
	}
	return fmt.Sprintf("the server replied with an error: %s (%s)", e.Code, e.Details)
}

// idleTimeout is how long a server may be silent within a message, or before its
// reply to a small request. A large reply may take minutes to prepare.
const (
	idleTimeout     = 30 * time.Second
	snapshotTimeout = 10 * time.Minute

	// minRate is the minimum average rate of a message in bytes per second, after
	// idleTimeout.
	minRate = 16 << 10
)

// messageDeadline returns the time by which more of a message must arrive, given when
// it began and how many bytes of it have arrived.
func messageDeadline(began time.Time, bytes int) time.Time {
	return began.Add(idleTimeout + time.Duration(bytes/minRate)*time.Second)
}

// smallAnswer limits the bytes of a reply that has no rows, and of the notifications
// before a reply.
const smallAnswer = 16 << 20

// small is smallAnswer, or the limit on all answers where that is lower.
func (c *rpc) small() int64 { return min(smallAnswer, c.o.Limit()) }

// ask sends a request that has a small reply and returns the text of its result.
func (c *rpc) ask(method string, params any) ([]byte, error) {
	text, _, err := c.call(idleTimeout, c.small(), method, params) // so small a result has no mapped memory to free
	return text, err
}

// call sends a request and returns the text of the result, and the buffer that holds
// it, which the caller frees. It drops notifications that arrive first.
func (c *rpc) call(timeout time.Duration, limit int64, method string, params any) ([]byte, *memory.Buffer, error) {
	c.id++
	req, err := json.Marshal(map[string]any{"method": method, "params": params, "id": c.id})
	if err != nil {
		return nil, nil, err
	}
	if err := c.send(req); err != nil {
		return nil, nil, err
	}
	end, dropped := time.Now().Add(timeout), int64(0)
	for {
		b, err := c.receive(timeout, limit)
		if err != nil {
			return nil, nil, err
		}
		text, err := c.answer(b.Data)
		if text != nil && err == nil {
			return text, b, nil
		}
		dropped += int64(len(b.Data))
		switch err := errors.Join(err, b.Free()); {
		case err != nil:
			return nil, nil, err
		case dropped > c.small():
			return nil, nil, memory.TooBig(fmt.Sprintf("more than the limit of %d bytes of notifications, and no reply to %s", c.small(), method))
		case time.Now().After(end):
			return nil, nil, fmt.Errorf("only notifications for %v, no reply to %s", timeout, method)
		}
	}
}

// answer returns the result in a message, or nil if it is not the reply to the last
// request. It replies to the server's echo requests.
func (c *rpc) answer(msg []byte) ([]byte, error) {
	var m rpcMessage
	if f := m.read(msg); f != nil {
		return nil, fmt.Errorf("the server sent a message that is not JSON-RPC: %s", f.Text)
	}
	switch {
	case m.has(m.method):
		return nil, c.echo(&m)
	case string(m.text(m.id)) != fmt.Sprint(c.id):
		return nil, nil
	case m.has(m.err):
		e := &rpcError{}
		if json.Unmarshal(m.text(m.err), e) != nil || e.Code == "" {
			e.Code = ovsdb.Clip(string(m.text(m.err)))
		}
		return nil, e
	}
	return m.text(m.result), nil
}

// echo replies to a request if its method is echo.
func (c *rpc) echo(m *rpcMessage) error {
	if string(m.text(m.method)) != `"echo"` {
		return nil
	}
	return c.send(fmt.Appendf(nil, `{"result":%s,"error":null,"id":%s}`, m.text(m.params), m.text(m.id)))
}

func (c *rpc) send(b []byte) error {
	if err := c.conn.SetWriteDeadline(time.Now().Add(idleTimeout)); err != nil {
		return err
	}
	_, err := c.conn.Write(b)
	return err
}

// receive returns the next message in a buffer that holds nothing else. The caller
// frees it.
func (c *rpc) receive(timeout time.Duration, limit int64) (*memory.Buffer, error) {
	if c.in == nil {
		c.in = memory.NewBuffer(0, limit)
	}
	c.in.Limit = limit
	var end messageEnd
	var began time.Time // when the first byte of the message arrived
	for {
		n, err := end.find(c.in.Data)
		if err != nil {
			return nil, errors.Join(err, c.drop())
		}
		if n >= 0 {
			b := c.in
			c.in = memory.NewBuffer(int64(len(b.Data)-n), limit)
			c.in.Data = append(c.in.Data, b.Data[n:]...)
			b.Data = b.Data[:n:n]
			return b, nil
		}
		now := time.Now()
		deadline := now.Add(timeout)
		if had := len(c.in.Data); had > 0 {
			if began.IsZero() {
				began = now
			}
			deadline = now.Add(idleTimeout)
			if last := messageDeadline(began, had); last.Before(deadline) {
				deadline = last
			}
		}
		err = c.fill(deadline)
		if errors.Is(err, os.ErrDeadlineExceeded) && !began.IsZero() && time.Since(now) < idleTimeout {
			err = fmt.Errorf("the server is sending a message at less than %d bytes a second", minRate)
		}
		if err != nil {
			return nil, errors.Join(err, c.drop())
		}
	}
}

// drop frees the buffer of received bytes.
func (c *rpc) drop() error {
	if c.in == nil {
		return nil
	}
	b := c.in
	c.in = nil
	return b.Free()
}

// fill reads from the server until a deadline.
func (c *rpc) fill(deadline time.Time) error {
	if err := c.conn.SetReadDeadline(deadline); err != nil {
		return err
	}
	had := len(c.in.Data)
	err := c.in.Fill(c.conn)
	n := int64(len(c.in.Data) - had)
	if c.o.Progress != nil && (c.got+n)/ovsdb.PollStep != c.got/ovsdb.PollStep {
		c.o.Progress(c.got+n, 0)
	}
	c.got += n
	switch {
	case errors.Is(err, memory.ErrLimit):
		return memory.TooBig(fmt.Sprintf("a reply of more than the limit of %d bytes", c.in.Limit))
	case errors.Is(err, ovsdb.ErrTooBig):
		return fmt.Errorf("a reply of more than %d bytes: %w", had, err)
	case n > 0:
		return nil
	case c.ctx.Err() != nil:
		return c.ctx.Err()
	case errors.Is(err, io.EOF):
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

// find scans the bytes that arrived since the last call and returns the position after
// the object, or -1 if its end has not arrived. It returns an error as soon as the
// text does not begin an object or is nested too deep.
func (m *messageEnd) find(b []byte) (int, error) {
	if m.depth == 0 {
		if m.pos = jsonscan.SkipSpace(b, m.pos); m.pos < len(b) && b[m.pos] != '{' {
			return -1, fmt.Errorf("this is not an OVSDB server: its first message begins with %q instead of a JSON object", ovsdb.Clip(string(b[m.pos:min(len(b), m.pos+24)])))
		}
	}
	for m.pos < len(b) {
		switch c := b[m.pos]; {
		case m.escaped:
			m.escaped = false
		case m.quoted:
			i := jsonscan.StringStop(b, m.pos)
			if i < 0 {
				m.pos = len(b)
				return -1, nil
			}
			m.pos = i
			m.quoted, m.escaped = b[i] == '\\', b[i] == '\\'
		case c == '"':
			m.quoted = true
		case c == '{' || c == '[':
			if m.depth++; m.depth > jsonscan.MaxDepth {
				return -1, fmt.Errorf("the server sent JSON nested deeper than %d", jsonscan.MaxDepth)
			}
		case c == '}' || c == ']':
			if m.depth--; m.depth <= 0 {
				return m.pos + 1, nil
			}
		}
		m.pos++
	}
	return -1, nil
}

// rpcMessage has the position of each member of a message.
type rpcMessage struct {
	b                               []byte
	method, params, id, result, err jsonscan.Span
}

func (m *rpcMessage) text(s jsonscan.Span) []byte { return m.b[s.From:s.To:s.To] }

// has reports whether a member is present and not null.
func (m *rpcMessage) has(s jsonscan.Span) bool {
	return s.To > 0 && !bytes.Equal(m.text(s), []byte("null"))
}

// read parses a message.
func (m *rpcMessage) read(b []byte) *ovsdb.RecordError {
	m.b = b
	_, f := ovsdb.EachMember(b, 0, func(name string, v jsonscan.Span) *ovsdb.RecordError {
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
