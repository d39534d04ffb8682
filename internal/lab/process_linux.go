package lab

import (
	"os/exec"
	"syscall"
)

// tie makes the kernel end cmd when this process dies, so that a test killed
// by a timeout leaves no server behind.
func tie(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
