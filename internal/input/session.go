package input

import (
	"errors"
	"io"
	"sync"

	"github.com/ovnwalk/ovnwalk/internal/mmapfault"
)

// Database is a database that a command reads.
type Database interface {
	io.Closer
	// Changed returns an error if its file was truncated or overwritten since it was opened.
	Changed() error
}

// Session is a command's databases, and the warnings and notes about them. Databases stay
// open until it ends, so that changes of their files can be reported then.
type Session struct {
	Stdin    io.Reader         // the source "-"
	Terminal io.Writer         // where a progress bar is shown, or nil
	Warn     func(text string) // prints a warning
	Note     func(text string)

	mu      sync.Mutex
	open    map[Database]bool
	written map[string]bool // warnings and notes that were printed
}

// Own adds a database that the session closes.
func (s *Session) Own(d Database) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open == nil {
		s.open = map[Database]bool{}
	}
	s.open[d] = true
}

// Close closes a database before the session ends, whether its file changed or not.
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

// Changed returns an error if the file of a database changed. A command calls it before it
// writes a file.
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

// ErrCutShort means that a mapped file was truncated and later had its size again.
var ErrCutShort = errors.New("a database was truncated while it was in use; take a copy of it first")

// Run runs a command and closes its databases. If the file of one changed meanwhile, it
// returns that error, whatever the command returned.
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

// WarnOnce prints a warning once in a session, for databases that are opened several times.
func (s *Session) WarnOnce(text string) {
	if s.first(text) {
		s.Warn(text)
	}
}

// NoteOnce prints a note once in a session.
func (s *Session) NoteOnce(text string) {
	if s.first(text) {
		s.Note(text)
	}
}

// first reports whether a text occurs for the first time.
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
