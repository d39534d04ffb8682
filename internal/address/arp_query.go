package address

import (
	"net/netip"

	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/sim"
	"github.com/ovnwalk/ovnwalk/trace"
)

// arpQuery is a request for the Ethernet address of an IP address, sent from a port.
type arpQuery struct {
	port *lflow.Port
	mac  uint64
	src  netip.Addr
	ip   netip.Addr
}

// resolveMAC walks an ARP request (RFC 826) or a neighbor solicitation (RFC 4861)
// through the network and returns the Ethernet address in the answer.
// That finds what only flows answer for: NAT's external addresses, virtual
// addresses of load balancers, proxies.
func (b *Resolver) resolveMAC(q arpQuery) (uint64, bool) {
	if !q.src.IsValid() {
		return 0, false
	}
	m := b.queries.get(q, func() uint64 { return b.traceQuery(q) })
	return m, m != 0
}

func (b *Resolver) traceQuery(q arpQuery) (found uint64) {
	p := q.packet()
	p.SetUint(packet.Inport, q.port.Key)
	t, err := sim.Walk(b.n, q.port.Datapath, p, sim.Choices{})
	if err != nil {
		return 0
	}
	trace.Walk(t.Root, func(n trace.Node) bool {
		if d, ok := n.(*trace.Delivered); ok && d.Port == q.port.Ref() {
			found = repliedMAC(&d.Packet, q.ip)
		}
		return found == 0
	})
	return found
}

// packet returns the question as it goes onto the wire.
func (q arpQuery) packet() (p packet.Packet) {
	ip := packet.FromAddr(q.ip)
	p.SetUint(packet.EthSrc, q.mac)
	if q.ip.Is4() {
		p.SetUint(packet.EthDst, 0xffffffffffff)
		p.SetUint(packet.EthType, packet.EthTypeARP)
		p.SetUint(packet.ARPOp, 1)
		p.SetUint(packet.ARPSHA, q.mac)
		p.Set(packet.ARPSPA, packet.FromAddr(q.src))
		p.Set(packet.ARPTPA, ip)
		return p
	}
	group := packet.SolicitedNode(ip)
	p.SetUint(packet.EthDst, packet.MulticastMAC(group))
	p.SetUint(packet.EthType, packet.EthTypeIPv6)
	p.Set(packet.IPv6Src, packet.FromAddr(q.src))
	p.Set(packet.IPv6Dst, group)
	p.SetUint(packet.IPProto, packet.ProtoICMPv6)
	p.SetUint(packet.IPTTL, 255)
	p.SetUint(packet.TPSrc, packet.NDSolicit)
	p.Set(packet.NDTarget, ip)
	p.SetUint(packet.NDSLL, q.mac)
	return p
}

// repliedMAC returns the Ethernet address of an IP address in a reply, or 0 if the packet is not such a
// reply.
func repliedMAC(p *packet.Packet, ip netip.Addr) uint64 {
	v := packet.FromAddr(ip)
	switch {
	case p.IsARP() && p.Uint(packet.ARPOp) == 2 && p.Get(packet.ARPSPA) == v:
		return p.Uint(packet.ARPSHA)
	case p.IsND() && p.Uint(packet.TPSrc) == packet.NDAdvertise && p.Get(packet.NDTarget) == v:
		return p.Uint(packet.NDTLL)
	}
	return 0
}
