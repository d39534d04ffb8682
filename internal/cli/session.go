package cli

import (
	"context"

	"github.com/ovnwalk/ovnwalk/internal/input"
)

// Labels of work that several commands do, for its bar.
const (
	comparing      = "comparing"
	walkingClasses = "classes of packets"
)

// session returns the session of a command, and outside of one a new one.
func (sys *System) session() *input.Session {
	if sys.opened != nil {
		return sys.opened
	}
	s := &input.Session{Stdin: sys.Stdin, Warn: sys.warn, Note: func(text string) { sys.say("note: " + text) }}
	if terminal(sys.Stderr) {
		s.Terminal = raw(sys.Stderr)
	}
	return s
}

// working returns the result of work, which reports its progress through its context.
func working[T any](ctx context.Context, sys *System, label string, work func(context.Context) (T, error)) (result T, err error) {
	err = sys.session().Working(ctx, label, func(ctx context.Context) (err error) {
		result, err = work(ctx)
		return err
	})
	return result, err
}

// own makes a database the session's to close.
func (sys *System) own(d input.Database) {
	if sys.opened != nil {
		sys.opened.Own(d)
	}
}

// close closes a database before the command ends, whatever became of its file.
func (sys *System) close(d input.Database) { sys.session().Close(d) }

// changed reports a database that changed.
func (sys *System) changed() error { return sys.session().Changed() }

// runChecked runs a command to its end.  Where the file of a database changed under
// it, that is the error, whatever the command found.
func (sys *System) runChecked(command func() error) error {
	sys.opened = sys.session()
	return sys.opened.Run(command)
}

// warnOnce says something on standard error unless the command said it before,
// as of a database that it opens several times.
func (sys *System) warnOnce(text string) { sys.session().WarnOnce(text) }
