package ovsdb

import "syscall"

// pageSize is a bound on the system's, so that only whole pages are given back.
const pageSize = 64 << 10

// forget gives the pages of a mapped file back to the system, which reads them
// again from the file where they are looked at again.
func forget(b []byte) {
	n := len(b) &^ (pageSize - 1)
	if n > 0 {
		_ = syscall.Madvise(b[:n], syscall.MADV_DONTNEED)
	}
}
