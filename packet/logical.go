package packet

// The registers of logical pipelines with a fixed meaning, by their names in
// ovn-architecture(7). Inport and Outport hold the tunnel key of a port or of a multicast
// group, in their PortKey bits.
var (
	LogicalFlags = Reg(10)
	DNATZone     = Reg(11) // the conntrack zone of a router's DNAT
	SNATZone     = Reg(12) // the conntrack zone of a router's SNAT
	PortZone     = Reg(13) // the conntrack zone of the logical port
	Inport       = Reg(14)
	Outport      = Reg(15)
)

// PortKey is the bits of Inport and Outport with the tunnel key.
const PortKey = 1<<16 - 1

// Bits of LogicalFlags that have the same meaning in all releases.
const (
	FlagLoopback          = 1 << 0  // the packet may leave by the port at which it arrived
	FlagLocalOnly         = 1 << 4  // it is not sent to other chassis
	FlagNestedContainer   = 1 << 5  // it came from a container in a VIF
	FlagLocalport         = 1 << 10 // it came from a localport
	FlagFromTunnel        = 1 << 16 // it came from another chassis
	FlagOverrideLocalOnly = 1 << 18
)
