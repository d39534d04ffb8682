package cli

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"slices"
	"strconv"
	"syscall"
	"time"

	"github.com/ovnwalk/ovnwalk/internal/atomicfile"
)

const (
	// memoryReserve is how much below a limit the process ends, in bytes: Go's heap grows
	// by 64 MiB of addresses at a time, and if that fails, the runtime crashes.
	memoryReserve = 96 << 20

	// threadReserve is added to it in a build with cgo, where the C library reserves
	// 72 MiB of addresses for each thread.
	threadReserve = 216 << 20

	// memoryInterval is how often the memory is compared with its limits.
	memoryInterval = 5 * time.Millisecond
)

// memoryLimit is a limit on a process's memory, and which field of
// /proc/self/statm (proc(5)) counts towards it, in pages.
type memoryLimit struct {
	resource, field int
	option          string // the option of ulimit
	name            string
}

var memoryLimits = []memoryLimit{
	{syscall.RLIMIT_AS, 0, "-v", "virtual memory"},
	{syscall.RLIMIT_DATA, 5, "-d", "data"},
}

// watchMemory ends the process with an error shortly before it reaches a limit
// that setrlimit(2) sets on its memory.
func watchMemory(stderr io.Writer) {
	var limits []memoryLimit
	var most []uint64
	for _, l := range memoryLimits {
		var r syscall.Rlimit
		if syscall.Getrlimit(l.resource, &r) == nil && r.Cur < 1<<62 {
			limits, most = append(limits, l), append(most, r.Cur)
		}
	}
	if len(limits) == 0 {
		return
	}
	statm, err := os.Open("/proc/self/statm")
	if err != nil {
		return // no /proc
	}
	reserve := uint64(memoryReserve)
	if usesCgo() {
		reserve += threadReserve
	}
	buffer := make([]byte, 128)
	check := func() {
		n, _ := statm.ReadAt(buffer, 0)
		fields := bytes.Fields(buffer[:n])
		for i, l := range limits {
			if l.field >= len(fields) {
				continue
			}
			pages, err := strconv.ParseUint(string(fields[l.field]), 10, 64)
			if used := pages * uint64(os.Getpagesize()); err == nil && used+reserve > most[i] {
				fmt.Fprintln(stderr, "ovnwalk: "+l.reached(most[i]))
				atomicfile.Discard()
				os.Exit(exitError)
			}
		}
	}
	check()
	go func() {
		for range time.Tick(memoryInterval) {
			check()
		}
	}()
}

// usesCgo reports whether the program was built with cgo.
func usesCgo() bool {
	info, ok := debug.ReadBuildInfo()
	return ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "CGO_ENABLED", Value: "1"})
}

// reached returns the error message for a limit that is reached.
func (l memoryLimit) reached(most uint64) string {
	text := fmt.Sprintf("the limit of %d MiB on %s (ulimit %s) does not suffice", most>>20, l.name, l.option)
	if l.resource == syscall.RLIMIT_AS {
		text += "; 1.3 GiB of it are addresses that Go reserves and does not use: limit memory by ulimit -d or a container instead"
	}
	return text
}
