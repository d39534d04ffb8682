package ovsdb

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// ErrRemote means that no server could be asked.
var ErrRemote = errors.New("no server answers")

// openLive takes a look at a database on the first of the servers that serves:
// one of a cluster's, its leader unless Options.NoLeaderOnly is set.
func openLive(ctx context.Context, servers string, o *Options) (*Snapshot, error) {
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
			var e *Error
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
		// A cluster without a leader usually has one again within seconds.
		if !again || round == 5 {
			return nil, &Error{File: servers, Offset: -1, Err: errors.Join(causes...), Text: strings.Join(why, "; ")}
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(time.Second):
		}
	}
}

// open takes a look at the database on one server. Errors of type *Error are
// about the database, others about this server.
func (r remote) open(ctx context.Context, o *Options) (*Snapshot, error) {
	conn, err := r.dial(ctx, &o.TLS)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	c := &rpc{ctx: ctx, conn: conn, o: o}
	defer c.drop()
	name, err := c.database(r.text)
	if err != nil {
		return nil, err
	}
	if err := c.checkMember(name); err != nil {
		return nil, err
	}
	text, err := c.ask("get_schema", []string{name})
	if err != nil {
		return nil, err
	}
	schema, err := parseSchema(text)
	if err != nil {
		return nil, &Error{File: r.text, Offset: -1, Err: ErrDamaged, Text: "the schema cannot be read: " + err.Error()}
	}
	l := &loader{ctx: ctx, o: o, name: r.text, src: &source{}}
	return l.monitor(c, schema)
}

// database returns the name of the database to ask for, which the server must
// have.
func (c *rpc) database(server string) (string, error) {
	text, err := c.ask("list_dbs", []string{})
	if err != nil {
		return "", err
	}
	var names []string
	if err := json.Unmarshal(text, &names); err != nil {
		return "", fmt.Errorf("no list of databases: %w", err)
	}
	names = slices.DeleteFunc(names, func(s string) bool { return s == "_Server" })
	slices.Sort(names)
	switch want := c.o.Schema; {
	case want != "" && slices.Contains(names, want):
		return want, nil
	case want != "" && len(names) == 1:
		return "", &Error{File: server, Offset: -1, Err: ErrWrongSchema, Text: (&Schema{Name: names[0], Version: "not asked"}).other(want)}
	case want != "":
		return "", &Error{File: server, Offset: -1, Err: ErrWrongSchema, Text: fmt.Sprintf("the server has no database %s; it has %s", want, strings.Join(names, ", "))}
	case len(names) == 1:
		return names[0], nil
	}
	return "", &Error{File: server, Offset: -1, Err: ErrSeveral, Text: "the server has the databases " + strings.Join(names, ", ")}
}

// Reasons for passing a server over.
var (
	errNotLeader = errors.New("this server is not the leader of its cluster; name all members, or take any with --no-leader-only")
	errNoLeader  = errors.New("this server is not connected to its cluster")
)

// checkMember asks the _Server database (ovsdb-server(7)) whether the server
// may speak for its cluster. Servers before OVS 2.9 have no such database and
// no clusters.
func (c *rpc) checkMember(name string) error {
	text, err := c.ask("transact", []any{"_Server", map[string]any{
		"op": "select", "table": "Database", "where": [][]any{{"name", "==", name}}, "columns": []string{"model", "connected", "leader"},
	}})
	var refused *rpcError
	if errors.As(err, &refused) {
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

// monitor asks for the wanted columns of all rows, which the server answers
// with one consistent look, and reads the answer.
func (l *loader) monitor(c *rpc, schema *Schema) (*Snapshot, error) {
	once := map[string]bool{"initial": true, "insert": false, "delete": false, "modify": false}
	params := []any{schema.Name, nil, monitorRequests(schema, l.o.Wanted, once)}
	// monitor_cond (ovsdb-server(7)) leaves out defaults; before OVS 2.6 there is
	// only RFC 7047's monitor.
	text, b, err := c.call(snapshotTimeout, c.o.maxBytes(), "monitor_cond", params)
	var refused *rpcError
	if errors.As(err, &refused) {
		text, b, err = c.call(snapshotTimeout, c.o.maxBytes(), "monitor", params)
	}
	if err != nil {
		return nil, err
	}
	l.src = &source{data: text, memory: b}
	s, err := l.answer(schema)
	if err != nil {
		return nil, errors.Join(err, l.src.close())
	}
	return s, nil
}

// monitorRequests says what to tell of the wanted tables and columns: the rows
// at first, and what becomes of them.
func monitorRequests(schema *Schema, w Wanted, what map[string]bool) map[string]any {
	requests := make(map[string]any)
	for name, ts := range schema.Tables {
		wanted, ok := w.columns(name)
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

// answer reads the answer to a request for rows: {"TABLE": {"UUID": UPDATE}}.
func (l *loader) answer(schema *Schema) (*Snapshot, error) {
	text := l.src.data
	if err := l.setSchema(schema); err != nil {
		return nil, err
	}
	_, f := eachMember(text, 0, func(name string, v span) *recordError {
		t := l.tables[name]
		if t == nil {
			return nil
		}
		_, f := eachMember(text[:v.to], v.from, func(id string, v span) *recordError { return l.monitored(t, id, text[:v.to], v.from) })
		return f
	})
	if err := l.ctx.Err(); err != nil {
		return nil, err
	}
	if f != nil {
		return nil, l.locate(f, ErrDamaged, "the server's answer does not fit its schema: "+f.text)
	}
	return l.snapshot(), nil
}

// monitored reads one row's update at i: {"initial": ROW}, {"insert": ROW} or
// {"new": ROW}.
func (l *loader) monitored(t *Table, id string, b []byte, i int) *recordError {
	u, ok := parseUUID(id)
	if !ok {
		return recordErrorf(i, "%q is no UUID", clip(id))
	}
	if int64(i) >= l.next && l.poll(i) != nil {
		return recordErrorf(i, "cancelled")
	}
	_, f := eachMember(b, i, func(kind string, v span) *recordError {
		if kind != "initial" && kind != "insert" && kind != "new" {
			return nil
		}
		if _, twice := t.slots.find(u); twice {
			return recordErrorf(v.from, "row %s comes twice", u)
		}
		_, f := t.scanRow(b, v.from, rowWrite{slot: t.slots.add(u, v.from), fresh: true})
		return f
	})
	return f
}
