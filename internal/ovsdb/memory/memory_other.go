//go:build !linux

package memory

import "errors"

const canGrow = false

// growMemory is implemented on systems that can move memory without copying it.
func growMemory([]byte, int64) ([]byte, error) { return nil, errors.ErrUnsupported }

func unmapMemory([]byte) error { return nil }

// Forget does nothing: madvise may have other semantics than on Linux.
func Forget([]byte) {}

// HugeHeap does nothing: the runtime cannot request huge pages.
func HugeHeap(int) {}
