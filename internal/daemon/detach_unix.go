//go:build unix

package daemon

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// A Go program cannot fork: it runs itself again, with its role in its environment.
const (
	stageVar     = "OVNWALK_DAEMON"
	stageMonitor = "monitor"
	stageDaemon  = "daemon"
	readyFD      = 3 // descriptor on which a child reports that it is ready
)

// Detach continues in the background. In the original process it returns nil once the
// daemon is ready, or an *ExitError if the daemon ended before; it has then printed the
// reason on standard error, which it shares until it is ready. In the daemon it returns
// the Ready by which it reports that.
func Detach(ctx context.Context, o Options) (*Ready, error) {
	if len(o.Args) == 0 {
		return nil, ErrUnsupported
	}
	stage := os.Getenv(stageVar)
	if err := os.Unsetenv(stageVar); err != nil {
		return nil, err
	}
	switch stage {
	case stageDaemon:
		return &Ready{pipe: os.NewFile(readyFD, "ready")}, nil
	case stageMonitor:
		return nil, monitorDaemon(ctx, o, &Ready{pipe: os.NewFile(readyFD, "ready")})
	}
	stage = stageDaemon
	if o.Monitor {
		stage = stageMonitor
	}
	_, err := start(o, stage)
	return nil, err
}

// start runs the program again and waits until it is ready.
func start(o Options, stage string) (*exec.Cmd, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	cmd := &exec.Cmd{
		Path: self, Args: o.Args, Env: append(os.Environ(), stageVar+"="+stage),
		Stdout: os.Stdout, Stderr: os.Stderr, ExtraFiles: []*os.File{w},
		SysProcAttr: &syscall.SysProcAttr{Setsid: true},
	}
	if o.User != "" {
		if cmd.SysProcAttr.Credential, err = credential(o.User); err != nil {
			w.Close()
			return nil, err
		}
	}
	err = cmd.Start()
	w.Close()
	if err != nil {
		return nil, err
	}
	if n, _ := r.Read(make([]byte, 1)); n == 1 {
		return cmd, nil
	}
	if err := cmd.Wait(); err != nil && cmd.ProcessState == nil {
		return nil, err
	}
	if status := cmd.ProcessState.ExitCode(); status > 0 {
		return nil, &ExitError{status}
	}
	return nil, fmt.Errorf("the daemon died before it was ready (%s)", cmd.ProcessState)
}

// Ready is the means by which a daemon reports that it is ready.
type Ready struct{ pipe *os.File }

// Done reports readiness to the waiting process, and detaches from the terminal and,
// unless stay is set, from the working directory.
func (r *Ready) Done(stay bool) error {
	if !stay {
		if err := os.Chdir("/"); err != nil {
			return err
		}
	}
	_, err := r.pipe.Write([]byte{0})
	if err := errors.Join(err, r.pipe.Close()); err != nil {
		return err
	}
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer null.Close()
	for fd := range 3 {
		if err := unix.Dup2(int(null.Fd()), fd); err != nil {
			return err
		}
	}
	return nil
}

// restartInterval is the minimum time between two starts of a daemon.
const restartInterval = 10 * time.Second

// monitorDaemon runs the daemon and restarts it when it ends by an error, as
// ovs-vswitchd(8) describes for --monitor.
func monitorDaemon(ctx context.Context, o Options, ready *Ready) error {
	o.User = ""
	cmd, err := start(o, stageDaemon)
	if err != nil {
		return err
	}
	if err := ready.Done(true); err != nil {
		return err
	}
	for {
		started := time.Now()
		if err := cmd.Wait(); err != nil && cmd.ProcessState == nil {
			return err
		}
		if !failed(cmd.ProcessState) {
			return nil
		}
		o.Restarted(cmd.ProcessState.String())
		for {
			select {
			case <-ctx.Done():
				return nil
			case <-time.After(restartInterval - time.Since(started)):
			}
			started = time.Now()
			if cmd, err = start(o, stageDaemon); err == nil {
				break
			}
			o.Restarted(err.Error())
		}
	}
}

// failed reports whether a process ended by an error: by one of the signals for errors, or
// by a panic.
func failed(p *os.ProcessState) bool {
	const goCrash = 2 // the exit status of a Go program that panics
	status, ok := p.Sys().(syscall.WaitStatus)
	if !ok || !status.Signaled() {
		return p.ExitCode() == goCrash
	}
	switch status.Signal() {
	case syscall.SIGABRT, syscall.SIGALRM, syscall.SIGBUS, syscall.SIGFPE, syscall.SIGILL, syscall.SIGPIPE, syscall.SIGSEGV, syscall.SIGXCPU, syscall.SIGXFSZ:
		return true
	}
	return false
}
