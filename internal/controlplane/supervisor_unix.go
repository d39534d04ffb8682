//go:build unix

package controlplane

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// watch is the program of the supervisor.  All processes of the plane are in its process group,
// except for daemons, which leave it and are found by their environment.  It waits for the end of
// its input, ends all processes and removes the directory $1.
const watch = `trap '' HUP INT TERM
read -r _
kill -TERM 0
for f in $(grep -Fls "` + marker + `=$1" /proc/[0-9]*/environ 2>/dev/null); do
    p=${f#/proc/}
    kill -KILL "${p%/environ}" 2>/dev/null
done
rm -rf "$1" || rm -rf "$1"
kill -KILL 0`

// supervisor is the process that ends and removes a plane, also after this process has ended.
type supervisor struct {
	cmd  *exec.Cmd
	pipe *os.File // the supervisor waits until it is closed
	lock *os.File // locked while this process lives
}

// supervised creates a directory below parent and locks it.  Its supervisor is started first, so
// that nothing is left if the process is killed at any time.
func supervised(parent string) (string, *supervisor, error) {
	for range 100 {
		dir := filepath.Join(parent, prefix+strconv.FormatUint(uint64(rand.Uint32()), 10))
		s, err := supervise(dir)
		if err != nil {
			return "", nil, err
		}
		err = os.Mkdir(dir, 0o700)
		if err == nil {
			s.lock, err = lockDir(dir)
		}
		switch {
		case err == nil:
			return dir, s, nil
		case errors.Is(err, fs.ErrExist), errors.Is(err, errTaken): // another run has it, or has removed it
			s.dismiss()
			continue
		}
		s.end()
		return "", nil, err
	}
	return "", nil, fmt.Errorf("%s: no directory there can be locked", parent)
}

// supervise starts the supervisor of a directory, which need not exist yet.
func supervise(dir string) (*supervisor, error) {
	in, pipe, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer in.Close()
	cmd := exec.Command("/bin/sh", "-c", watch, "sh", dir)
	cmd.Dir, cmd.Stdin = "/", in
	cmd.Env = []string{"PATH=/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL=C"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return nil, errors.Join(err, pipe.Close())
	}
	return &supervisor{cmd: cmd, pipe: pipe}, nil
}

// dismiss ends the supervisor without removing the directory.
func (s *supervisor) dismiss() {
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait()
	_ = s.pipe.Close()
}

// adopt puts a command that is about to start into the supervisor's process group.
func (s *supervisor) adopt(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pgid: s.cmd.Process.Pid}
}

// end makes the supervisor end the processes and remove the directory, and waits for it.
func (s *supervisor) end() {
	if s.pipe.Close() != nil {
		return // it has ended already
	}
	_ = s.cmd.Wait() // it ends by its own signal
	// Commands of commands are not waited for.
	for range 1000 {
		if errors.Is(syscall.Kill(-s.cmd.Process.Pid, 0), syscall.ESRCH) {
			return
		}
		time.Sleep(2 * time.Millisecond)
	}
}

// release releases the lock.
func (s *supervisor) release() error {
	if err := s.lock.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
		return err
	}
	return nil
}

// lockName is the file in a plane's directory that is locked while it is in use.
const lockName = "lock"

// errTaken means that another process holds or has removed a directory.
var errTaken = errors.New("the directory is in use")

// lockDir locks a directory.  The lock is valid only if the file still has its name afterwards,
// because a process that removes a directory holds the lock as well.
func lockDir(dir string) (*os.File, error) {
	path := filepath.Join(dir, lockName)
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if errors.Is(err, os.ErrNotExist) {
		return nil, errTaken
	}
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(errTaken, f.Close())
	}
	held, err := f.Stat()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	if named, err := os.Stat(path); err != nil || !os.SameFile(held, named) {
		return nil, errors.Join(errTaken, f.Close())
	}
	return f, nil
}

// sweep removes the directories of planes that are no longer used because process and supervisor
// were killed.  Those of other users are left.
func sweep(parent string) {
	found, _ := filepath.Glob(filepath.Join(parent, prefix+"*")) // the pattern is good
	for _, dir := range found {
		info, err := os.Lstat(dir)
		if err != nil || !info.IsDir() {
			continue
		}
		if st, ok := info.Sys().(*syscall.Stat_t); !ok || int(st.Uid) != os.Geteuid() {
			continue
		}
		lock, err := lockDir(dir)
		if err != nil {
			continue
		}
		if s, err := supervise(dir); err == nil {
			s.end() // processes may be left, too
		}
		_ = errors.Join(os.RemoveAll(dir), lock.Close()) // what cannot be removed is left
	}
}
