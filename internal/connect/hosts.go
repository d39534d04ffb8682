package connect

import (
	"slices"

	"github.com/ovnwalk/ovnwalk/internal/cluster"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/trace"
)

// hostAnswers walks the reply of the host behind a port to a request for its Ethernet
// address, with Options.HostsAnswer.
func (w *simulation) hostAnswers(h *cluster.Chassis, b *cluster.Binding, p packet.Packet, out *trace.Container) {
	ip, ok := asked(&p)
	if !w.options.HostsAnswer || !ok {
		return
	}
	mac, ok := b.MACOf(ip)
	if !ok {
		return
	}
	q := neighborReply(&p, mac)
	w.after(0, func() {
		q.SetUint(enteredBy, w.physicalPort(b))
		w.enter(h, b, &q, out)
	})
}

// outsideAnswers walks the reply of a host on a physical network to a request for its Ethernet
// address, with Options.HostsAnswer.
func (w *simulation) outsideAnswers(network string, p packet.Packet, out *trace.Container) {
	ip, ok := asked(&p)
	if !w.options.HostsAnswer || !ok {
		return
	}
	mac, known := w.macOutside(ip)
	if !known {
		return
	}
	q := neighborReply(&p, mac)
	w.after(0, func() { w.fromOutside(network, q, out) })
}

// macOutside returns the Ethernet address of the host on a physical network with an IP address: that of Options.MACs or of an
// external port, else one derived from the IP address.  IP addresses of other ports do not belong to such hosts.
func (w *simulation) macOutside(ip packet.Value) (mac uint64, ok bool) {
	if mac, ok = w.options.MACs[ip]; ok {
		return mac, true
	}
	for _, z := range w.cluster.Zones {
		if mac, ok = z.MACOutside(ip); ok {
			return mac, true
		}
	}
	if slices.ContainsFunc(w.cluster.Zones, func(z *cluster.Zone) bool { return z.HasIP(ip) }) {
		return 0, false
	}
	return cluster.MadeUpMAC(ip), true
}

// asked returns the target address, IPv4 mapped into IPv6, of an ARP request or neighbor
// solicitation.
func asked(p *packet.Packet) (packet.Value, bool) {
	switch {
	case p.IsARP() && p.Uint(packet.ARPOp) == 1:
		return packet.MapIPv4(p.Uint(packet.ARPTPA)), true
	case p.IsND() && p.Uint(packet.TPSrc) == packet.NDSolicit:
		return p.Get(packet.NDTarget), true
	}
	return packet.Value{}, false
}

// neighborReply returns the reply to an ARP request or neighbor solicitation.
func neighborReply(p *packet.Packet, mac uint64) packet.Packet {
	q := headersOf(p)
	q.SetUint(packet.EthSrc, mac)
	q.Set(packet.EthDst, p.Get(packet.EthSrc))
	if p.IsARP() {
		q.SetUint(packet.ARPOp, 2)
		q.SetUint(madeLength, arpLength)
		q.Set(packet.ARPTHA, p.Get(packet.ARPSHA))
		q.SetUint(packet.ARPSHA, mac)
		q.Set(packet.ARPTPA, p.Get(packet.ARPSPA))
		q.Set(packet.ARPSPA, p.Get(packet.ARPTPA))
		return q
	}
	q.Set(packet.IPv6Src, p.Get(packet.NDTarget))
	q.Set(packet.IPv6Dst, p.Get(packet.IPv6Src))
	neighborMessage(&q, packet.NDAdvertise, p.Get(packet.NDTarget))
	q.SetUint(packet.NDTLL, mac)
	return q
}
