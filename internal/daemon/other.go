//go:build !unix

package daemon

import (
	"context"
	"net"
)

// Ready is how a daemon says that it is ready.
type Ready struct{}

// Done does nothing here.
func (*Ready) Done(bool) error { return ErrUnsupported }

// Detach fails here.
func Detach(context.Context, Options) (*Ready, error) { return nil, ErrUnsupported }

// Listen fails here.
func Listen(context.Context, string) (net.Listener, error) { return nil, ErrUnsupported }

// Pidfile is a file with the process's number in it.
type Pidfile struct{}

// ClaimPidfile fails here.
func ClaimPidfile(string, bool) (*Pidfile, error) { return nil, ErrUnsupported }

// Release does nothing here.
func (*Pidfile) Release() error { return ErrUnsupported }

// CheckUser fails here.
func CheckUser(string) error { return ErrUnsupported }
