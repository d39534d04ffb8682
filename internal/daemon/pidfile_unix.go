//go:build unix

package daemon

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// Pidfile is a file with a process id. It is locked by fcntl(2) while the process lives,
// which distinguishes it from a stale one.
type Pidfile struct {
	path string
	file *os.File
}

// ClaimPidfile writes the process id to a file. If another process holds the file, it
// returns a *RunningError, unless overwrite is set.
func ClaimPidfile(path string, overwrite bool) (*Pidfile, error) {
	tmp := path + ".tmp"
	if overwrite {
		tmp += strconv.Itoa(os.Getpid())
	}
	f, err := os.OpenFile(tmp, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o666)
	if err != nil {
		return nil, err
	}
	fail := func(err error) (*Pidfile, error) {
		f.Close()
		return nil, err
	}
	if err := lock(f, syscall.F_SETLK); err != nil {
		return fail(&fs.PathError{Op: "lock", Path: tmp, Err: err})
	}
	if !overwrite {
		if err := dropStale(path); err != nil {
			os.Remove(tmp)
			return fail(err)
		}
	}
	err = f.Truncate(0)
	if err == nil {
		_, err = fmt.Fprintln(f, os.Getpid())
	}
	if err == nil {
		err = os.Rename(tmp, path)
	}
	if err != nil {
		os.Remove(tmp)
		return fail(err)
	}
	return &Pidfile{path, f}, nil
}

// dropStale removes a pidfile that no process holds.
func dropStale(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	owner := syscall.Flock_t{Type: syscall.F_WRLCK}
	if err := syscall.FcntlFlock(f.Fd(), syscall.F_GETLK, &owner); err != nil {
		return &fs.PathError{Op: "lock", Path: path, Err: err}
	}
	if owner.Type == syscall.F_UNLCK {
		return os.Remove(path)
	}
	text, err := io.ReadAll(io.LimitReader(f, 32))
	if err != nil {
		return err
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		pid = int(owner.Pid)
	}
	return &RunningError{path, pid}
}

func lock(f *os.File, command int) error {
	l := syscall.Flock_t{Type: syscall.F_WRLCK}
	return syscall.FcntlFlock(f.Fd(), command, &l)
}

// Release removes the file, unless another process holds it.
func (p *Pidfile) Release() error {
	mine, err := p.file.Stat()
	if now, lerr := os.Lstat(p.path); err == nil && lerr == nil && os.SameFile(mine, now) {
		err = os.Remove(p.path)
	}
	return errors.Join(err, p.file.Close())
}
