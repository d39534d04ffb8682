package reach

import (
	"github.com/ovnwalk/ovnwalk/internal/packetset"
	"github.com/ovnwalk/ovnwalk/internal/witness"
	"github.com/ovnwalk/ovnwalk/packet"
)

// bound returns the packets that may arrive at the ports of a bound. No other packet that
// enters the datapath arrives, for any choices.
func (x *space) bound(a *witness.Arrivals) packetset.Set {
	b := a.From(x.d)
	if b.All {
		return packetset.All
	}
	return x.m.Or(x.regions(b.Direct), x.m.And(x.regions(b.Leaving), x.regions(b.Addressed)))
}

// regions returns the packets that are in one of several regions.
func (x *space) regions(list []*witness.Region) packetset.Set {
	m := x.m
	sets := make([]packetset.Set, len(list))
	for i, r := range list {
		sets[i] = packetset.All
		r.Terms(packetset.Fields(), func(f *packet.Field, v, mask packet.Value) { sets[i] = m.And(sets[i], m.Equal(f, v, mask)) })
		if types, only := typesOf(r); only {
			var any []packetset.Set
			for _, t := range types {
				any = append(any, m.Is(packet.EthType, t))
			}
			sets[i] = m.And(sets[i], m.Union(any))
		}
	}
	return m.Union(sets)
}

// typesOf returns the Ethernet types of the packets that a region selects. A region
// compares an address only in packets that have it.
func typesOf(r *witness.Region) (types []uint64, only bool) {
	v4, v6 := r.Families()
	switch {
	case v4 && !v6:
		types = []uint64{packet.EthTypeIPv4, packet.EthTypeARP, packet.EthTypeRARP}
	case v6 && !v4:
		types = []uint64{packet.EthTypeIPv6}
	}
	return types, v4 || v6
}
