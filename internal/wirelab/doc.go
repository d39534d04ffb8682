// Package wirelab raises a logical network on real chassis and records what
// packets do there, so that tests can compare predictions with it.
//
// Beside the control plane of package lab it runs one Open vSwitch with its
// datapath in user space (ovs-vswitchd(8) with --enable-dummy=system) and one
// ovn-controller(8) for each chassis. No kernel module and no interface of the
// machine is used: a port of a switch is a dummy whose frames pass through a
// Unix socket to this process, which is the host behind every VIF, the network
// under the tunnels and the physical network.
//
// The pieces, in the order a test meets them:
//
//   - [Require] skips where the programs are not installed.
//   - [Start] raises a [Lab] for a network of [lab.GenerateWire], or for the
//     zones of one of [lab.GenerateZones].
//   - [NewConnections] draws first packets that fit the network.
//   - [Lab.Record] sends one and the answers to it, and returns a [Case].
//   - [ReadCases] and [WriteCases] keep cases in files.
package wirelab
