// Package daemon provides what a long-running ovn-trace needs besides tracing:
// continuing in the background, a pidfile, and a socket for commands of ovn-appctl(8).
package daemon
