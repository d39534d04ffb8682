package daemon

import (
	"errors"
	"fmt"
)

// ErrUnsupported means that a process cannot go to the background here.
var ErrUnsupported = errors.New("a process cannot go to the background here")

// ExitError is a daemon that ended before it was ready, after saying why.
type ExitError struct{ Status int }

// Error returns the exit status.
func (e *ExitError) Error() string { return fmt.Sprintf("exit status %d", e.Status) }

// Options says how to go to the background.
type Options struct {
	// Args is the process's own command line, its name included, which runs
	// again in the background.
	Args []string

	// Monitor leaves a second process behind that starts the daemon anew
	// where it dies by an error.
	Monitor bool

	// User runs the daemon as USER or USER:GROUP, "" as who one is.
	User string

	// Restarted is the monitor's reason why it starts the daemon anew.
	Restarted func(why string)
}

// RunningError is a process that has the pidfile already.
type RunningError struct {
	File string
	PID  int
}

// Error names the process.
func (e *RunningError) Error() string {
	return fmt.Sprintf("%s: already running as pid %d, aborting", e.File, e.PID)
}

// UserError is a user or group that is not there.
type UserError struct{ Kind, Name string }

// Error is in the words of the OVS tools.
func (e *UserError) Error() string { return fmt.Sprintf("%s %s not found, aborting.", e.Kind, e.Name) }
