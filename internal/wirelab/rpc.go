package wirelab

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"
)

// callLimit is the time limit of one call.
const callLimit = 30 * time.Second

// A client calls a daemon over a Unix socket by JSON-RPC 1.0, as ovs-appctl(8)
// and OVSDB's clients (RFC 7047) do.
type client struct {
	mutex   sync.Mutex
	path    string
	conn    net.Conn
	decoder *json.Decoder
	calls   int
}

type message struct {
	Method string          `json:"method,omitempty"`
	Params any             `json:"params,omitempty"`
	Result json.RawMessage `json:"result,omitempty"`
	Error  any             `json:"error"`
	ID     any             `json:"id"`
}

// call calls a method and decodes its result, if result is not nil.
func (c *client) call(result any, method string, params ...any) error {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	err := c.exchange(result, method, params)
	if err != nil {
		return fmt.Errorf("%s %s: %w", c.path, method, err)
	}
	return nil
}

func (c *client) exchange(result any, method string, params []any) error {
	if c.conn == nil {
		conn, err := net.Dial("unix", c.path)
		if err != nil {
			return err
		}
		c.conn, c.decoder = conn, json.NewDecoder(conn)
	}
	if err := c.conn.SetDeadline(time.Now().Add(callLimit)); err != nil {
		return err
	}
	c.calls++
	if params == nil {
		params = []any{}
	}
	if err := c.send(map[string]any{"method": method, "params": params, "id": c.calls}); err != nil {
		return err
	}
	for {
		var m message
		if err := c.decoder.Decode(&m); err != nil {
			return err
		}
		switch {
		case m.Method == "echo":
			if err := c.send(map[string]any{"result": m.Params, "error": nil, "id": m.ID}); err != nil {
				return err
			}
		case m.Error != nil:
			return fmt.Errorf("%v", m.Error)
		case m.Method == "" && result != nil:
			return json.Unmarshal(m.Result, result)
		case m.Method == "":
			return nil
		}
	}
}

func (c *client) send(v any) error {
	data, err := json.Marshal(v)
	if err == nil {
		_, err = c.conn.Write(data)
	}
	return err
}

// command runs a command of a daemon's unixctl socket.
func (c *client) command(name string, args ...string) (string, error) {
	params := make([]any, len(args))
	for i, a := range args {
		params[i] = a
	}
	var text string
	err := c.call(&text, name, params...)
	return text, err
}

// transact executes operations on a database as one transaction, and returns the rows that
// each of them selects.
func (c *client) transact(database string, operations ...map[string]any) ([][]map[string]any, error) {
	params := []any{database}
	for _, o := range operations {
		params = append(params, o)
	}
	var results []struct {
		Rows           []map[string]any
		Error, Details string
	}
	if err := c.call(&results, "transact", params...); err != nil {
		return nil, err
	}
	var rows [][]map[string]any
	for _, r := range results {
		if r.Error != "" {
			return nil, errors.New(r.Error + ": " + r.Details)
		}
		rows = append(rows, r.Rows)
	}
	return rows, nil
}

func (c *client) close() {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.conn != nil {
		_ = c.conn.Close() // the daemon ends anyway
		c.conn = nil
	}
}
