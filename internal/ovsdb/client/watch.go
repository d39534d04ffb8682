package client

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
)

// Watch reports changes to the wanted tables and columns of a database on a
// server, or on one of a cluster's as Open would choose it: it calls changed
// once when it begins to listen and then for each transaction that changes
// something.  It returns when ctx ends or the server goes away, always with an
// error.
//
// A Snapshot that is opened after the first call misses nothing.
func Watch(ctx context.Context, servers string, o ovsdb.Options, changed func()) error {
	list, err := parseRemotes(servers)
	if err != nil {
		return err
	}
	var causes []error
	for _, r := range list {
		err := r.watch(ctx, &o, changed)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		causes = append(causes, fmt.Errorf("%s: %w", r.text, err))
	}
	return errors.Join(causes...)
}

// watch listens to one server.
func (r remote) watch(ctx context.Context, o *ovsdb.Options, changed func()) error {
	return r.talk(ctx, o, func(c *rpc, schema *ovsdb.Schema) error {
		news := map[string]bool{"initial": false, "insert": true, "delete": true, "modify": true}
		params := []any{schema.Name, nil, monitorRequests(schema, o.Wanted, news)}
		if _, err := c.ask("monitor", params); err != nil {
			return err
		}
		changed()
		return c.follow(probeInterval, changed)
	})
}

// probeInterval is how long a server may say nothing before it is asked whether it is
// still there.
const probeInterval = time.Minute

// follow calls changed for each update that arrives.  A server that says
// nothing for long is asked whether it is still there.
func (c *rpc) follow(silence time.Duration, changed func()) error {
	asked := false
	for {
		b, err := c.receive(silence, c.o.Limit())
		var timeout net.Error
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout():
			if asked {
				return errors.New("the server is silent")
			}
			asked = true
			if err := c.send([]byte(`{"method":"echo","params":[],"id":"echo"}`)); err != nil {
				return err
			}
			continue
		case err != nil:
			return err
		}
		asked = false
		update, err := c.notice(b.Data)
		if err := errors.Join(err, b.Free()); err != nil {
			return err
		}
		if update {
			changed()
		}
	}
}

// notice reports whether a message is about a change. It echoes what the server
// asks to have echoed.
func (c *rpc) notice(msg []byte) (bool, error) {
	var m rpcMessage
	if f := m.read(msg); f != nil {
		return false, fmt.Errorf("the server sends what is no JSON-RPC: %s", f.Text)
	}
	return string(m.text(m.method)) == `"update"`, c.echo(&m)
}
