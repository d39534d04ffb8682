package northd

import "github.com/ovnwalk/ovnwalk/packet"

// exclusive is a row of bits of which no packet that comes to a stage has two,
// because an earlier stage sets one of them at most.
type exclusive struct {
	stages StageSet
	bits   []Bit
}

// exclusives are the bits that northd's stages set one at a time, in every
// release that has the stages.
var exclusives = []exclusive{
	{ACLStages, []Bit{hintAllowNew, hintAllow}},
	{ACLStages, []Bit{hintAllowNew, hintBlock}},
	{ACLStages, []Bit{hintDrop, hintBlock}},
	{ACLActionStages, []Bit{verdictAllow, verdictDrop, verdictReject}},
}

// Reachable reports whether a packet may come to a stage: with a conntrack state
// that there is, and no bits that exclude each other.
func Reachable(stage string, k *packet.Packet) bool {
	for _, x := range exclusives {
		n := 0
		for _, b := range x.bits {
			if b.IsSet(k) {
				n++
			}
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
