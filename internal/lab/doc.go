// Package lab runs a temporary OVN control plane, builds logical networks on it and runs
// the installed ovn-trace, so that tests can compare ovnwalk with the real tool.
//
// All processes use Unix sockets in one temporary directory: two ovsdb-servers
// (ovsdb-server(1)) and one ovn-northd(8). No daemon, switch or kernel module of the
// system is used, and Close removes everything.
//
// In the order in which a test uses them:
//
//   - [Require] skips the test if OVN is not installed.
//   - [Start] starts a [ControlPlane].
//   - [Generate] generates a [Network] from a seed, [GenerateForeign] one with flows of
//     random actions; [Routing] is the network of the built-in demo.
//   - [ControlPlane.Build] builds it and waits for northd's flows.
//   - [NewMicroflows] generates arguments of ovn-trace for the network, [NewExpressions]
//     random expressions.
//   - [ControlPlane.Record] runs the real tool, a [Tracer] another one, and [Compare]
//     compares their output.
//   - [Differential] does all of this for many networks; [Recordings] finds the cases of a
//     corpus or of an earlier run.
package lab
