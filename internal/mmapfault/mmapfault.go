// Package mmapfault keeps a database file that is cut short while it is read from
// ending the process: reading memory mapped of it faults, which Go makes a
// panic only in the goroutines that request it.
package mmapfault

import (
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
)

// running is how many calls of Run are under way, and lost whether memory went away
// under one of them: what that one left half made may make others stumble.
var (
	running atomic.Int64
	faults  atomic.Bool
)

// endRun ends a call of Run; the last to end forgets what befell them.
func endRun() {
	if running.Add(-1) == 0 {
		faults.Store(false)
	}
}

// Run calls f, which reads mapped memory, and reports whether the memory went
// away under it: the file was cut short. Any other panic goes on. What f looked
// at is of no use afterwards.
func Run(f func()) (gone bool) {
	running.Add(1)
	defer endRun()
	was := debug.SetPanicOnFault(true)
	defer func() {
		debug.SetPanicOnFault(was)
		e := recover()
		switch _, stumbled := e.(runtime.Error); {
		case e == nil:
		case isMemoryFault(e):
			faults.Store(true)
			gone = true
		case stumbled && faults.Load():
			gone = true
		default:
			panic(e)
		}
	}()
	f()
	return false
}

// isMemoryFault reports whether a panic is of memory that is not there, which alone
// has an address.
func isMemoryFault(e any) bool {
	_, ok := e.(interface{ Addr() uintptr })
	return ok
}

// fault stands for one that befell another goroutine.
type fault struct{}

func (fault) Addr() uintptr { return 0 }
func (fault) Error() string { return "a mapped file was cut short" }

// Each calls do with 0 to n-1, from as many goroutines as workers says, or as
// there are processors where it is not above zero, and returns when all calls
// have.
//
// Where memory went away under a call no further ones are made, and the caller
// of Each sees the fault, as if it had made the call itself.
func Each(workers, n int, do func(i int)) {
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	var next atomic.Int64
	var gone atomic.Bool
	var wait sync.WaitGroup
	for range min(workers, n) {
		wait.Go(func() {
			cut := Run(func() {
				for !gone.Load() {
					i := int(next.Add(1)) - 1
					if i >= n {
						return
					}
					do(i)
				}
			})
			if cut {
				gone.Store(true)
			}
		})
	}
	wait.Wait()
	if gone.Load() {
		panic(fault{})
	}
}
