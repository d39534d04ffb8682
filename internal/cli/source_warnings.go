package cli

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/pflag"

	"github.com/ovnwalk/ovnwalk/internal/escape"
	"github.com/ovnwalk/ovnwalk/internal/explain"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/trace"
)

// damagePolicy says the outcome of a source of which rows may be missing. The
// zero value warns.
type damagePolicy struct {
	refused bool // by verbs whose answer is a verdict on the whole database
	allowed bool // by the user
}

// flags are those of verbs that refuse a damaged source.
func (p *damagePolicy) flags(f *pflag.FlagSet) {
	p.refused = true
	f.BoolVar(&p.allowed, "allow-damaged", false, "accept a database that is truncated, fails its checksums or lacks log entries, with a warning")
}

// check returns the error for a damaged source, where that is one.
func (p damagePolicy) check(warnings []lflow.Warning) error {
	if !p.refused || p.allowed {
		return nil
	}
	for _, w := range warnings {
		if w.Damage {
			return fmt.Errorf("the database is damaged: %s; an answer from what is left may be wrong: take another copy, or go on with --allow-damaged", w.Text)
		}
	}
	return nil
}

// warn says what is wrong with a database of any schema, and returns the error for one
// that is refused.
func (p damagePolicy) warn(sys *System, warnings []ovsdb.Warning) error {
	for _, w := range warnings {
		if err := p.check([]lflow.Warning{{Text: w.String(), Damage: !w.Beside}}); err != nil {
			return err
		}
		sys.warnOnce(w.String())
	}
	return nil
}

// open reads the network, which the system will close, and says on standard
// error what is wrong with its database.
func (s *source) open(ctx context.Context, sys *System) (*lflow.Network, error) {
	return s.openWith(ctx, sys, sys.warnOnce)
}

// openQuiet reads the network for a verb that carries the warnings elsewhere.
func (s *source) openQuiet(ctx context.Context, sys *System) (*lflow.Network, error) {
	return s.openWith(ctx, sys, func(string) {})
}

// openWith reads the network and hands on its warnings, one by one.
func (s *source) openWith(ctx context.Context, sys *System, warn func(text string)) (*lflow.Network, error) {
	n, err := s.read(ctx, sys)
	if err != nil {
		return nil, err
	}
	sys.own(n)
	if err := s.damage.check(n.Warnings); err != nil {
		return nil, err
	}
	for _, w := range n.Warnings {
		warn(w.Text)
	}
	return n, nil
}

// northAuto is the value of --nb for the northbound database beside the southbound one.
const northAuto = "auto"

// northUsage is the end of the descriptions of --nb.
const northUsage = `; "` + northAuto + `" is the one in the same archive or folder`

// openNorth reads the northbound database of a network, which --nb names, and hands
// on its warnings.
func (s *source) openNorth(ctx context.Context, sys *System, nb string, n *lflow.Network, warn func(text string)) (north *explain.Northbound, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("--nb=%s: %w", nb, err)
		}
	}()
	path := nb
	if nb == northAuto {
		name := s.name(sys)
		if name == "demo" || name == "-" {
			return nil, errors.New("the southbound database is in no archive or folder; give the northbound one by its path")
		}
		how := s.allTables()
		how.Schema = lflow.Schema
		if path, err = explain.FindNorth(ctx, name, how, n); err != nil {
			return nil, err
		}
		if note := "the northbound database is " + path; sys.opened.first(note) {
			sys.say("note: " + note)
		}
	}
	if north, err = explain.OpenNorth(ctx, path); err != nil {
		return nil, err
	}
	for _, w := range north.Warnings() {
		warn(w)
	}
	if err := north.Of(n); err != nil {
		_ = north.Close() // it was only read
		return nil, err
	}
	return north, nil
}

// warnOnce says something on standard error unless the command said it before,
// as of a database that it opens several times.
func (sys *System) warnOnce(text string) {
	if sys.opened.first(text) {
		sys.warn(text)
	}
}

// first reports whether a text comes for the first time.
func (d *databases) first(text string) bool {
	if d == nil {
		return true
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.said[text] {
		return false
	}
	if d.said == nil {
		d.said = map[string]bool{}
	}
	d.said[text] = true
	return true
}

// carry puts the warnings of a network's database before those of a walk, for
// the formats in which a trace is data.
func carry(n *lflow.Network, t *trace.Trace) {
	all := make([]trace.Warning, 0, len(n.Warnings)+len(t.Warnings))
	for _, w := range n.Warnings {
		all = append(all, trace.Warning{Text: w.Text})
	}
	t.Warnings = append(all, t.Warnings...)
}

// writeReport writes a report to a file, or to standard output. Text has no
// place for the warnings of its sources; in a file they come first, and beside
// standard output they are on standard error already.
func writeReport(sys *System, name, format string, warnings []string, write func(out io.Writer, stdout bool) error) error {
	return writeOutput(name, func(w io.Writer) error {
		if w == nil {
			return write(sys.Stdout, true)
		}
		if format == "text" {
			for _, text := range warnings {
				if _, err := fmt.Fprintln(w, "warning: "+escape.Text(text)); err != nil {
					return err
				}
			}
		}
		return write(w, false)
	})
}
