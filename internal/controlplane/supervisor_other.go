//go:build !unix

package controlplane

import (
	"errors"
	"os/exec"
)

// supervisor exists on Unix only.
type supervisor struct{}

func supervised(string) (string, *supervisor, error) {
	return "", nil, errors.New("a control plane needs a Unix system; run this on one, as in a Linux container")
}

func (*supervisor) adopt(*exec.Cmd) {}
func (*supervisor) end()            {}
func (*supervisor) release() error  { return nil }
func sweep(string)                  {}
