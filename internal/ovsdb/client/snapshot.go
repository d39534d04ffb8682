package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/jsonscan"
)

// ErrRemote means that no server could be used.
var ErrRemote = errors.New("no server answers")

// Open reads a snapshot of a database from the first usable server in a list. Of a
// cluster that is the leader, unless Options.NoLeaderOnly is set.
func Open(ctx context.Context, servers string, o *ovsdb.Options) (*ovsdb.Snapshot, error) {
	list, err := parseRemotes(servers)
	if err != nil {
		return nil, err
	}
	for round := 0; ; round++ {
		var why []string
		causes := []error{ErrRemote}
		again := false
		for _, r := range list {
			s, err := r.open(ctx, o)
			if err == nil {
				return s, nil
			}
			var e *ovsdb.Error
			if ctx.Err() != nil || errors.As(err, &e) {
				return nil, err
			}
			again = again || errors.Is(err, errNoLeader)
			if len(list) > 1 {
				err = fmt.Errorf("%s: %w", r.text, err)
			}
			why = append(why, err.Error())
			causes = append(causes, err)
		}
		// A cluster without a leader usually elects one within seconds.
		if !again || round == 5 {
			return nil, &ovsdb.Error{File: servers, Offset: -1, Err: errors.Join(causes...), Text: strings.Join(why, "; ")}
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(time.Second):
		}
	}
}

// open reads a snapshot of the database from one server. Errors of type *Error
// concern the database, others this server.
func (r remote) open(ctx context.Context, o *ovsdb.Options) (*ovsdb.Snapshot, error) {
	var s *ovsdb.Snapshot
	err := r.talk(ctx, o, func(c *rpc, schema *ovsdb.Schema) (err error) {
		l := &ovsdb.Loader{Context: ctx, Options: o, Name: r.text, Source: &ovsdb.Source{}}
		s, err = monitor(l, c, schema)
		return err
	})
	return s, err
}

// talk connects to one server and calls f with the schema of the database to read.
func (r remote) talk(ctx context.Context, o *ovsdb.Options, f func(*rpc, *ovsdb.Schema) error) error {
	conn, err := r.dial(ctx, &o.TLS)
	if err != nil {
		return err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	c := &rpc{ctx: ctx, conn: conn, o: o}
	defer func() { _ = c.drop() }()
	name, err := c.database(r.text)
	if err != nil {
		return err
	}
	if err := c.checkMember(name); err != nil {
		return err
	}
	text, err := c.ask("get_schema", []string{name})
	if err != nil {
		return err
	}
	schema, err := ovsdb.ParseSchema(text)
	if err != nil {
		return &ovsdb.Error{File: r.text, Offset: -1, Err: ovsdb.ErrDamaged, Text: "the schema cannot be read: " + err.Error()}
	}
	return f(c, schema)
}

// database returns the name of the database to request. It returns an error if the
// server does not have it.
func (c *rpc) database(server string) (string, error) {
	text, err := c.ask("list_dbs", []string{})
	if err != nil {
		return "", err
	}
	var names []string
	if err := json.Unmarshal(text, &names); err != nil {
		return "", fmt.Errorf("cannot list the databases: %w", err)
	}
	names = slices.DeleteFunc(names, func(s string) bool { return s == "_Server" })
	slices.Sort(names)
	switch want := c.o.Schema; {
	case want != "" && slices.Contains(names, want):
		return want, nil
	case want != "" && len(names) == 1:
		return "", &ovsdb.Error{File: server, Offset: -1, Err: ovsdb.ErrWrongSchema, Text: (&ovsdb.Schema{Name: names[0], Version: "not asked"}).Other(want)}
	case want != "":
		return "", &ovsdb.Error{File: server, Offset: -1, Err: ovsdb.ErrWrongSchema, Text: fmt.Sprintf("the server has no database %s; it has %s", want, strings.Join(names, ", "))}
	case len(names) == 1:
		return names[0], nil
	}
	return "", &ovsdb.Error{File: server, Offset: -1, Err: ovsdb.ErrSeveral, Text: "the server has the databases " + strings.Join(names, ", ")}
}

// Reasons for which a server is skipped.
var (
	errNotLeader = errors.New("this server is not the leader of its cluster; name all members, or take any with --no-leader-only")
	errNoLeader  = errors.New("this server is not connected to its cluster")
)

// checkMember checks in the _Server database (ovsdb-server(7)) whether the server is
// connected to its cluster and, if required, its leader. Servers before OVS 2.9 have
// no such database and no clusters.
func (c *rpc) checkMember(name string) error {
	text, err := c.ask("transact", []any{"_Server", map[string]any{
		"op": "select", "table": "Database", "where": [][]any{{"name", "==", name}}, "columns": []string{"model", "connected", "leader"},
	}})
	if _, ok := errors.AsType[*rpcError](err); ok {
		return nil
	}
	if err != nil {
		return err
	}
	var replies []struct {
		Rows []struct {
			Model     string `json:"model"`
			Connected bool   `json:"connected"`
			Leader    bool   `json:"leader"`
		} `json:"rows"`
	}
	if err := json.Unmarshal(text, &replies); err != nil || len(replies) == 0 || len(replies[0].Rows) == 0 {
		return nil
	}
	switch row := replies[0].Rows[0]; {
	case row.Model != "clustered" && row.Model != "relay":
		return nil
	case !row.Connected:
		return errNoLeader
	case !row.Leader && !c.o.NoLeaderOnly:
		return errNotLeader
	}
	return nil
}

// monitor requests the wanted columns of all rows, to which the server replies with a
// consistent snapshot, and reads the reply.
func monitor(l *ovsdb.Loader, c *rpc, schema *ovsdb.Schema) (*ovsdb.Snapshot, error) {
	once := map[string]bool{"initial": true, "insert": false, "delete": false, "modify": false}
	params := []any{schema.Name, nil, monitorRequests(schema, l.Options.Wanted, once)}
	// monitor_cond (ovsdb-server(7)) omits default values; before OVS 2.6 there is
	// only the monitor of RFC 7047.
	text, b, err := c.call(snapshotTimeout, c.o.Limit(), "monitor_cond", params)
	if _, ok := errors.AsType[*rpcError](err); ok {
		text, b, err = c.call(snapshotTimeout, c.o.Limit(), "monitor", params)
	}
	if err != nil {
		return nil, err
	}
	l.Source = &ovsdb.Source{Data: text, Memory: b}
	s, err := answer(l, schema)
	if err != nil {
		return nil, errors.Join(err, l.Source.Close())
	}
	return s, nil
}

// monitorRequests returns the requests to monitor the wanted tables and columns for the
// given kinds of changes.
func monitorRequests(schema *ovsdb.Schema, w ovsdb.Wanted, what map[string]bool) map[string]any {
	requests := make(map[string]any)
	for name, ts := range schema.Tables {
		wanted, ok := w.Columns(name)
		if !ok {
			continue
		}
		columns := []string{}
		for col := range ts.Columns {
			if wanted == nil || slices.Contains(wanted, col) {
				columns = append(columns, col)
			}
		}
		requests[name] = map[string]any{"columns": columns, "select": what}
	}
	return requests
}

// answer parses the reply to a request for rows: {"TABLE": {"UUID": UPDATE}}.
func answer(l *ovsdb.Loader, schema *ovsdb.Schema) (*ovsdb.Snapshot, error) {
	text := l.Source.Data
	if err := l.SetSchema(schema); err != nil {
		return nil, err
	}
	_, f := ovsdb.EachMember(text, 0, func(name string, v jsonscan.Span) *ovsdb.RecordError {
		t := l.Tables[name]
		if t == nil {
			return nil
		}
		_, f := ovsdb.EachMember(text[:v.To], v.From, func(id string, v jsonscan.Span) *ovsdb.RecordError { return monitored(l, t, id, text[:v.To], v.From) })
		return f
	})
	if err := l.Context.Err(); err != nil {
		return nil, err
	}
	if f != nil {
		return nil, l.Locate(f, ovsdb.ErrDamaged, "the server's answer does not fit its schema: "+f.Text)
	}
	return l.Snapshot(), nil
}

// monitored parses the update of one row at i: {"initial": ROW}, {"insert": ROW} or
// {"new": ROW}.
func monitored(l *ovsdb.Loader, t *ovsdb.Table, id string, b []byte, i int) *ovsdb.RecordError {
	u, ok := ovsdb.UUIDOf(id)
	if !ok {
		return ovsdb.RecordErrorf(i, "%q is not a UUID", ovsdb.Clip(id))
	}
	if int64(i) >= l.Next && l.Poll(i) != nil {
		return ovsdb.RecordErrorf(i, "canceled")
	}
	_, f := ovsdb.EachMember(b, i, func(kind string, v jsonscan.Span) *ovsdb.RecordError {
		if kind != "initial" && kind != "insert" && kind != "new" {
			return nil
		}
		if _, twice := t.Find(u); twice {
			return ovsdb.RecordErrorf(v.From, "row %s occurs twice", u)
		}
		_, f := t.ScanRow(b, v.From, ovsdb.RowWrite{Slot: t.Add(u, v.From), Fresh: true})
		return f
	})
	return f
}
