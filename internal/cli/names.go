package cli

import (
	"context"
	"slices"
	"sync"

	"github.com/ovnwalk/ovnwalk/internal/input"
	"github.com/ovnwalk/ovnwalk/internal/names"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// lastIndex caches the index of names in the zones that were traced last, for the lines of a
// batch.
type lastIndex struct {
	mu    sync.Mutex
	zones []*lflow.Network
	index *names.Index
}

// index returns the index of names in the zones that were read.
func (sys *System) index(ctx context.Context, zones *input.Network) (*names.Index, error) {
	l := sys.names
	if l == nil {
		l = &lastIndex{}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if opened := zones.Opened(); l.index == nil || !slices.Equal(opened, l.zones) {
		index, _, err := zones.Names(ctx)
		if err != nil {
			return nil, err
		}
		l.index, l.zones = index, opened
	}
	return l.index, nil
}
