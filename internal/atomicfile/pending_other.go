//go:build !unix

package atomicfile

import "os"

// ending are the signals that end a process and that somebody sends it.
var ending = []os.Signal{os.Interrupt}

// end ends the process.
func end(os.Signal) { os.Exit(2) }
