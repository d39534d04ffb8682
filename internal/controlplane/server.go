package controlplane

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

// startLimit is the maximum time that a server may take to open its socket.
const startLimit = 2 * time.Minute

// server is a process that runs until it is stopped.
type server struct {
	name    string
	cmd     *exec.Cmd
	done    chan struct{} // closed when the process has ended
	stopped atomic.Bool   // whether it was stopped
}

// Serve starts an ovsdb-server for the file name.db and waits for its socket.
func (p *Plane) Serve(ctx context.Context, name string) error {
	if err := p.Load(name); err != nil {
		return err
	}
	return p.Loaded(ctx, name)
}

// mergeFreed makes malloc merge freed memory at once.  Ovsdb-server frees the whole log after
// reading it, and would otherwise merge that memory during its first request: 0.2 s for 22 MB.
// The same holds for northd and the database.
const mergeFreed = "GLIBC_TUNABLES=glibc.malloc.mxfast=0"

// Load starts an ovsdb-server for the file name.db.
func (p *Plane) Load(name string) error {
	return p.Spawn(name, []string{mergeFreed}, p.Server, p.control(name), "--remote=p"+p.Remote(name), p.Path(name+".db"))
}

// Loaded waits for the socket of an ovsdb-server.
func (p *Plane) Loaded(ctx context.Context, name string) error {
	conn, err := p.dial(ctx, name+".sock")
	if err != nil {
		return err
	}
	return conn.Close()
}

// dial connects to a socket that a server is about to open.
func (p *Plane) dial(ctx context.Context, socket string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	for {
		conn, err := net.Dial("unix", p.Path(socket))
		if err == nil {
			return conn, nil
		}
		select {
		case <-p.alive.Done():
			return nil, context.Cause(p.alive)
		case <-ctx.Done():
			return nil, fmt.Errorf("%s was not opened: %w", socket, cmp.Or(context.Cause(ctx), err))
		case <-time.After(3 * time.Millisecond):
		}
	}
}

// Spawn starts a server in the foreground, as a child of this process, with
// variables added to its environment.  It logs to name.log and ends with the plane.
func (p *Plane) Spawn(name string, variables []string, program string, args ...string) error {
	args = append([]string{"--log-file=" + p.Path(name+".log"), "-vconsole:off", "-vsyslog:off"}, args...)
	cmd := exec.Command(program, args...)
	cmd.Dir, cmd.Env = p.dir, append(p.Environment(), variables...)
	p.supervisor.adopt(cmd)
	// Messages of the C library about a crash are not in the server's own log.
	stderr, err := os.OpenFile(p.Path(name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
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
			p.died(fmt.Errorf("%s ended: %w: %s", filepath.Base(program), err, p.Log(name)))
		}
		close(s.done)
	}()
	p.servers = append(p.servers, s)
	return nil
}

// Stop ends a server.
func (p *Plane) Stop(name string) {
	kept := p.servers[:0]
	for _, s := range p.servers {
		if s.name == name {
			s.stop()
		} else {
			kept = append(kept, s)
		}
	}
	p.servers = kept
}

// Pid returns the process ID of a server, or 0.
func (p *Plane) Pid(name string) int {
	for _, s := range p.servers {
		if s.name == name {
			return s.cmd.Process.Pid
		}
	}
	return 0
}

// stop kills the process and waits for it.  Transactions that it has acknowledged are in its
// files.
func (s *server) stop() {
	s.stopped.Store(true)
	_ = s.cmd.Process.Kill() // an error means that it has ended
	<-s.done
}

// control returns the option that makes a server listen on name.ctl for commands.
func (p *Plane) control(name string) string { return "--unixctl=" + p.Path(name+".ctl") }

// Log returns the log of a server.
func (p *Plane) Log(name string) string {
	data, err := os.ReadFile(p.Path(name + ".log"))
	if err != nil {
		return err.Error()
	}
	return strings.TrimSpace(string(data))
}

// Command returns a command in the environment of the plane.  It is killed when ctx is done or a
// server dies.
func (p *Plane) Command(ctx context.Context, program string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir, cmd.Env = p.dir, p.Environment()
	cmd.WaitDelay = time.Second
	p.supervisor.adopt(cmd)
	return cmd
}

// Bound returns a context that is canceled with ctx, and when a server ends that was not stopped.
func (p *Plane) Bound(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(p.alive, func() { cancel(context.Cause(p.alive)) })
	return ctx, func() { stop(); cancel(nil) }
}

// Run runs a command and returns its standard output.  An error contains its standard error.
func (p *Plane) Run(ctx context.Context, program string, args ...string) (string, error) {
	ctx, cancel := p.Bound(ctx)
	defer cancel()
	cmd := p.Command(ctx, program, args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		if cause := context.Cause(ctx); cause != nil {
			err = cause
		}
		said := strings.TrimSpace(stderr.String())
		if said == "" {
			return "", fmt.Errorf("%s: %w", filepath.Base(program), err)
		}
		return "", fmt.Errorf("%s: %w: %s", filepath.Base(program), err, said)
	}
	return stdout.String(), nil
}
