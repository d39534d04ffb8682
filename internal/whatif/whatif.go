// Package whatif tries a change of a northbound database: it runs the real ovn-northd over copies of
// both databases, before the change and after it, and reports the differences.
package whatif

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/ovnwalk/ovnwalk/internal/controlplane"
	"github.com/ovnwalk/ovnwalk/internal/explain"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// Request is a change and the databases on which it is tried.
type Request struct {
	Programs *controlplane.Programs
	NB       *ovsdb.Snapshot
	SB       *ovsdb.Snapshot // nil for an empty one

	// Steps are done one after the other.  Without steps, the databases are compared with what
	// northd generates from them, as for an upgrade.
	Steps []Step

	// Output receives the output of commands and scripts.
	Output io.Writer

	// Open reads the southbound database as given; nil is [lflow.Open] without options.
	// Opened, unless nil, is called with the network before northd starts.
	Open   func(ctx context.Context, file string) (*lflow.Network, error)
	Opened func(*lflow.Network)
}

// Result has the databases before and after a change.  Its files exist until it is closed.
type Result struct {
	// Original is the southbound database as given, Before the one after northd settled, and
	// After the one after the change.  Without steps, Before is Original.  NB is the
	// northbound database after the change, OriginalNB the one before it.
	Original, Before, After, OriginalNB, NB string

	// Stale reports whether settling alone changed logical flows, or rows that they refer to.
	Stale bool

	Release     string // the version that ovn-northd reports
	Program     string // its path
	Conversions []controlplane.Conversion
	Settle      time.Duration // from northd's start until it settled
	Change      time.Duration // the same for the change, with its commands
	Warnings    []Warning

	inserted map[string]string // the command for which northd inserted a flow, by its UUID
	plane    *controlplane.Plane
	stopped  chan struct{} // closed when northd and the servers have ended
}

// Warning is a warning of northd, or of the parser of flows, about a change.
type Warning struct {
	Command string `json:"command,omitempty"` // that caused it, "" if it was there before the change
	Text    string `json:"text"`
}

// Close ends all processes and removes all files.
func (r *Result) Close() error {
	<-r.stopped
	return r.plane.Close()
}

// Run tries a change.  The caller must close the result.
func Run(ctx context.Context, q Request) (r *Result, err error) {
	plane, err := controlplane.New(q.Programs)
	if err != nil {
		return nil, err
	}
	r = &Result{plane: plane, Program: q.Programs.Northd, NB: plane.Path("nb.db"), After: plane.Path("sb.db"), inserted: map[string]string{}, stopped: make(chan struct{})}
	defer func() {
		if err != nil {
			err = errors.Join(err, plane.Close())
		}
	}()
	if r.Release, err = q.Programs.Release(ctx); err != nil {
		return nil, err
	}
	if err = r.start(ctx, q); err != nil {
		return nil, err
	}
	t := &trial{Result: r, output: q.Output, known: map[string]bool{}}
	if err = t.settle(ctx, len(q.Steps) > 0); err != nil {
		return nil, err
	}
	if err = t.change(ctx, q.Steps); err != nil {
		return nil, err
	}
	// The files are complete; the processes end in the background.
	go func() {
		defer close(r.stopped)
		for _, name := range []string{"northd", controlplane.NB, controlplane.SB} {
			plane.Stop(name)
		}
	}()
	return r, nil
}

// start serves both databases.  While the servers load them, it opens the southbound one, and
// returns an error if the databases belong to different networks.
func (r *Result) start(ctx context.Context, q Request) error {
	names := []string{controlplane.SB, controlplane.NB} // loading the southbound one takes longer
	for _, x := range []struct {
		name     string
		db       *ovsdb.Snapshot
		file     string
		original *string
	}{{controlplane.SB, q.SB, r.After, &r.Original}, {controlplane.NB, q.NB, r.NB, &r.OriginalNB}} {
		if x.db == nil {
			if err := r.plane.Create(ctx, x.name); err != nil {
				return err
			}
		} else if c, err := r.plane.Put(ctx, x.name, x.db); err != nil {
			return err
		} else if c != nil {
			r.Conversions = append(r.Conversions, *c)
		}
		if err := r.plane.Load(x.name); err != nil {
			return err
		}
		var err error // the server writes nothing before northd does
		if *x.original, err = keep(x.file, r.plane.Path("original-"+x.name+".db")); err != nil {
			return err
		}
	}
	slices.SortFunc(r.Conversions, func(a, b controlplane.Conversion) int { return strings.Compare(a.Database, b.Database) })
	if q.SB != nil {
		if err := r.open(ctx, q); err != nil {
			return err
		}
		if err := r.plane.Front(ctx, r.Original); err != nil {
			return err
		}
	}
	for _, name := range names {
		if err := r.plane.Loaded(ctx, name); err != nil {
			return err
		}
	}
	return r.plane.KeepLearned(ctx)
}

// open opens the southbound database as given.  It returns an error if the databases belong to
// different networks, for which northd would generate everything anew.
func (r *Result) open(ctx context.Context, q Request) error {
	open := q.Open
	if open == nil {
		open = func(ctx context.Context, file string) (*lflow.Network, error) {
			return lflow.Open(ctx, file, lflow.Options{})
		}
	}
	network, err := open(ctx, r.Original)
	if err != nil {
		return err
	}
	if q.Open == nil {
		defer network.Close()
	}
	north, err := explain.OpenNorth(ctx, r.OriginalNB)
	if err != nil {
		return err
	}
	defer north.Close()
	if err := north.Of(network); err != nil {
		return err
	}
	if q.Opened != nil {
		q.Opened(network)
	}
	return nil
}

// keep copies the current contents of a database.
func keep(name, path string) (_ string, err error) {
	from, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer from.Close()
	to, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return "", err
	}
	_, err = io.Copy(to, from)
	return path, errors.Join(err, to.Close())
}

// trial is the state of a change in progress.
type trial struct {
	*Result
	output io.Writer
	known  map[string]bool // northd's warnings so far
	log    int64           // the offset up to which northd's log was read
	calls  int             // the number of commands whose effects are recorded
}

// settle starts northd over the databases, and waits until it settles.
func (t *trial) settle(ctx context.Context, changes bool) error {
	begin := time.Now()
	if err := t.plane.StartNorthd(ctx); err != nil {
		return err
	}
	s, err := t.plane.Settle(ctx)
	if err != nil {
		return err
	}
	t.Settle = time.Since(begin)
	t.Stale = slices.ContainsFunc(s.Tables, behavioral)
	if err := t.warn("", -1); err != nil {
		return err
	}
	t.Before = t.Original
	if changes && t.Stale {
		t.Before, err = keep(t.After, t.plane.Path("before.db"))
	}
	return err
}

// behavioral reports whether packets may depend on a southbound table.
func behavioral(table string) bool {
	switch table {
	case "MAC_Binding", "FDB", "DNS", "Meter", "RBAC_Role", "RBAC_Permission", "Connection", "SSL", "Chassis", "Chassis_Private", "Encap", "Service_Monitor":
		return false
	}
	return true
}

// warn records northd's warnings up to an offset of its log, -1 for its end, as those of a command,
// except for warnings that it had before.
func (t *trial) warn(command string, to int64) error {
	if to < 0 {
		info, err := os.Stat(t.plane.Path("northd.log"))
		if err != nil {
			return err
		}
		to = info.Size()
	}
	if to <= t.log {
		return nil
	}
	texts, err := t.plane.Warnings(t.log, to)
	if err != nil {
		return err
	}
	t.log = to
	for _, text := range texts {
		if !t.known[text] {
			t.known[text] = true
			t.Warnings = append(t.Warnings, Warning{command, text})
		}
	}
	return nil
}

// change does the steps and waits until northd settles.
func (t *trial) change(ctx context.Context, steps []Step) error {
	if len(steps) == 0 {
		return nil
	}
	begin := time.Now()
	if _, err := t.plane.Clients(); err != nil {
		return err
	}
	last := ""
	for _, s := range steps {
		if err := s.do(ctx, t); err != nil {
			return fmt.Errorf("%s: %w", s, err)
		}
		if err := t.attribute(s.String()); err != nil {
			return err
		}
		last = s.String()
	}
	settle := t.plane.Settle
	if !slices.ContainsFunc(steps, func(s Step) bool { _, waits := s.(Command); return !waits }) {
		settle = t.plane.Rest
	}
	settled, err := settle(ctx)
	if err != nil {
		return err
	}
	t.Change = time.Since(begin)
	for _, uuid := range settled.Flows {
		if t.inserted[uuid] == "" {
			t.inserted[uuid] = last
		}
	}
	return t.warn(last, -1)
}

// attribute records which command of a step caused northd's warnings and new flows.
func (t *trial) attribute(step string) error {
	calls, err := t.plane.Calls()
	if err != nil {
		return err
	}
	for _, c := range calls[t.calls:] {
		uuids, err := t.plane.Inserted(c.SB)
		if err != nil {
			return err
		}
		for _, uuid := range uuids {
			t.inserted[uuid] = c.Text
		}
		if err := t.warn(c.Text, c.Log[1]); err != nil {
			return err
		}
	}
	t.calls = len(calls)
	return t.warn(step, -1)
}
