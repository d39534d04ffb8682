package controlplane

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
)

const (
	// settleLimit is the maximum time that northd may take for one change.
	settleLimit = 30 * time.Minute
	// maxRounds is the maximum number of times that northd may write something more.
	maxRounds = 50
	// idlePings is the number of consecutive replies of northd without a transaction between
	// them after which it has settled, and pingPause the time between two requests.
	idlePings = 3
	pingPause = 10 * time.Millisecond
)

// StartNorthd starts ovn-northd over both databases, which must be served.
func (p *Plane) StartNorthd(ctx context.Context) error {
	if err := p.changes.start(p.Path(SB + ".db")); err != nil {
		return err
	}
	southbound := p.Remote(SB)
	if p.front != nil {
		southbound = "unix:" + p.Path(frontSocket)
	}
	if err := p.Spawn("northd", []string{mergeFreed}, p.Northd, p.control("northd"), "--ovnnb-db="+p.Remote(NB), "--ovnsb-db="+southbound); err != nil {
		return err
	}
	// Otherwise warnings are suppressed after five of one kind.
	err := p.call(ctx, "northd.ctl", "vlog/disable-rate-limit")
	return err
}

// Settling is what northd wrote until it settled.
type Settling struct {
	// Flows are the UUIDs of the logical flows that it inserted.
	Flows []string
	// Tables are the tables that it changed, sorted.
	Tables []string
}

// Settle waits until northd has nothing left to write: it has processed all changes of the
// northbound database, and replies several times without a transaction between, because its own
// changes can make it run again.
func (p *Plane) Settle(ctx context.Context) (*Settling, error) {
	if err := p.sync(ctx); err != nil {
		return nil, err
	}
	return p.Rest(ctx)
}

// sync waits until northd has processed all changes of the northbound database.
func (p *Plane) sync(ctx context.Context) error {
	_, err := p.Run(ctx, p.Nbctl, "--db="+p.Remote(NB), "--wait=sb", fmt.Sprintf("--timeout=%d", int(settleLimit.Seconds())), "sync")
	return err
}

// Rest is Settle for the case that northd has processed all changes already, for which the
// commands of [Plane.Clients] wait.
func (p *Plane) Rest(ctx context.Context) (*Settling, error) {
	s := &Settling{}
	idle, rounds := 0, 0
	for {
		new, err := p.changes.next()
		if err != nil {
			return nil, err
		}
		for _, t := range new {
			if err := t.flows(func(uuid string) { s.Flows = append(s.Flows, uuid) }); err != nil {
				return nil, err
			}
			for name := range t {
				if !bookkeeping[name] && !slices.Contains(s.Tables, name) {
					s.Tables = append(s.Tables, name)
				}
			}
		}
		switch {
		case len(new) == 0:
			idle++
		case slices.ContainsFunc(new, func(t transaction) bool { return !t.idle() }):
			idle = 0
			if rounds++; rounds > maxRounds {
				return nil, fmt.Errorf("ovn-northd does not settle: after %d transactions it still changes %s", rounds, strings.Join(s.Tables, ", "))
			}
		}
		if idle == idlePings {
			slices.Sort(s.Tables)
			return s, nil
		}
		if err := p.call(ctx, "northd.ctl", "version"); err != nil {
			return nil, err
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-time.After(pingPause):
		}
	}
}

// KeepLearned sets the timestamps of learned rows to the current time, so that northd does not
// age out those of an old file.  The southbound database must be served.
func (p *Plane) KeepLearned(ctx context.Context) error {
	text, err := os.ReadFile(p.SBSchema)
	if err != nil {
		return err
	}
	var schema struct {
		Tables map[string]struct{ Columns map[string]any }
	}
	if err := json.Unmarshal(text, &schema); err != nil {
		return fmt.Errorf("%s: %w", p.SBSchema, err)
	}
	now := time.Now().UnixMilli()
	params := []any{ovsdb.Southbound}
	for _, table := range []string{"MAC_Binding", "FDB"} {
		if schema.Tables[table].Columns["timestamp"] == nil {
			continue
		}
		params = append(params, map[string]any{
			"op": "update", "table": table, "where": []any{[]any{"timestamp", "<", now}}, "row": map[string]any{"timestamp": now},
		})
	}
	err = p.call(ctx, SB+".sock", "transact", params...)
	return err
}

// foreign are the modules of northd's log that concern the process and its connections, not the
// network.
var foreign = []string{"reconnect", "timeval", "poll_loop", "jsonrpc", "coverage", "fatal_signal", "stopwatch", "memory", "ovsdb_cs", "stream_ssl", "vlog", "daemon_unix", "ovn_util", "unixctl"}

// Warnings returns the warnings and errors in a part of northd's log, each text once, in order.
// The end may be -1 for the end of the log.
func (p *Plane) Warnings(from, to int64) ([]string, error) {
	data, err := os.ReadFile(p.Path("northd.log"))
	if err != nil {
		return nil, err
	}
	if to < 0 || to > int64(len(data)) {
		to = int64(len(data))
	}
	var all []string
	for line := range strings.Lines(string(data[min(from, to):to])) {
		f := strings.SplitN(strings.TrimSpace(line), "|", 5) // time|number|module|level|text
		if len(f) < 5 {
			continue
		}
		module, _, _ := strings.Cut(f[2], "(") // without the name of a thread
		if f[3] != "WARN" && f[3] != "ERR" && f[3] != "EMER" || slices.Contains(foreign, module) || slices.Contains(all, f[4]) {
			continue
		}
		all = append(all, f[4])
	}
	return all, nil
}
