//go:build !linux

package cli

import "io"

// watchMemory does nothing: limits on memory are only read on Linux.
func watchMemory(io.Writer) {}
