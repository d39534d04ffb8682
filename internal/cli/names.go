package cli

import (
	"context"
	"slices"
	"sync"

	"github.com/ovnwalk/ovnwalk/internal/input"
	"github.com/ovnwalk/ovnwalk/internal/names"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// lastBook is the book of names of the zones that were traced last, for the lines of
// a batch.
type lastBook struct {
	mu    sync.Mutex
	zones []*lflow.Network
	book  *names.Book
}

// book returns the book of the names of the zones that were read.
func (sys *System) book(ctx context.Context, zones *input.Network) (*names.Book, error) {
	l := sys.names
	if l == nil {
		l = &lastBook{}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if opened := zones.Opened(); l.book == nil || !slices.Equal(opened, l.zones) {
		book, _, err := zones.Names(ctx)
		if err != nil {
			return nil, err
		}
		l.book, l.zones = book, opened
	}
	return l.book, nil
}
