// Package mmapfault recovers from the faults that reading a mapped file causes after
// the file was truncated. Go turns such a fault into a panic only in goroutines that
// called debug.SetPanicOnFault.
package mmapfault

import (
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
)

// running is the number of calls of Run in progress. lost is whether one of them had
// a fault: data that it left incomplete may cause other panics in the others.
var (
	running atomic.Int64
	faults  atomic.Bool
)

// endRun ends a call of Run. The last one to end resets lost.
func endRun() {
	if running.Add(-1) == 0 {
		faults.Store(false)
	}
}

// Run calls f, which reads mapped memory, and reports whether reading it caused a
// fault because the file was truncated. Other panics are not recovered. After a fault,
// what f computed must not be used.
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

// isMemoryFault reports whether a panic is a fault at a memory address: only such
// panics have the method Addr.
func isMemoryFault(e any) bool {
	_, ok := e.(interface{ Addr() uintptr })
	return ok
}

// fault is the panic value in one goroutine for a fault in another.
type fault struct{}

func (fault) Addr() uintptr { return 0 }
func (fault) Error() string { return "a mapped file was truncated" }

// Each calls do with 0 to n-1 in the given number of goroutines, or one for each
// processor if workers is not above zero, and returns when all calls have returned.
//
// After a fault no further calls are made, and Each panics with the fault in the
// goroutine of its caller.
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
