// Package lab raises a throwaway OVN control plane, lays logical networks on
// it and asks the installed ovn-trace about them, so that tests can compare
// ovnwalk with the tool it follows.
//
// Everything runs on unix sockets inside one temporary folder: two
// ovsdb-servers (ovsdb-server(1)) and one ovn-northd(8). No daemon, switch or
// kernel module of the system is used, and [Plane.Close] leaves nothing
// behind.
//
// The pieces, in the order a test meets them:
//
//   - [Require] skips where OVN is not installed.
//   - [Start] raises a [Plane].
//   - [Generate] draws a [Network] from a seed; [Routing] is the one that the
//     built-in demo shows.
//   - [Plane.Lay] builds it and waits for northd's flows.
//   - [NewMicroflows] draws arguments for ovn-trace that fit the network.
//   - [Plane.Trace] asks the real tool, a [Tracer] asks another one, and
//     [Compare] says whether they agree.
package lab
