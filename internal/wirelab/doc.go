// Package wirelab runs a logical network on real chassis and records what happens to
// packets there, so that tests can compare predictions with it.
//
// In addition to the control plane of package lab, it runs for each chassis one Open
// vSwitch with its datapath in user space (ovs-vswitchd(8) with --enable-dummy=system) and
// one ovn-controller(8). No kernel module and no interface of the machine is used: a port
// of a switch is a dummy whose frames pass through a Unix socket to this process, which
// acts as the host behind every VIF, the network under the tunnels and the physical
// network.
//
// In the order in which a test uses them:
//
//   - [Require] skips the test if the programs are not installed.
//   - [Start] starts a [Lab] for a network of [lab.GenerateWire], or for the zones of one
//     of [lab.GenerateZones].
//   - [NewConnections] generates first packets for the network.
//   - [Lab.Record] sends one of them and the replies to it, and returns a [Case].
//   - [ReadCases] reads files of cases.
package wirelab
