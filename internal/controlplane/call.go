package controlplane

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"time"
)

// call sends a request to a server of the plane on one of its sockets, in the JSON-RPC 1.0 of
// ovs-appctl(8) and RFC 7047, and waits for the reply.
func (p *Plane) call(ctx context.Context, socket, method string, params ...any) error {
	ctx, cancel := p.Bound(ctx)
	defer cancel()
	conn, err := p.dial(ctx, socket)
	if err != nil {
		return err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })()
	if err := ask(conn, method, params); err != nil {
		if cause := context.Cause(ctx); cause != nil {
			err = cause
		}
		return fmt.Errorf("%s on %s: %w", method, socket, err)
	}
	return nil
}

// ask sends one request and waits for its reply.
func ask(conn net.Conn, method string, params []any) error {
	if params == nil {
		params = []any{}
	}
	if err := json.NewEncoder(conn).Encode(map[string]any{"id": 0, "method": method, "params": params}); err != nil {
		return err
	}
	var reply struct{ Error json.RawMessage }
	if err := json.NewDecoder(conn).Decode(&reply); err != nil {
		return err
	}
	if len(reply.Error) > 0 && string(reply.Error) != "null" {
		return errors.New(string(reply.Error))
	}
	return nil
}
