package suite

import (
	"github.com/ovnwalk/ovnwalk/internal/conntrack"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/sim"
)

// connections is the connection table of a packet that is walked alone: what NAT and
// load balancers do to it there, so that it is undone in the answer.
type connections struct {
	table *conntrack.Table
	zones map[sim.CTZone]uint16
}

func newConnections() *connections {
	return &connections{conntrack.NewTable(), map[sim.CTZone]uint16{}}
}

// translated commits a connection with its translation.
func (c *connections) translated(z sim.CTZone, before, after *packet.Packet) {
	n := conntrack.Translation{Direction: conntrack.SourceNAT, Addr: sourceOf(after)}
	if destinationOf(before) != destinationOf(after) || before.Uint(packet.TPDst) != after.Uint(packet.TPDst) {
		n = conntrack.Translation{Direction: conntrack.DestinationNAT, Addr: destinationOf(after)}
		if before.Uint(packet.TPDst) != after.Uint(packet.TPDst) {
			n.MinPort = uint16(after.Uint(packet.TPDst))
		}
	}
	p := untracked(before, packet.TCPSYN)
	c.table.Track(conntrack.Request{Zone: c.zone(z), Commit: true, NAT: &n}, &p)
}

// undo translates an answer back.  It is false for a packet that answers no connection
// of the zone, or one that was not translated.
func (c *connections) undo(z sim.CTZone, p *packet.Packet) bool {
	q := untracked(p, packet.TCPSYNACK)
	e := c.table.Track(conntrack.Request{Zone: c.zone(z), NAT: &conntrack.Translation{}}, &q)
	if e == nil || q.Uint(packet.CTState)&packet.CTReply == 0 {
		return false
	}
	changed := false
	for _, f := range []*packet.Field{packet.IPv4Src, packet.IPv4Dst, packet.IPv6Src, packet.IPv6Dst, packet.TPSrc, packet.TPDst} {
		changed = changed || p.Get(f) != q.Get(f)
		p.Set(f, q.Get(f))
	}
	return changed
}

// zone numbers a zone.
func (c *connections) zone(z sim.CTZone) uint16 {
	if _, ok := c.zones[z]; !ok {
		c.zones[z] = uint16(len(c.zones) + 1)
	}
	return c.zones[z]
}

// untracked returns a packet on its first lookup in conntrack. A TCP packet without flags in its
// description opens its connection, or is the reply to such a packet.
func untracked(p *packet.Packet, flags uint64) packet.Packet {
	q := *p
	q.ClearConntrack()
	if q.Uint(packet.IPProto) == packet.ProtoTCP {
		q.SetUint(packet.TCPFlags, flags)
	}
	return q
}

func sourceOf(p *packet.Packet) packet.Value {
	if p.IsIPv6() {
		return p.Get(packet.IPv6Src)
	}
	return p.Get(packet.IPv4Src)
}

func destinationOf(p *packet.Packet) packet.Value {
	if p.IsIPv6() {
		return p.Get(packet.IPv6Dst)
	}
	return p.Get(packet.IPv4Dst)
}
