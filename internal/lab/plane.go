package lab

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/ovnwalk/ovnwalk/internal/controlplane"
)

// commandLimit is the time limit of one command such as ovn-nbctl.
const commandLimit = 3 * time.Minute

// A ControlPlane is a control plane for a test.
type ControlPlane struct {
	*controlplane.Plane
	// Lenient omits what the installed release does not support.
	Lenient bool

	programs *controlplane.Programs
}

// Start starts a control plane with empty databases. The caller must call
// Close.
func Start(ctx context.Context) (*ControlPlane, error) {
	p, err := newPlane()
	if err != nil {
		return nil, err
	}
	for _, name := range []string{controlplane.NB, controlplane.SB} {
		if err == nil {
			err = p.Create(ctx, name)
		}
		if err == nil {
			err = p.Plane.Serve(ctx, name)
		}
	}
	if err == nil {
		err = p.StartNorthd(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, p.Close())
	}
	return p, nil
}

// Serve serves the southbound database in file to the real ovn-trace, without a northd that
// could change it. It works on a copy of the file. The caller must call Close.
func Serve(ctx context.Context, file string) (*ControlPlane, error) {
	p, err := newPlane()
	if err != nil {
		return nil, err
	}
	data, err := os.ReadFile(file)
	if err == nil {
		err = os.WriteFile(p.Path("sb.db"), data, 0o600)
	}
	if err == nil {
		err = p.Plane.Serve(ctx, controlplane.SB)
	}
	if err != nil {
		return nil, errors.Join(err, p.Close())
	}
	return p, nil
}

func newPlane() (*ControlPlane, error) {
	if err := Installed(); err != nil {
		return nil, err
	}
	programs, err := Programs()
	if err != nil {
		return nil, err
	}
	p, err := controlplane.New(programs)
	if err != nil {
		return nil, err
	}
	return &ControlPlane{Plane: p, programs: programs}, nil
}

// Database creates the empty database name.db from a schema file and starts an
// ovsdb-server for it, which listens on name.sock.
func (p *ControlPlane) Database(ctx context.Context, name, schema string) error {
	if _, err := p.Run(ctx, "ovsdb-tool", "create", p.Path(name+".db"), schema); err != nil {
		return err
	}
	return p.Plane.Serve(ctx, name)
}

// Control returns the option by which a server accepts commands on name.ctl.
func (p *ControlPlane) Control(name string) string { return "--unixctl=" + p.Path(name+".ctl") }

// Spawn starts a server in the foreground, as a child of this process, with
// variables added to its environment. It logs to name.log and ends with the
// plane.
func (p *ControlPlane) Spawn(name string, variables []string, program string, args ...string) error {
	return p.Plane.Spawn(name, variables, ToolPath(program), args...)
}

// Freeze stops northd, so that the databases do not change any more.
func (p *ControlPlane) Freeze() { p.Stop("northd") }

// Backup returns the southbound database as a standalone file (ovsdb(5)).
func (p *ControlPlane) Backup(ctx context.Context) ([]byte, error) {
	out, err := p.Run(ctx, "ovsdb-client", "backup", p.Remote(), "OVN_Southbound")
	return []byte(out), err
}

// BackupNorth returns the northbound database as a standalone file (ovsdb(5)).
func (p *ControlPlane) BackupNorth(ctx context.Context) ([]byte, error) {
	out, err := p.Run(ctx, "ovsdb-client", "backup", p.Plane.Remote(controlplane.NB), "OVN_Northbound")
	return []byte(out), err
}

// Run runs a command and returns its standard output. An error includes its standard error.
func (p *ControlPlane) Run(ctx context.Context, program string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, commandLimit)
	defer cancel()
	return p.Plane.Run(ctx, ToolPath(program), args...)
}

// Remote returns the address of the southbound ovsdb-server, in the form of --db.
func (p *ControlPlane) Remote() string { return p.Plane.Remote(controlplane.SB) }
