//go:build unix

package memory

import (
	"os"
	"syscall"
)

const CanMap = true

// MapFile maps a file for reading.
func MapFile(f *os.File, size int64) ([]byte, error) {
	return syscall.Mmap(int(f.Fd()), 0, int(size), syscall.PROT_READ, syscall.MAP_PRIVATE)
}

func Unmap(b []byte) error { return syscall.Munmap(b) }
