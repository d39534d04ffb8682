//go:build unix

package open

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"
)

// pipeTimeout is how long to wait for a writer of a named pipe.
const pipeTimeout = 10 * time.Second

// openFile opens a file for reading and returns the bytes that it has already read of a
// pipe. It returns an error if no program opens the pipe for writing within pipeTimeout.
func openFile(ctx context.Context, path string, info os.FileInfo) (f *os.File, first []byte, err error) {
	if info.Mode()&os.ModeNamedPipe == 0 {
		f, err = os.Open(path)
		return f, nil, err
	}
	if f, err = os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0); err != nil { // without O_NONBLOCK opening would wait
		return nil, nil, err
	}
	for end := time.Now().Add(pipeTimeout); ; {
		first, connected, err := firstByte(f)
		if err == nil && connected {
			return f, first, nil
		}
		select {
		case <-ctx.Done():
			err = ctx.Err()
		case <-time.After(20 * time.Millisecond):
			if err == nil && time.Now().After(end) {
				err = fmt.Errorf("%s: no program writes to this pipe: none opened it within %v", path, pipeTimeout)
			}
		}
		if err != nil {
			return nil, nil, errors.Join(err, f.Close())
		}
	}
}

// firstByte reads a byte of a pipe if there is one, and reports whether the pipe has a
// writer. It does not wait.
func firstByte(f *os.File) (first []byte, connected bool, err error) {
	conn, err := f.SyscallConn()
	if err != nil {
		return nil, false, err
	}
	var one [1]byte
	n := 0
	var reading error
	err = conn.Read(func(fd uintptr) bool {
		n, reading = syscall.Read(int(fd), one[:])
		return true
	})
	switch {
	case err != nil:
		return nil, false, err
	case errors.Is(reading, syscall.EAGAIN):
		return nil, true, nil
	case reading != nil && !errors.Is(reading, syscall.EINTR):
		return nil, false, reading
	}
	return one[:max(n, 0)], n > 0, nil
}
