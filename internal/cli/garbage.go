package cli

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync"

	"github.com/ovnwalk/ovnwalk/internal/ovsdb/memory"
)

// setGCPercent sets the growth of the heap, in percent, that starts a garbage collection,
// until undo is called. A larger value takes more memory and less time.
func setGCPercent(percent int) (undo func()) {
	was := debug.SetGCPercent(percent)
	return func() { debug.SetGCPercent(was) }
}

// smallHeap is the size of the heap at the first garbage collection of collectLate, and the
// size of the live heap, in bytes, up to which it has an effect. By default, the runtime
// collects first at minHeap bytes.
const (
	smallHeap = 64 << 20
	minHeap   = 4 << 20

	hugeHeap = 48 << 20 // bytes of the heap in huge pages; less than smallHeap, so that allocating them starts no collection
)

// collectLate is setGCPercent until the live heap exceeds smallHeap. No garbage is collected
// before the heap has smallHeap bytes, since most objects of short commands live to their
// end. Most of the heap is in huge pages.
func collectLate(percent int) (undo func()) {
	var mu sync.Mutex
	restore, done := setGCPercent(100*smallHeap/minHeap), false
	memory.HugeHeap(hugeHeap)
	end := func() {
		if !done {
			restore()
		}
		done = true
	}
	type sentinel struct{ _ *sentinel }
	var collected func(*sentinel)
	collected = func(*sentinel) { // once after each collection
		mu.Lock()
		defer mu.Unlock()
		kept := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
		switch metrics.Read(kept); {
		case kept[0].Value.Uint64() > smallHeap:
			end()
		case !done:
			debug.SetGCPercent(percent)
			runtime.SetFinalizer(&sentinel{}, collected)
		}
	}
	runtime.SetFinalizer(&sentinel{}, collected)
	return func() {
		mu.Lock()
		defer mu.Unlock()
		end()
	}
}
