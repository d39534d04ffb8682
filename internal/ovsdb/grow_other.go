//go:build !linux

package ovsdb

import "errors"

const canGrow = false

// growMemory is for systems that can move memory without copying it.
func growMemory([]byte, int64) ([]byte, error) { return nil, errors.ErrUnsupported }

func unmapMemory([]byte) error { return nil }
