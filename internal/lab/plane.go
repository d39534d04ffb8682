package lab

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"
)

const (
	// maxSocketPath is the longest path that a unix socket can have on
	// Linux, sun_path's 108 bytes less the closing NUL.
	maxSocketPath = 107
	// startLimit is how long a server may take to open its socket.
	startLimit = 2 * time.Minute
	// commandLimit is how long one command of ovn-nbctl and its kin may run.
	commandLimit = 3 * time.Minute
)

// A ControlPlane is a running control plane: a northbound and a southbound
// ovsdb-server and ovn-northd, alone in a temporary folder.
type ControlPlane struct {
	// Lenient leaves out what the installed release does not take.
	Lenient bool

	dir     string
	servers []*server
	// alive ends, with the reason for its cause, when a server does that
	// was not told to.
	alive context.Context
	died  context.CancelCauseFunc
}

// A server is a child process that runs until it is stopped.
type server struct {
	name    string
	cmd     *exec.Cmd
	done    chan struct{} // closed when the process has ended
	stopped atomic.Bool   // it was told to end
}

// Start raises a control plane with empty databases. The caller must call
// [Plane.Close].
func Start(ctx context.Context) (*ControlPlane, error) {
	p, err := newPlane()
	if err != nil {
		return nil, err
	}
	if err := p.raise(ctx); err != nil {
		return nil, errors.Join(err, p.Close())
	}
	return p, nil
}

// Serve opens the southbound database in file to the real ovn-trace, with no
// northd that could change it. The file itself is not written to. The caller
// must call [Plane.Close].
func Serve(ctx context.Context, file string) (*ControlPlane, error) {
	p, err := newPlane()
	if err != nil {
		return nil, err
	}
	data, err := os.ReadFile(file)
	if err == nil {
		err = os.WriteFile(p.path("sb.db"), data, 0o600)
	}
	if err == nil {
		err = p.serve(ctx, "sb")
	}
	if err != nil {
		return nil, errors.Join(err, p.Close())
	}
	return p, nil
}

// newPlane makes the folder of a plane, at a place short enough for sockets.
func newPlane() (*ControlPlane, error) {
	if err := Installed(); err != nil {
		return nil, err
	}
	var tried []string
	for _, parent := range []string{os.TempDir(), "/tmp"} {
		dir, err := os.MkdirTemp(parent, "ovnlab")
		if err != nil {
			return nil, err
		}
		if len(filepath.Join(dir, "northd.ctl")) <= maxSocketPath {
			alive, died := context.WithCancelCause(context.Background())
			return &ControlPlane{dir: dir, alive: alive, died: died}, nil
		}
		tried = append(tried, dir)
		if err := os.Remove(dir); err != nil {
			return nil, err
		}
	}
	return nil, fmt.Errorf("a socket in %s would have a path of over %d bytes; set TMPDIR to a shorter one",
		strings.Join(tried, " or "), maxSocketPath)
}

// raise starts the three servers.
func (p *ControlPlane) raise(ctx context.Context) error {
	for _, name := range []string{"nb", "sb"} {
		schema, err := schemaPath("ovn-" + name + ".ovsschema")
		if err != nil {
			return err
		}
		if err := p.Database(ctx, name, schema); err != nil {
			return err
		}
	}
	return p.Spawn("northd", nil, "ovn-northd", p.Control("northd"), "--ovnnb-db="+p.socket("nb"), "--ovnsb-db="+p.socket("sb"))
}

// Database creates the empty database name.db from a schema file and starts an
// ovsdb-server for it, which listens on name.sock.
func (p *ControlPlane) Database(ctx context.Context, name, schema string) error {
	if _, err := p.run(ctx, "ovsdb-tool", "create", p.path(name+".db"), schema); err != nil {
		return err
	}
	return p.serve(ctx, name)
}

// serve starts an ovsdb-server for the database file name.db and waits for its
// socket.
func (p *ControlPlane) serve(ctx context.Context, name string) error {
	err := p.Spawn(name, nil, "ovsdb-server", p.Control(name), "--remote=p"+p.socket(name), p.path(name+".db"))
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	for {
		conn, err := net.Dial("unix", p.path(name+".sock"))
		if err == nil {
			return conn.Close()
		}
		select {
		case <-p.alive.Done():
			return context.Cause(p.alive)
		case <-ctx.Done():
			return fmt.Errorf("ovsdb-server for %s opened no socket: %w", name, err)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// Control is the option by which a server takes commands on name.ctl.
func (p *ControlPlane) Control(name string) string { return "--unixctl=" + p.path(name+".ctl") }

// Spawn starts a server in the foreground, as a child of this process, with
// variables added to its environment. It logs to name.log and ends with the
// plane.
func (p *ControlPlane) Spawn(name string, variables []string, program string, args ...string) error {
	args = append([]string{
		"--log-file=" + p.path(name+".log"),
		"-vconsole:off",
	}, args...)
	cmd := exec.Command(toolPath(program), args...)
	cmd.Dir, cmd.Env = p.dir, append(environment(), variables...)
	killWithParent(cmd)
	// What the C library says of a crash is not in the server's own log.
	stderr, err := os.OpenFile(p.path(name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer stderr.Close()
	cmd.Stderr = stderr
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("starting %s: %w", program, err)
	}
	s := &server{name: name, cmd: cmd, done: make(chan struct{})}
	go func() {
		err := cmp.Or(cmd.Wait(), errors.New("exit status 0"))
		if !s.stopped.Load() {
			p.died(fmt.Errorf("%s ended: %w: %s", program, err, p.log(name)))
		}
		close(s.done)
	}()
	p.servers = append(p.servers, s)
	return nil
}

// Freeze stops northd, so that the databases change no more.
func (p *ControlPlane) Freeze() {
	kept := p.servers[:0]
	for _, s := range p.servers {
		if s.name == "northd" {
			s.stop()
		} else {
			kept = append(kept, s)
		}
	}
	p.servers = kept
}

// Close ends every server and removes the folder. It may be called twice.
func (p *ControlPlane) Close() error {
	for i := len(p.servers) - 1; i >= 0; i-- {
		p.servers[i].stop()
	}
	p.servers = nil
	p.died(nil)
	return os.RemoveAll(p.dir)
}

// stop ends the process and waits until it is gone. The databases are thrown
// away, so there is nothing that a server would have to write first.
func (s *server) stop() {
	s.stopped.Store(true)
	_ = s.cmd.Process.Kill() // an error means that it is gone already
	<-s.done
}

// Backup is the southbound database as a standalone file (ovsdb(5)).
func (p *ControlPlane) Backup(ctx context.Context) ([]byte, error) {
	out, err := p.run(ctx, "ovsdb-client", "backup", p.socket("sb"), "OVN_Southbound")
	return []byte(out), err
}

// BackupNorth is the northbound database as a standalone file (ovsdb(5)).
func (p *ControlPlane) BackupNorth(ctx context.Context) ([]byte, error) {
	out, err := p.run(ctx, "ovsdb-client", "backup", p.socket("nb"), "OVN_Northbound")
	return []byte(out), err
}

// Run runs a command to its end and returns its standard output.
func (p *ControlPlane) Run(ctx context.Context, program string, args ...string) (string, error) {
	return p.run(ctx, program, args...)
}

// Alive ends when a server of the plane does that was not stopped, with the
// reason for its cause, and when the plane is closed.
func (p *ControlPlane) Alive() context.Context { return p.alive }

// Path is a file inside the plane's folder.
func (p *ControlPlane) Path(name string) string { return p.path(name) }

// run runs a command to its end and returns its standard output. An error
// holds what the command wrote to standard error.
func (p *ControlPlane) run(ctx context.Context, program string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, commandLimit)
	defer cancel()
	defer context.AfterFunc(p.alive, cancel)() // no command waits for a dead server
	cmd := exec.CommandContext(ctx, toolPath(program), args...)
	cmd.Dir, cmd.Env = p.dir, environment()
	killWithParent(cmd)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		if cause := context.Cause(p.alive); cause != nil {
			err = cause
		}
		return "", fmt.Errorf("%s: %w: %s", program, err, strings.TrimSpace(stderr.String()))
	}
	return stdout.String(), nil
}

// Remote is where the southbound ovsdb-server listens, as --db takes it.
func (p *ControlPlane) Remote() string { return p.socket("sb") }

// socket is the address of a server's database, in ovsdb(7)'s form.
func (p *ControlPlane) socket(name string) string { return "unix:" + p.path(name+".sock") }

// path is a file inside the plane's folder.
func (p *ControlPlane) path(name string) string { return filepath.Join(p.dir, name) }

// log is what a server has logged.
func (p *ControlPlane) log(name string) string {
	data, err := os.ReadFile(p.path(name + ".log"))
	if err != nil {
		return err.Error()
	}
	return strings.TrimSpace(string(data))
}

// environment is this process's less the variables by which OVN's tools would
// find the databases and daemons of the system.
func environment() []string {
	var kept []string
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "OVN_") && !strings.HasPrefix(v, "OVS_") && !strings.HasPrefix(v, "LC_") {
			kept = append(kept, v)
		}
	}
	return append(kept, "LC_ALL=C")
}
