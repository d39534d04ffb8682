//go:build !linux

package memory

import "errors"

const canGrow = false

// growMemory is for systems that can move memory without copying it.
func growMemory([]byte, int64) ([]byte, error) { return nil, errors.ErrUnsupported }

func unmapMemory([]byte) error { return nil }

// Forget does nothing where the system's advice may differ from Linux's.
func Forget([]byte) {}

// HugeHeap does nothing where the runtime cannot ask for huge pages.
func HugeHeap(int) {}
