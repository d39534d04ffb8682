package daemon

import (
	"errors"
	"fmt"
)

// ErrUnsupported means that this system does not support background processes.
var ErrUnsupported = errors.New("a process cannot go to the background here")

// ExitError means that a daemon ended before it was ready, after it printed the reason.
type ExitError struct{ Status int }

// Error returns the exit status.
func (e *ExitError) Error() string { return fmt.Sprintf("exit status %d", e.Status) }

// Options are options of Detach.
type Options struct {
	// Args is the command line of this process, including its name. It is run again in
	// the background.
	Args []string

	// Monitor starts a second process that restarts the daemon when it ends by an
	// error.
	Monitor bool

	// User runs the daemon as USER or USER:GROUP, or as the current user if "".
	User string

	// Restarted is called in the monitor with the reason of each restart.
	Restarted func(why string)
}

// RunningError means that another process holds the pidfile.
type RunningError struct {
	File string
	PID  int
}

// Error names the process.
func (e *RunningError) Error() string {
	return fmt.Sprintf("%s: already running as pid %d, aborting", e.File, e.PID)
}

// UserError means that a user or group does not exist.
type UserError struct{ Kind, Name string }

// Error returns the message of the OVS tools.
func (e *UserError) Error() string { return fmt.Sprintf("%s %s not found, aborting.", e.Kind, e.Name) }
