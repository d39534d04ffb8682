//go:build unix

package atomicfile

import (
	"os"
	"os/signal"
	"syscall"
	"time"
)

// ending are the signals that end a process unless it handles them, and that
// somebody sends it.
var ending = []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP}

// end ends the process by a signal, as its parent expects.
func end(s os.Signal) {
	signal.Reset(s)
	if n, ok := s.(syscall.Signal); ok && syscall.Kill(os.Getpid(), n) == nil {
		time.Sleep(time.Second) // the signal is on its way
	}
	os.Exit(2)
}
