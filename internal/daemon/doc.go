// Package daemon is what a long-running ovn-trace consists of besides tracing:
// going to the background, a file with the process's number, and a socket on
// which ovn-appctl(8) gives commands.
package daemon
