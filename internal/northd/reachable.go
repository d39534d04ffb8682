package northd

import "github.com/ovnwalk/ovnwalk/packet"

// exclusive is a set of bits of which packets that reach a stage have at most one, because an
// earlier stage sets at most one of them.
type exclusive struct {
	stages StageSet
	bits   []Bit
}

// exclusives are the exclusive bits, in all releases that have the stages.
var exclusives = []exclusive{
	{ACLStages, []Bit{hintAllowNew, hintAllow}},
	{ACLStages, []Bit{hintAllowNew, hintBlock}},
	{ACLStages, []Bit{hintDrop, hintBlock}},
	{ACLActionStages, []Bit{verdictAllow, verdictDrop, verdictReject}},
}

// Reachable reports whether a packet may reach a stage: its conntrack state is possible, and it has
// no two exclusive bits.
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
