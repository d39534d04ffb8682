package controlplane

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"time"
)

// call sends a request to a server of the plane on one of its sockets, by JSON-RPC 1.0 as both
// ovs-appctl(8) and RFC 7047 have it, and reads the result.
func (p *Plane) call(ctx context.Context, socket, method string, params ...any) (json.RawMessage, error) {
	ctx, cancel := p.Bound(ctx)
	defer cancel()
	conn, err := p.dial(ctx, socket)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })()
	result, err := ask(conn, method, params)
	if err != nil {
		if cause := context.Cause(ctx); cause != nil {
			err = cause
		}
		return nil, fmt.Errorf("%s on %s: %w", method, socket, err)
	}
	return result, nil
}

// ask sends one request and waits for its reply.
func ask(conn net.Conn, method string, params []any) (json.RawMessage, error) {
	if params == nil {
		params = []any{}
	}
	if err := json.NewEncoder(conn).Encode(map[string]any{"id": 0, "method": method, "params": params}); err != nil {
		return nil, err
	}
	var reply struct {
		Result json.RawMessage
		Error  json.RawMessage
	}
	if err := json.NewDecoder(conn).Decode(&reply); err != nil {
		return nil, err
	}
	if len(reply.Error) > 0 && string(reply.Error) != "null" {
		return nil, errors.New(string(reply.Error))
	}
	return reply.Result, nil
}
