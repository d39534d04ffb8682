//go:build unix

package daemon

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"syscall"
)

// maxSocketPath is the maximum length of a socket's path.
const maxSocketPath = 100

// Listen creates a socket at a path, and replaces a stale one. Its owner and group may use
// it, as far as the umask permits, as is usual for sockets of OVS. Closing the listener
// removes it.
func Listen(ctx context.Context, path string) (net.Listener, error) {
	if info, err := os.Lstat(path); err == nil {
		if info.Mode()&fs.ModeSocket == 0 {
			return nil, &fs.PathError{Op: "listen", Path: path, Err: syscall.EEXIST}
		}
		if err := os.Remove(path); err != nil {
			return nil, err
		}
	}
	bind := path
	if len(path) > maxSocketPath {
		dir, err := os.Open(filepath.Dir(path))
		if err != nil {
			return nil, err
		}
		defer dir.Close()
		bind = fmt.Sprintf("/proc/self/fd/%d/%s", dir.Fd(), filepath.Base(path))
	}
	config := net.ListenConfig{Control: func(_, _ string, c syscall.RawConn) error {
		var err error
		return errors.Join(c.Control(func(fd uintptr) { err = syscall.Fchmod(int(fd), 0o770) }), err)
	}}
	l, err := config.Listen(ctx, "unix", bind)
	if err != nil {
		return nil, err
	}
	l.(*net.UnixListener).SetUnlinkOnClose(false)
	info, err := os.Lstat(path)
	if err != nil {
		l.Close()
		return nil, err
	}
	return &listener{Listener: l, path: path, info: info}, nil
}

// listener removes its socket when it is closed, unless the socket was replaced.
type listener struct {
	net.Listener
	path string
	info fs.FileInfo
}

// Close stops listening and removes the socket.
func (l *listener) Close() error {
	if now, err := os.Lstat(l.path); err == nil && os.SameFile(now, l.info) {
		err = os.Remove(l.path)
		return errors.Join(err, l.Listener.Close())
	}
	return l.Listener.Close()
}
