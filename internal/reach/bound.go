package reach

import (
	"github.com/ovnwalk/ovnwalk/internal/packetset"
	"github.com/ovnwalk/ovnwalk/internal/witness"
	"github.com/ovnwalk/ovnwalk/packet"
)

// bound returns the packets that may arrive at the ports of a bound.  No other packet
// that enters the datapath does, whatever is chosen.
func (x *space) bound(a *witness.Arrivals) packetset.Set {
	b := a.From(x.d)
	if b.All {
		return packetset.All
	}
	return x.m.Or(x.regions(b.Direct), x.m.And(x.regions(b.Leaving), x.regions(b.Addressed)))
}

// regions returns the packets that are in one of several regions.  A region speaks of
// an address for packets that have it: flows see that of no other.
func (x *space) regions(list []*witness.Region) packetset.Set {
	m := x.m
	typ := func(t uint64) packetset.Set { return m.Is(packet.EthType, t) }
	v4 := m.Union([]packetset.Set{typ(packet.EthTypeIPv4), typ(packet.EthTypeARP), typ(packet.EthTypeRARP)})
	v6 := typ(packet.EthTypeIPv6)
	sets := make([]packetset.Set, len(list))
	for i, r := range list {
		sets[i] = packetset.All
		r.Terms(packetset.Fields(), func(f *packet.Field, v, mask packet.Value) {
			s := m.Equal(f, v, mask)
			switch f {
			case packet.IPv4Src, packet.IPv4Dst:
				s = m.And(s, v4)
			case packet.IPv6Src, packet.IPv6Dst, packet.NDTarget:
				s = m.And(s, v6)
			}
			sets[i] = m.And(sets[i], s)
		})
	}
	return m.Union(sets)
}
