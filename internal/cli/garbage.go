package cli

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync"
	"sync/atomic"
)

// setGCPercent lets the heap grow by that many percent before garbage is
// collected, which is worth some memory, until the function that it returns is
// called.
func setGCPercent(percent int) (undo func()) {
	was := debug.SetGCPercent(percent)
	return func() { debug.SetGCPercent(was) }
}

// smallHeap is up to how many bytes a heap keeps of which garbage is collected late.
const smallHeap = 64 << 20

// collectLate does what setGCPercent does, and undoes it as soon as the heap keeps much.
func collectLate(percent int) (undo func()) {
	var done atomic.Bool
	restore := sync.OnceFunc(setGCPercent(percent))
	undo = func() { done.Store(true); restore() }
	type sentinel struct{ _ *sentinel }
	var collected func(*sentinel)
	collected = func(*sentinel) { // once after each collection
		kept := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
		if metrics.Read(kept); kept[0].Value.Uint64() > smallHeap {
			undo()
		}
		if !done.Load() {
			runtime.SetFinalizer(&sentinel{}, collected)
		}
	}
	collected(nil)
	return undo
}
