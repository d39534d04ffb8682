package cli

import (
	"context"

	"github.com/ovnwalk/ovnwalk/internal/input"
)

// Labels of progress bars that several commands show.
const (
	comparing      = "comparing"
	walkingClasses = "classes of packets"
)

// session returns the session of the command, or a new one if no command runs.
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

// working returns the result of work, with a progress bar that work updates through ctx.
func working[T any](ctx context.Context, sys *System, label string, work func(context.Context) (T, error)) (result T, err error) {
	err = sys.session().Working(ctx, label, func(ctx context.Context) (err error) {
		result, err = work(ctx)
		return err
	})
	return result, err
}

// own makes the session close a database.
func (sys *System) own(d input.Database) {
	if sys.opened != nil {
		sys.opened.Own(d)
	}
}

// close closes a database before the command ends, even if its file changed.
func (sys *System) close(d input.Database) { sys.session().Close(d) }

// changed returns an error if the file of a database changed.
func (sys *System) changed() error { return sys.session().Changed() }

// runChecked runs a command.  If the file of a database changed meanwhile, it returns that
// as the error instead of the command's own.
func (sys *System) runChecked(command func() error) error {
	sys.opened = sys.session()
	return sys.opened.Run(command)
}

// warnOnce prints a warning on standard error unless the command has printed it before, as
// for a database that is opened several times.
func (sys *System) warnOnce(text string) { sys.session().WarnOnce(text) }
