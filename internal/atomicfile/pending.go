package atomicfile

import (
	"os"
	"os/signal"
	"sync"
)

// pending is the temporary files of this process. While there are any, the signals that
// end a process remove them first.
var pending struct {
	mu      sync.Mutex
	files   map[string]bool
	signals chan os.Signal // nil if nothing is pending
	done    chan struct{}
	handled int // number of callers that handle the signals
}

// HandleSignals declares that until it calls done, the caller handles the signals that end
// a process by returning. Temporary files are then removed when Write returns an error.
func HandleSignals() (done func()) {
	count := func(n int) {
		pending.mu.Lock()
		defer pending.mu.Unlock()
		pending.handled += n
	}
	count(1)
	return func() { count(-1) }
}

// hold records the file that create makes, and keeps signals from ending the process
// meanwhile. Files that are written concurrently are recorded each.
func hold(create func() (*os.File, error)) (*os.File, error) {
	pending.mu.Lock()
	defer pending.mu.Unlock()
	if pending.signals == nil {
		pending.files = map[string]bool{}
		pending.signals, pending.done = make(chan os.Signal, 1), make(chan struct{})
		for _, s := range ending {
			if pending.handled == 0 && !signal.Ignored(s) { // as under nohup(1)
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

// release removes a file from pending after last, which renames or removes the file. No
// signal interrupts last.
func release(name string, last func() error) error {
	pending.mu.Lock()
	defer pending.mu.Unlock()
	delete(pending.files, name)
	defer settle()
	return last()
}

// settle restores the handling of signals if nothing is pending. The lock is held.
func settle() {
	if len(pending.files) == 0 {
		signal.Stop(pending.signals)
		select {
		case s := <-pending.signals: // arrived too late for await
			end(s)
		default:
		}
		close(pending.done)
		pending.signals = nil
	}
}

// await removes pending files when a signal arrives, and ends the process by that signal.
// It keeps the lock, so that no new file is created meanwhile.
func await(signals chan os.Signal, done chan struct{}) {
	select {
	case <-done:
		return
	case s := <-signals:
		Discard()
		end(s)
	}
}

// Discard removes pending files before the process ends. Afterwards no file can be
// written.
func Discard() {
	pending.mu.Lock()
	for name := range pending.files {
		_ = os.Remove(name) // the process ends: no caller receives an error
	}
}
