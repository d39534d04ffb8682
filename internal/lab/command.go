package lab

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/controlplane"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/open"
)

// maxWords is the maximum length of one ovn-nbctl call, well below the kernel's limit for
// command lines.
const maxWords = 60_000

// A Batch is a list of ovn-nbctl(8) or ovn-sbctl(8) commands, which run as one
// transaction. Within it "@name" refers to a row that an earlier command made
// with --id=@name.
type Batch [][]string

// Add appends one command, its options first.
func (b *Batch) Add(words ...string) { *b = append(*b, words) }

// Addf appends one command written with single spaces between its words. It
// is for commands in which no word holds a space.
func (b *Batch) Addf(format string, args ...any) {
	b.Add(strings.Fields(fmt.Sprintf(format, args...))...)
}

// words returns the commands joined with "--", as on one command line.
func (b Batch) words() []string {
	var all []string
	for _, command := range b {
		all = append(append(all, "--"), command...)
	}
	return all
}

// Quote returns s as a quoted string for a column's value. Without quotes, set, add and
// create split it at commas, spaces, colons and equal signs.
func Quote(s string) string { return strconv.Quote(s) }

// Northbound runs the commands on the northbound database and, if there are any, waits
// until northd has updated the southbound one.
func (p *ControlPlane) Northbound(ctx context.Context, b Batch) error {
	words := b.words()
	if len(words) > maxWords {
		return fmt.Errorf("a batch of %d words is over %d", len(words), maxWords)
	}
	args := append([]string{"--db=" + p.Plane.Remote(controlplane.NB), "--wait=sb", "--timeout=120"}, words...)
	if len(b) == 0 {
		args = append(args, "sync")
	}
	_, err := p.Run(ctx, "ovn-nbctl", args...)
	return err
}

// Southbound runs the commands on the southbound database.
func (p *ControlPlane) Southbound(ctx context.Context, b Batch) error {
	if len(b) == 0 {
		return nil
	}
	_, err := p.Run(ctx, "ovn-sbctl", append([]string{"--db=" + p.Remote(), "--timeout=120"}, b.words()...)...)
	return err
}

// Settle waits until northd has nothing left to do: its own changes can cause it to run
// again.
func (p *ControlPlane) Settle(ctx context.Context) error {
	for range 3 {
		if err := p.Northbound(ctx, nil); err != nil {
			return err
		}
	}
	return nil
}

// rows returns the rows of the southbound database. Tables and columns that the release lacks
// are empty.
func (p *ControlPlane) rows(ctx context.Context) (*ovsdb.Snapshot, error) {
	return open.Path(ctx, p.Remote(), ovsdb.Options{Schema: ovsdb.Southbound})
}

// externalID returns a value of external_ids.
func externalID(r ovsdb.Row, key string) string {
	value, _ := r.MapGet(r.Col("external_ids"), key)
	return strings.Clone(value)
}
