package connect

import (
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
// address, with Options.HostsAnswer: the address in Options.MACs, else one derived from its IP
// address.  IP addresses of ports do not belong to such hosts.
func (w *simulation) outsideAnswers(network string, p packet.Packet, out *trace.Container) {
	ip, ok := asked(&p)
	if !w.options.HostsAnswer || !ok {
		return
	}
	mac, given := w.options.MACs[ip]
	if !given {
		if w.owned(ip) {
			return
		}
		mac = cluster.MadeUpMAC(ip)
	}
	q := neighborReply(&p, mac)
	w.after(0, func() { w.fromOutside(network, q, out) })
}

// owned reports whether an IP address is that of a port.
func (w *simulation) owned(ip packet.Value) bool {
	for _, z := range w.cluster.Zones {
		if z.HasIP(ip) {
			return true
		}
	}
	return false
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
