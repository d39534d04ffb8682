//go:build !linux

package ovsdb

// pseudoFS names a file system that the kernel makes up; only Linux has those
// that matter.
func pseudoFS(string) string { return "" }
