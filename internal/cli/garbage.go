package cli

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync"

	"github.com/ovnwalk/ovnwalk/internal/ovsdb/memory"
)

// setGCPercent lets the heap grow by that many percent before garbage is
// collected, which is worth some memory, until the function that it returns is
// called.
func setGCPercent(percent int) (undo func()) {
	was := debug.SetGCPercent(percent)
	return func() { debug.SetGCPercent(was) }
}

// smallHeap is up to how many bytes a heap keeps of which garbage is collected late, and
// its size at the first collection. The runtime starts with a heap of minHeap bytes at 100
// percent.
const (
	smallHeap = 64 << 20
	minHeap   = 4 << 20

	hugeHeap = 48 << 20 // how much of the heap is in huge pages: less than smallHeap, so that allocating it starts no collection
)

// collectLate does what setGCPercent does, and undoes it as soon as the heap keeps much. No
// garbage is collected before the heap has smallHeap bytes, since short commands keep most
// of what they allocate. Most of these are in huge pages.
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
