// Package lab raises a throwaway OVN control plane, lays logical networks on
// it and asks the installed ovn-trace about them, so that tests can compare
// ovnwalk with the tool it follows.
//
// Everything runs on unix sockets inside one temporary folder: two
// ovsdb-servers (ovsdb-server(1)) and one ovn-northd(8). No daemon, switch or
// kernel module of the system is used, and Close leaves nothing
// behind.
//
// The pieces, in the order a test meets them:
//
//   - [Require] skips where OVN is not installed.
//   - [Start] raises a [ControlPlane].
//   - [Generate] draws a [Network] from a seed, [GenerateForeign] one with
//     flows of random actions; [Routing] is the one of the built-in demo.
//   - [Plane.Build] builds it and waits for northd's flows.
//   - [NewMicroflows] draws arguments for ovn-trace that fit the network,
//     [NewExpressions] random expressions.
//   - [Plane.Record] asks the real tool, a [Tracer] is another one, and
//     [Compare] says whether they agree.
//   - [Differential] does all of that for many networks; [Recordings] finds
//     the cases that a corpus or an earlier run has kept.
package lab
