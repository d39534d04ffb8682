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

// Watch reports changes to the wanted tables and columns of a database on a server,
// or on the member of a cluster that Open would choose. It calls changed once when
// monitoring begins, and then for each transaction with such a change. It returns when
// ctx is canceled or the connection ends, always with an error.
//
// A Snapshot that is opened after the first call has all changes before it.
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

// watch monitors one server.
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

// probeInterval is how long a server may be silent before Watch sends it an echo
// request.
const probeInterval = time.Minute

// follow calls changed for each update that arrives. It sends an echo request to a
// server that is silent for the given time, and returns an error if it does not reply.
func (c *rpc) follow(silence time.Duration, changed func()) error {
	asked := false
	for {
		b, err := c.receive(silence, c.o.Limit())
		var timeout net.Error
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout():
			if asked {
				return errors.New("the server does not respond")
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

// notice reports whether a message is an update. It replies to echo requests.
func (c *rpc) notice(msg []byte) (bool, error) {
	var m rpcMessage
	if f := m.read(msg); f != nil {
		return false, fmt.Errorf("the server sent a message that is not JSON-RPC: %s", f.Text)
	}
	return string(m.text(m.method)) == `"update"`, c.echo(&m)
}
