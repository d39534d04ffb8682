package northd

import (
	"github.com/ovnwalk/ovnwalk/dialect"
	"github.com/ovnwalk/ovnwalk/packet"
)

// Bit is a bit of a register in which a stage stores a result for later stages.
type Bit struct {
	Field *packet.Field
	Index int // 0 is the lowest
}

// IsSet reports whether a packet has the bit.
func (b Bit) IsSet(p *packet.Packet) bool { return p.Uint(b.Field)>>b.Index&1 != 0 }

// Set sets the bit of a packet.
func (b Bit) Set(p *packet.Packet) {
	one := packet.Uint(1 << b.Index)
	p.SetMasked(b.Field, one, one)
}

// Bits in the pipelines of switches, the same in all releases that have the stages.
var (
	// CommitBit makes the stateful stage commit the connection of a packet.
	CommitBit = Bit{packet.Reg(0), 1}

	// The stages of ACL hints set these bits by the conntrack state: an ACL may allow the
	// connection as new, or it is allowed already; an ACL may drop it, or block it from now on.
	hintAllowNew = Bit{packet.Reg(0), 7}
	hintAllow    = Bit{packet.Reg(0), 8}
	hintDrop     = Bit{packet.Reg(0), 9}
	hintBlock    = Bit{packet.Reg(0), 10}

	// The verdicts of ACLs.
	verdictAllow  = Bit{packet.Reg(8), 16}
	verdictDrop   = Bit{packet.Reg(8), 17}
	verdictReject = Bit{packet.Reg(8), 18}
)

// ACLAllow is the action that sets verdictAllow, by which a flow of an ACLEvalStages stage allows a
// packet.  A flow without a verdict, of an ACL with action pass, leaves the decision to the next
// tier.
const ACLAllow = "reg8[16] = 1;"

// NextHop returns the register with the next hop of a routed packet, the address that
// ovn-controller resolves.
func NextHop(v6 bool) *packet.Field {
	if v6 {
		return packet.XXReg(0)
	}
	return packet.Reg(0)
}

// LBRegisters are registers by which flows of load balancers and ovn-controller exchange
// addresses.  Ports are in the lower 16 bits of theirs.
type LBRegisters struct {
	VIP4, VIP6, VIPPort *packet.Field // the destination before load balancing, for hairpinned packets on switches

	Backend4, BackendPort *packet.Field // the backend of a client's affinity
	RouterBackend6        *packet.Field
	SwitchBackend6        *packet.Field
}

// LBRegistersOf returns the registers of a release.
func LBRegistersOf(d dialect.Dialect) *LBRegisters {
	if d.Has(dialect.BalancerRegisters) {
		return &consolidatedLB
	}
	return &separateLB
}

var (
	consolidatedLB = LBRegisters{
		VIP4: packet.Reg(4), VIP6: packet.XXReg(1), VIPPort: packet.Reg(2),
		Backend4: packet.Reg(4), BackendPort: packet.Reg(2), RouterBackend6: packet.XXReg(1), SwitchBackend6: packet.XXReg(1),
	}
	separateLB = LBRegisters{
		VIP4: packet.Reg(1), VIP6: packet.XXReg(1), VIPPort: packet.Reg(2),
		Backend4: packet.Reg(4), BackendPort: packet.Reg(8), RouterBackend6: packet.XXReg(1), SwitchBackend6: packet.XXReg(0),
	}
)
