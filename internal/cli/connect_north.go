package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/ovnwalk/ovnwalk/internal/explain"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/trace"
)

// origins returns the northbound rows that a flow was generated from.
type origins func(*trace.Flow) []string

// norths are the northbound databases of one or several zones.
type norths []*explain.Northbound

// openNorths opens the databases of --nb, each of which has to be of one of the
// networks.
func (o *connectOptions) openNorths(ctx context.Context, sys *System, networks []*lflow.Network) (all norths, err error) {
	defer func() {
		if err != nil {
			_ = all.finish() // the error says enough
		}
	}()
	for _, path := range o.nb {
		n, err := openNorth(ctx, path, sys.warn)
		if err != nil {
			return all, err
		}
		all = append(all, n)
		other := func(network *lflow.Network) bool { return errors.Is(n.Of(network), explain.ErrOtherNetwork) }
		if !slices.ContainsFunc(networks, func(network *lflow.Network) bool { return !other(network) }) {
			return all, fmt.Errorf("--nb=%s: %w", path, explain.ErrOtherNetwork)
		}
	}
	return all, nil
}

// finish closes the databases and reports one that changed meanwhile.
func (all norths) finish() (err error) {
	for _, n := range all {
		err = cmp.Or(err, finish(n))
	}
	return err
}

// origins returns the rows of all databases, nil where there is none to ask
// or no flow.
func (all norths) origins(f *trace.Flow) (rows []string) {
	if all != nil && f != nil {
		rows = []string{}
	}
	for _, n := range all {
		rows = append(rows, n.Origins(f)...)
	}
	return rows
}
