package connect

import (
	"github.com/ovnwalk/ovnwalk/internal/cluster"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/sim"
	"github.com/ovnwalk/ovnwalk/trace"
)

// maxCrossings bounds how often one walk's frames enter chassis from physical
// networks.
const maxCrossings = 1000

// station is an Ethernet address on a VLAN of a physical network.
type station struct {
	network  string
	vid, mac uint64
}

// stations is what the switches of the physical networks have learned from the frames of
// a connection: the chassis from which the last frame of a station came, nil for a host
// outside.  A frame to another station is flooded.
type stations map[station]*cluster.Chassis

func (s stations) learn(network string, p *packet.Packet, from *cluster.Chassis) {
	s[station{network, p.Uint(packet.VLANTCI) & 0xfff, p.Uint(packet.EthSrc)}] = from
}

// forward reports whether a frame is forwarded to a chassis.
func (s stations) forward(network string, p *packet.Packet, to *cluster.Chassis) bool {
	at, known := s[station{network, p.Uint(packet.VLANTCI) & 0xfff, p.Uint(packet.EthDst)}]
	return !known || at == to
}

// fromOutside has a frame of a host on a physical network enter the chassis that it is
// forwarded to.  It is false where no chassis maps the network.
func (w *simulation) fromOutside(network string, p packet.Packet, out *trace.Container) (enters bool) {
	w.stations.learn(network, &p, nil)
	for _, h := range w.cluster.Chassis {
		if h.Down || h.Remote || !h.Zone.Takes(network, &p) {
			continue
		}
		for _, b := range h.Attached(network) {
			enters = true
			if w.stations.forward(network, &p, h) {
				w.enterFrame(h, b, p, out)
			}
		}
	}
	return enters
}

// toNetwork sends a frame out to a physical network.  It enters the chassis that its
// switches forward it to, and this one's other ports to it.
func (w *simulation) toNetwork(h *cluster.Chassis, b *cluster.Binding, p *packet.Packet, at sim.ActionContext) {
	q := headersOf(p)
	if b.Tag != 0 {
		pushVLAN(b.Tag, &q)
	}
	at.Out.Add(&trace.Delivered{Port: b.Port.Ref(), Packet: q})
	w.arrived = append(w.arrived, Arrival{Network: b.Network, Port: b.Port, Chassis: h.Name, Packet: onWire(&q), Quoted: w.quotedBy(&q), Way: w.way(&q)})
	w.hop(&q, Hop{Kind: HopNetwork, Network: b.Network, Chassis: h.Name})
	w.stations.learn(b.Network, &q, h)
	w.outsideAnswers(b.Network, q, at.Out)
	spent := *p
	w.after(0, func() { w.fromNetwork(b.Network, b, h, q, &spent, at.Out) })
}

// fromNetwork has a frame enter the chassis that it is forwarded to, but
// not by the port that it left by.  On the chassis that it left it is still the
// packet that it was, of which Open vSwitch bounds the passes.
func (w *simulation) fromNetwork(network string, left *cluster.Binding, from *cluster.Chassis, p packet.Packet, spent *packet.Packet, out *trace.Container) {
	for _, h := range w.cluster.Chassis {
		if h.Down || h.Remote || h != from && !w.stations.forward(network, &p, h) || !h.Zone.Takes(network, &p) {
			continue
		}
		for _, b := range h.Attached(network) {
			if h == from && b == left {
				continue
			}
			if w.crossed++; w.crossed > maxCrossings {
				return
			}
			q := p
			if h == from {
				setPasses(&q, spent)
				if q.Uint(packet.PacketOut) != 0 {
					q.SetUint(packet.PacketOut, 2)
				}
			}
			w.enterFrame(h, b, q, out)
		}
	}
}

// enterFrame has a frame enter by a port to a physical network, if its VLAN is
// that of the port.
func (w *simulation) enterFrame(h *cluster.Chassis, b *cluster.Binding, p packet.Packet, out *trace.Container) {
	tci := p.Uint(packet.VLANTCI)
	if tci&0xfff != uint64(b.Tag)&0xfff {
		return
	}
	p.SetUint(packet.VLANTCI, 0)
	p.SetUint(packet.EnteredBy, w.physicalPort(b))
	w.enter(h, b, &p, out)
}
