package controlplane

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"

	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/jsonscan"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/open"
)

const (
	// frontSocket is the socket of the front.
	frontSocket = "flows.sock"
	// flowTable is the largest table of a southbound database.
	flowTable = "Logical_Flow"
)

// front is a proxy between northd and the southbound ovsdb-server.  It forwards the messages of
// both sides (RFC 7047, ovsdb-server(7)), except for northd's first request for logical flows, to
// which it replies itself.  Ovsdb-server builds one message of all flows before it sends any of
// it, which takes as long as loading them; the file that it has loaded contains them as text.
// Later changes of flows come from ovsdb-server.
type front struct {
	listener net.Listener
	server   string // the socket of ovsdb-server
	rows     *ovsdb.Snapshot

	running sync.WaitGroup
	mu      sync.Mutex
	closed  bool
	conns   []net.Conn // closed with the front
}

// Front makes the next northd read the logical flows from a file, which must have the same
// contents as the database of the southbound ovsdb-server.
func (p *Plane) Front(ctx context.Context, file string) error {
	rows, err := open.Path(ctx, file, ovsdb.Options{Wanted: ovsdb.Wanted{flowTable: nil}})
	if err != nil {
		return err
	}
	l, err := net.Listen("unix", p.Path(frontSocket))
	if err != nil {
		return errors.Join(err, rows.Close())
	}
	p.front = &front{listener: l, server: p.Path(SB + ".sock"), rows: rows}
	p.front.running.Go(p.front.accept)
	return nil
}

// accept serves connections until the front is closed.  Only the first one gets flows from the
// file, because ovsdb-server may have others later.
func (f *front) accept() {
	for first := true; ; first = false {
		northd, err := f.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("unix", f.server)
		if err != nil {
			_ = northd.Close()
			continue
		}
		s := &session{northd: northd, server: server}
		if first {
			s.flows = f.rows.Table(flowTable)
		}
		f.mu.Lock()
		f.conns = append(f.conns, northd, server)
		if f.closed {
			s.end()
		}
		f.mu.Unlock()
		f.running.Go(s.requests)
		f.running.Go(s.replies)
	}
}

// close ends all connections.
func (f *front) close() error {
	err := f.listener.Close()
	f.mu.Lock()
	f.closed = true
	for _, c := range f.conns {
		_ = c.Close() // it may be closed already
	}
	f.mu.Unlock()
	f.running.Wait()
	return errors.Join(err, f.rows.Close())
}

// session is a connection of northd.
type session struct {
	northd, server net.Conn
	flows          *ovsdb.Table // nil if ovsdb-server sends them
	asked          atomic.Pointer[flowRequest]
}

// flowRequest is a request for the logical flows and other tables.
type flowRequest struct {
	id      json.RawMessage
	columns []string
}

// end closes both connections.  Northd reconnects if it still runs.
func (s *session) end() {
	_ = errors.Join(s.northd.Close(), s.server.Close()) // either may be closed already
}

// requests forwards the messages of northd.
func (s *session) requests() {
	defer s.end()
	in := json.NewDecoder(s.northd)
	for s.flows != nil && s.asked.Load() == nil {
		var m json.RawMessage
		if in.Decode(&m) != nil {
			return
		}
		if q, without := flowsAsked(m); q != nil {
			s.asked.Store(q)
			m = without
		}
		if _, err := s.server.Write(m); err != nil {
			return
		}
	}
	passOn(s.server, in.Buffered(), s.northd)
}

// replies forwards the messages of ovsdb-server, and adds the flows to the reply to the request
// for them.
func (s *session) replies() {
	defer s.end()
	in := json.NewDecoder(s.server)
	for answered := s.flows == nil; !answered; {
		var m json.RawMessage
		if in.Decode(&m) != nil {
			return
		}
		var err error
		q, reply := s.asked.Load(), members(m)
		answered = q != nil && string(reply["id"]) == string(q.id)
		if answered && string(reply["error"]) == "null" {
			err = writeFlows(s.northd, q, reply["result"], s.flows)
		} else {
			_, err = s.northd.Write(m)
		}
		if err != nil {
			return // the next connection gets all rows from ovsdb-server
		}
	}
	passOn(s.northd, in.Buffered(), s.server)
}

// passOn copies what was read ahead and all that follows it.
func passOn(to io.Writer, ahead, more io.Reader) {
	if _, err := io.Copy(to, ahead); err == nil {
		_, _ = io.Copy(to, more) // an error ends the session as the end does
	}
}

// flowsAsked returns the part of a request for logical flows, and the request without their
// initial rows; nil if it does not request all initial rows.
func flowsAsked(m json.RawMessage) (*flowRequest, json.RawMessage) {
	var request struct {
		Method string            `json:"method"`
		ID     json.RawMessage   `json:"id"`
		Params []json.RawMessage `json:"params"`
	}
	var tables map[string]json.RawMessage
	if json.Unmarshal(m, &request) != nil || request.Method != "monitor_cond_since" || len(request.Params) != 4 || json.Unmarshal(request.Params[2], &tables) != nil {
		return nil, nil
	}
	var monitors []map[string]json.RawMessage
	var columns []string
	if json.Unmarshal(tables[flowTable], &monitors) != nil || len(monitors) != 1 || len(monitors[0]) != 1 || json.Unmarshal(monitors[0]["columns"], &columns) != nil {
		return nil, nil
	}
	monitors[0]["select"] = json.RawMessage(`{"initial":false}`)
	tables[flowTable] = text(monitors)
	request.Params[2] = text(tables)
	return &flowRequest{request.ID, columns}, text(request)
}

// text returns the JSON text of a value that was parsed from JSON.
func text(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // its parts were parsed
	}
	return b
}

// members returns the members of a JSON object, nil for any other value.
func members(object []byte) map[string]json.RawMessage {
	all := map[string]json.RawMessage{}
	if _, bad := ovsdb.EachMember(object, 0, func(name string, v jsonscan.Span) *ovsdb.RecordError {
		all[name] = object[v.From:v.To]
		return nil
	}); bad != nil {
		return nil
	}
	return all
}

// elements returns the elements of a JSON array, nil for any other value.
func elements(array []byte) (all []json.RawMessage) {
	if jsonscan.At(array, 0) != '[' {
		return nil
	}
	i, done := jsonscan.First(array, 0, ']')
	for !done && i >= 0 {
		end := jsonscan.SkipValue(array, i)
		if end < 0 {
			return nil
		}
		all = append(all, array[i:end])
		i, done = jsonscan.Next(array, end, ']')
	}
	return all
}

// errReply means that a reply does not have the form of ovsdb-server(7) for monitor_cond_since.
var errReply = errors.New("not a reply to monitor_cond_since")

// writeFlows writes the reply to a request with the flows added.
func writeFlows(w io.Writer, q *flowRequest, whole json.RawMessage, flows *ovsdb.Table) error {
	result := elements(whole)
	if len(result) != 3 {
		return errReply
	}
	tables := members(result[2])
	if tables == nil || tables[flowTable] != nil {
		return errReply
	}
	b := bufio.NewWriterSize(w, 256<<10)
	line := fmt.Appendf(nil, `{"id":%s,"error":null,"result":[%s,%s,{"%s":{`, q.id, result[0], result[1], flowTable)
	separate := func(first *bool) {
		if !*first {
			line = append(line, ',')
		}
		*first = false
	}
	columns := make([]ovsdb.Col, len(q.columns))
	for i, name := range q.columns {
		columns[i], _ = flows.Col(name)
	}
	rowsFirst := true
	for row := range flows.Unsorted() {
		separate(&rowsFirst)
		line = append(row.UUID().Append(append(line, '"')), `":{"initial":{`...)
		first := true
		for i, name := range q.columns {
			if value := row.Raw(columns[i]); value != nil { // else it is the default
				separate(&first)
				line = append(fmt.Appendf(line, `"%s":`, name), value...)
			}
		}
		if _, err := b.Write(append(line, "}}"...)); err != nil {
			return err
		}
		line = line[:0]
	}
	line = append(line, '}')
	for name, rows := range tables {
		line = fmt.Appendf(line, `,"%s":%s`, name, rows)
	}
	if _, err := b.Write(append(line, "}]}"...)); err != nil {
		return err
	}
	return b.Flush()
}
