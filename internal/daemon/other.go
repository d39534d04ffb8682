//go:build !unix

package daemon

import (
	"context"
	"net"
)

// Ready is the means by which a daemon reports that it is ready.
type Ready struct{}

// Done returns ErrUnsupported.
func (*Ready) Done(bool) error { return ErrUnsupported }

// Detach returns ErrUnsupported.
func Detach(context.Context, Options) (*Ready, error) { return nil, ErrUnsupported }

// Listen returns ErrUnsupported.
func Listen(context.Context, string) (net.Listener, error) { return nil, ErrUnsupported }

// Pidfile is a file with a process id.
type Pidfile struct{}

// ClaimPidfile returns ErrUnsupported.
func ClaimPidfile(string, bool) (*Pidfile, error) { return nil, ErrUnsupported }

// Release returns ErrUnsupported.
func (*Pidfile) Release() error { return ErrUnsupported }

// CheckUser returns ErrUnsupported.
func CheckUser(string) error { return ErrUnsupported }
