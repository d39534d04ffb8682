package input

import (
	"errors"
	"io"
	"sync"

	"github.com/ovnwalk/ovnwalk/internal/mmapfault"
)

// Database is one that a command reads.
type Database interface {
	io.Closer
	// Changed reports that its file was cut short or overwritten meanwhile.
	Changed() error
}

// Session is a command's databases and the warnings and notes about them.  They stay open to
// its end, so that what became of their files can be reported then.
type Session struct {
	Stdin    io.Reader         // what "-" stands for
	Terminal io.Writer         // where a progress bar is shown, nil for nowhere
	Warn     func(text string) // prints a warning
	Note     func(text string)

	mu      sync.Mutex
	open    map[Database]bool
	written map[string]bool // warnings and notes
}

// Own makes a database the session's to close.
func (s *Session) Own(d Database) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open == nil {
		s.open = map[Database]bool{}
	}
	s.open[d] = true
}

// Close closes a database before the session ends, whatever became of its file.
func (s *Session) Close(d Database) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, d)
	_ = d.Close() // it was only read
}

// CloseAll closes all databases.
func (s *Session) CloseAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for d := range s.open {
		_ = d.Close() // it was only read
	}
	clear(s.open)
}

// Changed reports that the file of a database changed.  A command calls it before it
// writes a file that will stay.
func (s *Session) Changed() (first error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for d := range s.open {
		if err := d.Changed(); err != nil && (first == nil || err.Error() < first.Error()) {
			first = err
		}
	}
	return first
}

// ErrCutShort is a mapped file that lost its end, and has it again.
var ErrCutShort = errors.New("a database was cut short while it was in use; take a copy of it first")

// Run runs a command to its end and closes its databases.  If the file of one
// changed meanwhile, that is the error, whatever the command found.
func (s *Session) Run(command func() error) error {
	var err error
	if mmapfault.Run(func() { err = command() }) {
		err = ErrCutShort
	}
	defer s.CloseAll()
	if changed := s.Changed(); changed != nil {
		return changed
	}
	return err
}

// WarnOnce says a warning unless the session said it before, as of a database that
// it opens several times.
func (s *Session) WarnOnce(text string) {
	if s.first(text) {
		s.Warn(text)
	}
}

// NoteOnce says a note unless the session said it before.
func (s *Session) NoteOnce(text string) {
	if s.first(text) {
		s.Note(text)
	}
}

// first reports whether a text comes for the first time.
func (s *Session) first(text string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.written[text] {
		return false
	}
	if s.written == nil {
		s.written = map[string]bool{}
	}
	s.written[text] = true
	return true
}
