package memory

import (
	"runtime"

	"golang.org/x/sys/unix"
)

const canGrow = true

// growMemory makes memory larger, or makes the first of it where there is none.
// Pages take no room before they are written to.
func growMemory(memory []byte, size int64) ([]byte, error) {
	if memory == nil {
		return unix.Mmap(-1, 0, int(size), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
	}
	return unix.Mremap(memory, int(size), unix.MREMAP_MAYMOVE)
}

func unmapMemory(b []byte) error { return unix.Munmap(b) }

// pageSize is a bound on the system's, so that only whole pages are given back.
const pageSize = 64 << 10

// Forget gives the pages of a mapped file back to the system, which reads them
// again from the file where they are looked at again.
func Forget(b []byte) {
	n := len(b) &^ (pageSize - 1)
	if n > 0 {
		_ = unix.Madvise(b[:n], unix.MADV_DONTNEED)
	}
}

// HugeHeap adds size bytes to the heap, which the system maps in huge pages where it has them: mapping one takes a
// tenth of the time of mapping as much in small pages. They are garbage, which is collected at once.
func HugeHeap(size int) {
	_ = unix.Madvise(make([]byte, size), unix.MADV_HUGEPAGE)
	runtime.GC()
}
