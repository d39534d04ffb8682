package northd

import "github.com/ovnwalk/ovnwalk/packet"

// exclusive is a row of bits of which no packet that comes to a stage has two,
// because an earlier stage sets one of them at most.
type exclusive struct {
	stages StageSet
	field  *packet.Field
	bits   []int
}

// exclusives are the bits that northd's stages set one at a time, in every
// release that has the stages.
var exclusives = []exclusive{
	// What the stages of hints say of conntrack's state: a connection is new to
	// an ACL that allows, or is allowed already; it is dropped, or blocked.
	{ACLStages, packet.Reg(0), []int{7, 8}},
	{ACLStages, packet.Reg(0), []int{7, 10}},
	{ACLStages, packet.Reg(0), []int{9, 10}},
	// What the ACLs decided: allow, drop, reject.
	{ACLActionStages, packet.Reg(8), []int{16, 17, 18}},
}

// Reachable reports whether a packet may come to a stage: with a conntrack state
// that there is, and no bits that exclude each other.
func Reachable(stage string, k *packet.Packet) bool {
	for _, x := range exclusives {
		n := 0
		for _, b := range x.bits {
			n += int(k.Uint(x.field) >> b & 1)
		}
		if n > 1 && x.stages.Has(stage) {
			return false
		}
	}
	state := k.Uint(packet.CTState)
	has := func(bits uint64) bool { return state&bits != 0 }
	switch {
	case !has(packet.CTTracked):
		return state == 0
	case has(packet.CTInvalid):
		return state == packet.CTTracked|packet.CTInvalid
	}
	return !(has(packet.CTNew) && has(packet.CTEstablished|packet.CTReply))
}
