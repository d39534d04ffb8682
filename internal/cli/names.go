package cli

import (
	"sync"

	"github.com/ovnwalk/ovnwalk/internal/explain"
	"github.com/ovnwalk/ovnwalk/internal/names"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// lastBook is the book of names of the network that was traced last, for the lines of
// a batch.
type lastBook struct {
	mu   sync.Mutex
	book *names.Book
}

// of returns the book of a zone.
func (l *lastBook) of(zone names.Zone) *names.Book {
	if l == nil {
		return names.New(zone)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.book == nil || l.book.Zones()[0] != zone {
		l.book = names.New(zone)
	}
	return l.book
}

// book returns the book of a network's names, and has the rows of its northbound
// database described by them.
func (sys *System) book(n *lflow.Network, north *explain.Northbound) *names.Book {
	zone := names.Zone{Network: n}
	if north != nil {
		zone.North = north.Snapshot()
	}
	book := sys.names.of(zone)
	north.UseTitles(book.TitleOf)
	return book
}
