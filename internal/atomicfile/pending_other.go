//go:build !unix

package atomicfile

import "os"

// ending are the signals that users send to end a process.
var ending = []os.Signal{os.Interrupt}

// end ends the process.
func end(os.Signal) { os.Exit(2) }
