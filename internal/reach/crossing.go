package reach

import (
	"context"
	"fmt"

	"github.com/ovnwalk/ovnwalk/internal/packetset"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
)

// The head of a packet to another zone is its path to the tunnel, and its tail the path
// behind it. A tunnel carries the headers and the keys of the ports, so that tails from
// different zones differ in the input port and the Ethernet source: they are entries.

// farHeads walks the heads of a unit to the ports of other zones.
func (l *halves) farHeads(ctx context.Context, m *packetset.Manager, unit int, h *heads) error {
	ports := l.Sources[unit]
	d := ports[0].Datapath
	resolver := l.zone(d).resolver
	gate := resolver.Gateway(d)
	// hop returns the next hop to a target if it is that of all sources: the router, or the
	// target on the same logical network.
	hop := func(t *target, f int) (mac uint64, ok bool) {
		if gate != nil && gate.Leads(t.ips[f]) {
			return gate.MAC, true
		}
		mac, ok = resolver.NextHop(ports[0], t.ips[f])
		return mac, ok && mac == t.macs[f]
	}
	lacks := l.lacking(ports)
	texts := make([]string, len(l.to))
	for i, t := range l.to {
		if t.port.Datapath.Network() != d.Network() {
			texts[i] = t.families(func(f int) bool {
				_, ok := hop(&t, f)
				return ok && !lacks[f]
			})
		}
	}
	w := l.newPairWalk(m, ports)
	toward := func(t *target, f int) packetset.Set {
		mac, _ := hop(t, f)
		return w.m.And(toIP(w.m, t.ips[f]), w.m.Is(packet.EthDst, mac))
	}
	all := func(f int) packetset.Set {
		byHop := map[uint64]map[int]bool{}
		for i := range l.to {
			if t := &l.to[i]; texts[i] != "" && t.ips[f].IsValid() {
				mac, _ := hop(t, f)
				if byHop[mac] == nil {
					byHop[mac] = map[int]bool{}
				}
				byHop[mac][i] = true
			}
		}
		var sets []packetset.Set
		for mac, to := range byHop {
			sets = append(sets, w.m.And(l.allTo(w.m, f, func(i int) bool { return to[i] }), w.m.Is(packet.EthDst, mac)))
		}
		return w.m.Union(sets)
	}
	entered := map[tableKey]int{}
	return l.divide(ctx, w, h, texts, all, toward, &boundary{
		far: true,
		tail: func(at place, _ int, s *packetset.State, _ []commitment) (n int, name string, own *lflow.Port, ok bool) {
			c, ok := l.zoneEntry(at.datapath, s)
			if !ok || at.datapath.Network() == d.Network() {
				return none, "", nil, false
			}
			key := tableKey{at.datapath, lflow.Egress, 0, w.m.ID(c.state)}
			n, known := entered[key]
			if !known {
				n = l.enterZone(at.datapath, c, ports)
				entered[key] = n
			}
			return n, fmt.Sprint("tail ", n), c.own, true
		},
	})
}

// zoneEntry is how packets come from another zone.
type zoneEntry struct {
	// state is that of the packets, with any input port and Ethernet source. If the output
	// port is a destination, own, it is without this port and its Ethernet address.
	state *packetset.State
	own   *lflow.Port

	port, mac uint64 // the input port and the Ethernet source, 0 for the sender's own
}

// zoneEntry returns how packets in a state enter a datapath of another zone; ok is false if
// fields depend on others.
func (l *halves) zoneEntry(d *lflow.Datapath, s *packetset.State) (c zoneEntry, ok bool) {
	original := packetset.NewState()
	isSent := func(f *packet.Field, width int) bool {
		now, then := s.Get(f, 0, width), original.Get(f, 0, width)
		return now.Same(&then)
	}
	for _, f := range packetset.Fields() {
		switch b := s.Field(f); {
		case b.IsConstant(), isSent(f, f.Bits):
		case f == packet.Inport && isSent(f, tunnelInport):
		default:
			return c, false
		}
	}
	c.state = s.Clone()
	if in := s.Field(packet.Inport); in.IsConstant() {
		if c.port = in.Value.Lo; c.port == 0 { // a tunnel that does not carry it
			return c, false
		}
	}
	if src := s.Field(packet.EthSrc); src.IsConstant() {
		c.mac = src.Value.Lo
	}
	c.state.SetField(packet.Inport, original.Field(packet.Inport))
	c.state.SetField(packet.EthSrc, original.Field(packet.EthSrc))
	dst, out := s.Field(packet.EthDst), s.Field(packet.Outport)
	if p, isPort := d.Port(out.Value.Lo); isPort {
		if t := l.targets[p]; t != nil && t.mac != 0 && (!dst.IsConstant() || dst.Value.Lo == t.mac) {
			c.own = p
			c.state.SetUint(packet.Outport, 0)
			c.state.SetUint(packet.EthDst, 0)
			c.state.SetUint(packet.OnChassis, 0)
			return c, true
		}
	}
	return c, dst.IsConstant()
}

// enterZone returns the tail of packets that enter a datapath of another zone.
func (l *halves) enterZone(d *lflow.Datapath, c zoneEntry, ports []*lflow.Port) int {
	from := ports[0].Datapath
	list := []entry{{from: from, port: c.port, source: c.mac}}
	if c.port == 0 {
		list = nil
		for _, p := range ports {
			list = append(list, entry{from: from, port: p.Key & (1<<tunnelInport - 1), source: c.mac})
		}
	}
	return l.addTail(&tail{datapath: d, state: c.state, egress: true, own: c.own != nil}, list)
}
