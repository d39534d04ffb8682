package ovsdb

import "runtime/debug"

// Guard runs f, which reads mapped memory, and reports whether the memory went
// away under it: the file was cut short. Any other panic goes on. What f looked
// at is of no use afterwards.
//
// Loading is guarded here. Accessors of rows are not: who uses them for long
// guards itself, in each of its goroutines.
func Guard(f func()) (gone bool) {
	was := debug.SetPanicOnFault(true)
	defer func() {
		debug.SetPanicOnFault(was)
		switch e := recover().(type) {
		case nil:
		case interface{ Addr() uintptr }:
			gone = true
		default:
			panic(e)
		}
	}()
	f()
	return false
}
