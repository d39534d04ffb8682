package packet

// The registers in which logical pipelines keep what OVN itself reads and writes,
// as ovn-architecture(7) names them.  Inport and Outport hold the tunnel keys of
// ports, or of a multicast group, which are PortKey wide on a datapath.
var (
	LogicalFlags = Reg(10)
	DNATZone     = Reg(11) // the conntrack zone of a router's DNAT
	SNATZone     = Reg(12) // that of its SNAT
	PortZone     = Reg(13) // that of the logical port
	Inport       = Reg(14)
	Outport      = Reg(15)
)

// PortKey is the bits of Inport and Outport that hold a tunnel key.
const PortKey = 1<<16 - 1

// Bits of LogicalFlags that have one meaning in all releases.
const (
	FlagLoopback          = 1 << 0  // the packet may leave by the port that it came in by
	FlagLocalOnly         = 1 << 4  // it does not go to other chassis
	FlagNestedContainer   = 1 << 5  // it came from a container in a VIF
	FlagLocalport         = 1 << 10 // it came from a localport
	FlagFromTunnel        = 1 << 16 // it came from another chassis
	FlagOverrideLocalOnly = 1 << 18
)
