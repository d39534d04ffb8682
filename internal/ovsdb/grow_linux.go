package ovsdb

import "golang.org/x/sys/unix"

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
