package cli

import (
	"cmp"
	"context"
	"errors"
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
// networks, which were read from the paths.  That of northAuto is one for each.
func (o *connectOptions) openNorths(ctx context.Context, sys *System, networks []*lflow.Network, paths []string) (all norths, err error) {
	defer func() {
		if err != nil {
			_ = all.finish() // the error says enough
		}
	}()
	for _, nb := range o.nb {
		var other error
		before := len(all)
		for i, network := range networks {
			s := o.source
			s.db = paths[i]
			n, err := s.openNorth(ctx, sys, nb, network, sys.warnOnce)
			if err == nil {
				all = append(all, n)
				if nb != northAuto {
					break
				}
				continue
			}
			if other = err; !errors.Is(err, explain.ErrOtherNetwork) {
				return all, err
			}
		}
		if len(all) == before {
			return all, other
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

// of returns the database of a network, nil for none.
func (all norths) of(network *lflow.Network) *explain.Northbound {
	i := slices.IndexFunc(all, func(n *explain.Northbound) bool { return n.Of(network) == nil })
	if i < 0 {
		return nil
	}
	return all[i]
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
