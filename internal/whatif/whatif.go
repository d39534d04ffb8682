// Package whatif tries a change of a northbound database: it runs the real
// ovn-northd over copies of both databases, before the change and after it, and
// reports what became different.
package whatif

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"github.com/ovnwalk/ovnwalk/internal/controlplane"
	"github.com/ovnwalk/ovnwalk/internal/explain"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// Request is a change and what it is tried on.
type Request struct {
	Programs *controlplane.Programs
	NB       *ovsdb.Snapshot
	SB       *ovsdb.Snapshot // nil for an empty one

	// Steps are done one after the other.  Without any, what is tried is northd
	// itself, as at an upgrade.
	Steps []Step

	// Output gets what commands and scripts write.
	Output io.Writer
}

// Result is what northd made of a change.  Its files are there until it is closed.
type Result struct {
	// Original is the southbound database as it was given, Before after northd
	// settled, and After after the change.  Without steps, Before is Original.
	// After and NB are the databases' final contents, OriginalNB is the northbound
	// database before the change.
	Original, Before, After, OriginalNB, NB string

	// Stale says that settling alone changed logical flows, or what they refer to.
	Stale bool

	Release     string // what ovn-northd says of its version
	Program     string // its path
	Conversions []controlplane.Conversion
	Settle      time.Duration // from northd's start until it had nothing left to write
	Change      time.Duration // the same for the change, its commands included
	Warnings    []Warning

	inserted map[string]string // the command for which northd inserted a flow, by its UUID
	plane    *controlplane.Plane
}

// Warning is something that northd, or the parser of flows, has against a change.
type Warning struct {
	Command string // that caused it, "" where it was so before the change
	Text    string
}

// Close ends all processes and removes all files.
func (r *Result) Close() error { return r.plane.Close() }

// Run tries a change.  The caller closes the result.
func Run(ctx context.Context, q Request) (r *Result, err error) {
	plane, err := controlplane.New(q.Programs)
	if err != nil {
		return nil, err
	}
	r = &Result{plane: plane, Program: q.Programs.Northd, NB: plane.Path("nb.db"), After: plane.Path("sb.db"), inserted: map[string]string{}}
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
	for _, name := range []string{"northd", controlplane.NB, controlplane.SB} {
		plane.Stop(name)
	}
	return r, nil
}

// start serves both databases.
func (r *Result) start(ctx context.Context, q Request) error {
	for _, x := range []struct {
		name string
		db   *ovsdb.Snapshot
	}{{controlplane.NB, q.NB}, {controlplane.SB, q.SB}} {
		if x.db == nil {
			if err := r.plane.Create(ctx, x.name); err != nil {
				return err
			}
			continue
		}
		c, err := r.plane.Put(ctx, x.name, x.db)
		if err != nil {
			return err
		}
		if c != nil {
			r.Conversions = append(r.Conversions, *c)
		}
	}
	var err error
	if r.Original, err = keep(r.After, r.plane.Path("original.db")); err != nil {
		return err
	}
	if r.OriginalNB, err = keep(r.NB, r.plane.Path("original-nb.db")); err != nil {
		return err
	}
	if q.SB != nil {
		if err := r.checkPair(ctx); err != nil {
			return err
		}
	}
	for _, name := range []string{controlplane.NB, controlplane.SB} {
		if err := r.plane.Serve(ctx, name); err != nil {
			return err
		}
	}
	return r.plane.KeepLearned(ctx)
}

// checkPair refuses databases of two networks, of which northd would make the
// northbound one's from nothing.
func (r *Result) checkPair(ctx context.Context) error {
	network, err := lflow.Open(ctx, r.Original, lflow.Options{})
	if err != nil {
		return err
	}
	defer network.Close()
	north, err := explain.OpenNorth(ctx, r.NB)
	if err != nil {
		return err
	}
	defer north.Close()
	return north.Of(network)
}

// keep copies a database as it is now.
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

// trial is a change under way.
type trial struct {
	*Result
	output io.Writer
	known  map[string]bool // northd's warnings
	log    int64           // how far northd's log was read
	calls  int             // commands whose effects are known
}

// settle starts northd over the databases as they are.
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
	t.Stale = slices.ContainsFunc(s.Tables, behavioural)
	if err := t.warn("", -1); err != nil {
		return err
	}
	t.Before = t.Original
	if changes && t.Stale {
		t.Before, err = keep(t.After, t.plane.Path("before.db"))
	}
	return err
}

// behavioural reports whether packets may depend on a southbound table.
func behavioural(table string) bool {
	switch table {
	case "MAC_Binding", "FDB", "DNS", "Meter", "RBAC_Role", "RBAC_Permission", "Connection", "SSL", "Chassis", "Chassis_Private", "Encap", "Service_Monitor":
		return false
	}
	return true
}

// warn takes northd's warnings up to a place of its log, -1 for its end.  Those that
// it had before are not the command's.
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

// change does the steps and waits for what northd makes of them.
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
	settled, err := t.plane.Settle(ctx)
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

// attribute notes which command of a step northd's warnings and new flows came from.
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
