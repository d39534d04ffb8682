package controlplane

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

const (
	// maxSocketPath is the maximum length of a Unix socket's path on all systems: the 104
	// bytes of sun_path on BSD without the terminating NUL.
	maxSocketPath = 103
	// longestSocket is the longest name of a socket in the directory of a plane.
	longestSocket = "northd.ctl"
	// prefix is the prefix of the names of planes' directories.
	prefix = "ovnwalk-plane-"
	// marker is the environment variable that all processes of a plane have.  Its
	// value is the plane's directory.
	marker = "OVNWALK_CONTROL_PLANE"
)

// Plane is a control plane in a directory of its own.
type Plane struct {
	*Programs

	dir        string
	supervisor *supervisor
	servers    []*server
	changes    journal // of the southbound database
	front      *front  // between northd and the southbound database; nil for none

	// alive is canceled when a server ends that was not stopped; its cause is the reason.
	alive context.Context
	died  context.CancelCauseFunc
}

// New creates the directory of a plane, and removes directories that are left over from others.
// The caller must call [Plane.Close].
func New(programs *Programs) (*Plane, error) {
	var tried []string
	for _, parent := range []string{os.TempDir(), "/tmp", "/var/tmp"} {
		parent, err := filepath.Abs(parent)
		if err != nil {
			return nil, err
		}
		if len(filepath.Join(parent, prefix+"4294967295", longestSocket)) > maxSocketPath {
			tried = append(tried, parent)
			continue
		}
		if _, err := os.Stat(parent); err != nil && parent != os.TempDir() {
			tried = append(tried, parent)
			continue
		}
		sweep(parent)
		dir, s, err := supervised(parent)
		if err != nil {
			return nil, err
		}
		alive, died := context.WithCancelCause(context.Background())
		return &Plane{Programs: programs, dir: dir, supervisor: s, alive: alive, died: died}, nil
	}
	return nil, fmt.Errorf("a socket in %s would have a path of over %d bytes; set TMPDIR to a shorter one", strings.Join(tried, " or "), maxSocketPath)
}

// Close ends all processes of the plane and removes its directory.  It may be
// called twice.
func (p *Plane) Close() error {
	for _, s := range p.servers {
		s.stopped.Store(true)
	}
	p.supervisor.end()
	for _, s := range p.servers {
		s.stop() // the supervisor may have been killed
	}
	p.servers = nil
	p.died(nil)
	var err error
	if p.front != nil {
		err = p.front.close()
		p.front = nil
	}
	return errors.Join(err, os.RemoveAll(p.dir), p.supervisor.release())
}

// Alive returns a context that is canceled when a server ends that was not stopped; its cause is
// the reason.
func (p *Plane) Alive() context.Context { return p.alive }

// Died returns the reason why a server ended that was not stopped, or nil.
func (p *Plane) Died() error { return context.Cause(p.alive) }

// Dir returns the directory of the plane.
func (p *Plane) Dir() string { return p.dir }

// Path returns the path of a file in the directory of the plane.
func (p *Plane) Path(name string) string { return filepath.Join(p.dir, name) }

// Remote returns the socket of a database's ovsdb-server, in the form of ovsdb(7).
func (p *Plane) Remote(name string) string { return "unix:" + p.Path(name+".sock") }

// Environment returns the environment of this process without the variables by which the tools
// of OVN and Open vSwitch find the databases and daemons of the system.  Default paths are in the
// directory of the plane.
func (p *Plane) Environment() []string {
	var kept []string
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "OVN_") && !strings.HasPrefix(v, "OVS_") && !strings.HasPrefix(v, "LC_") {
			kept = append(kept, v)
		}
	}
	kept = append(kept, "LC_ALL=C", marker+"="+p.dir)
	for _, v := range []string{"OVN_RUNDIR", "OVN_LOGDIR", "OVN_DBDIR", "OVS_RUNDIR", "OVS_LOGDIR", "OVS_DBDIR"} {
		kept = append(kept, v+"="+p.dir)
	}
	return kept
}
