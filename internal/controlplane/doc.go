// Package controlplane runs a temporary OVN control plane: ovsdb-servers
// (ovsdb-server(1)) and one ovn-northd(8), on unix sockets inside one temporary
// directory.  No daemon, switch or file of the system is used.
//
//   - [Find] finds the programs and schemas of a release.
//   - [New] creates the directory and starts the supervisor.
//   - [Plane.Create] and [Plane.Put] create databases, [Plane.Serve] serves them.
//   - [Plane.StartNorthd] starts ovn-northd, [Plane.Settle] waits until it has
//     nothing left to write.
//   - [Plane.Close] ends all processes and removes the directory.
//
// The supervisor is a shell that reads a pipe from this process.  When the pipe
// closes, because of Close or because this process ended for any reason, it ends
// all processes of the plane and removes the directory.  A directory whose
// supervisor was killed too is removed by the next New.
package controlplane
