package atomicfile

import (
	"os"
	"os/signal"
	"sync"
)

// A process that a signal ends while it writes would leave its temporary files
// behind. As long as there are any, the signals that end a process remove them
// first.
var pending struct {
	mu      sync.Mutex
	files   map[string]bool
	signals chan os.Signal // nil while nothing is pending
	done    chan struct{}
	handled int // by how many callers the signals are handled
}

// HandleSignals says that the caller handles the signals that end a process, by
// returning from what it does, until it calls done. Errors remove temporary files then.
func HandleSignals() (done func()) {
	count := func(n int) {
		pending.mu.Lock()
		defer pending.mu.Unlock()
		pending.handled += n
	}
	count(1)
	return func() { count(-1) }
}

// hold keeps signals from ending the process before create's file is known, and
// takes note of it. Of two files that are written at once each is held.
func hold(create func() (*os.File, error)) (*os.File, error) {
	pending.mu.Lock()
	defer pending.mu.Unlock()
	if pending.signals == nil {
		pending.files = map[string]bool{}
		pending.signals, pending.done = make(chan os.Signal, 1), make(chan struct{})
		for _, s := range ending {
			if pending.handled == 0 && !signal.Ignored(s) { // ignored as under nohup(1)
				signal.Notify(pending.signals, s)
			}
		}
		go await(pending.signals, pending.done)
	}
	f, err := create()
	if err == nil {
		pending.files[f.Name()] = true
	}
	settle()
	return f, err
}

// release lets go of a file after last, which renames or removes it and which no
// signal interrupts.
func release(name string, last func() error) error {
	pending.mu.Lock()
	defer pending.mu.Unlock()
	delete(pending.files, name)
	defer settle()
	return last()
}

// settle gives the signals back where nothing is pending. The lock is held.
func settle() {
	if len(pending.files) == 0 {
		signal.Stop(pending.signals)
		select {
		case s := <-pending.signals: // which came too late for await
			end(s)
		default:
		}
		close(pending.done)
		pending.signals = nil
	}
}

// await removes what is pending when a signal comes, and ends the process by that
// signal. The lock stays with it, so that nothing new appears meanwhile.
func await(signals chan os.Signal, done chan struct{}) {
	select {
	case <-done:
		return
	case s := <-signals:
		Discard()
		end(s)
	}
}

// Discard removes what is pending, before the process ends.  Afterwards no file
// can be written.
func Discard() {
	pending.mu.Lock()
	for name := range pending.files {
		_ = os.Remove(name) // the process ends, so that no caller gets an error
	}
}
