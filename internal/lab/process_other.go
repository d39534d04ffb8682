//go:build !linux

package lab

import "os/exec"

// tie does nothing where the kernel cannot tie a child's life to its parent's.
func tie(*exec.Cmd) {}
