package ovsdb

import "runtime/debug"

// guard runs f, which reads mapped memory, and reports whether the memory went
// away under it: the file was cut short. Any other panic goes on.
//
// Accessors of rows are not guarded. They read what a load has read before, so
// that only a file cut short between the two can harm.
func guard(f func()) (gone bool) {
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
