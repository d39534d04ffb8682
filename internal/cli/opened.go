package cli

import (
	"cmp"
	"errors"
	"io"
	"sync"

	"github.com/ovnwalk/ovnwalk/internal/mmapfault"
)

// database is one that a command reads.
type database interface {
	io.Closer
	// Changed reports that its file was cut short or overwritten meanwhile.
	Changed() error
}

// databases are those that a command has opened.  They stay open to its end, so
// that the outcome of their files can be reported then.
type databases struct {
	mu   sync.Mutex
	open map[database]bool
	said map[string]bool // warnings
}

// own makes a database the system's to close.
func (sys *System) own(d database) {
	if sys.opened == nil {
		return
	}
	sys.opened.mu.Lock()
	defer sys.opened.mu.Unlock()
	sys.opened.open[d] = true
}

// close closes a database before the command ends, whatever became of its file.
func (sys *System) close(d database) {
	if sys.opened != nil {
		sys.opened.mu.Lock()
		defer sys.opened.mu.Unlock()
		delete(sys.opened.open, d)
	}
	_ = d.Close() // it was only read
}

// changed returns an error for a database that changed.  A command asks before it writes a
// file that will stay.
func (sys *System) changed() (first error) {
	if sys.opened == nil {
		return nil
	}
	sys.opened.mu.Lock()
	defer sys.opened.mu.Unlock()
	for db := range sys.opened.open {
		if err := db.Changed(); err != nil && (first == nil || err.Error() < first.Error()) {
			first = err
		}
	}
	return first
}

// finish closes a database that only a part of a command needs, and reports whether
// it changed.
func finish(d database) error {
	defer d.Close()
	return d.Changed()
}

// closeAll closes all databases.
func (sys *System) closeAll() {
	for db := range sys.opened.open {
		_ = db.Close() // it was only read
	}
	clear(sys.opened.open)
}

// errCutShort is a mapped file that lost its end, and has it again.
var errCutShort = errors.New("a database was cut short while it was in use; take a copy of it first")

// runChecked runs a command to its end.  Where the file of a database changed under
// it, that is the error, whatever the command found.
func (sys *System) runChecked(command func() error) error {
	if sys.opened == nil {
		sys.opened = &databases{open: map[database]bool{}}
	}
	var err error
	if mmapfault.Run(func() { err = command() }) {
		err = errCutShort
	}
	defer sys.closeAll()
	return cmp.Or(sys.changed(), err)
}
