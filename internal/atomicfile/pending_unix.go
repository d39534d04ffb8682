//go:build unix

package atomicfile

import (
	"os"
	"os/signal"
	"syscall"
	"time"
)

// ending are the signals that users send to end a process.
var ending = []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP}

// end ends the process by a signal, so that its parent sees the signal.
func end(s os.Signal) {
	signal.Reset(s)
	if n, ok := s.(syscall.Signal); ok && syscall.Kill(os.Getpid(), n) == nil {
		time.Sleep(time.Second) // until the signal is delivered
	}
	os.Exit(2)
}
