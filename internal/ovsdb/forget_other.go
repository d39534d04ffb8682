//go:build !linux

package ovsdb

// forget does nothing where the system's advice may differ from Linux's.
func forget([]byte) {}
