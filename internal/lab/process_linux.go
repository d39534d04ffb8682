package lab

import (
	"os/exec"
	"syscall"
)

// killWithParent makes the kernel end cmd when this process dies, so that a test killed
// by a timeout leaves no server behind.
func killWithParent(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
