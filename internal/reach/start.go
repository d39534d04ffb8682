package reach

import (
	"net/netip"

	"github.com/ovnwalk/ovnwalk/internal/address"
	"github.com/ovnwalk/ovnwalk/internal/packetset"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
)

// The times to live of packets that hosts send: that of neighbor discovery by RFC 4861, and
// the default of most systems.
const (
	usualTTL = 64
	ndTTL    = 255
)

// sent returns the packets that hosts send: unfragmented, untagged, with the usual time to
// live. Fields in open have any value. Without later ones, they are the first packets of connections.
func sent(m *packetset.Manager, open func(*packet.Field) bool, withLater bool) packetset.Set {
	s := m.WellFormed()
	if !withLater {
		s = m.Without(s, later(m, open))
	}
	ip := m.Or(m.Is(packet.EthType, packet.EthTypeIPv4), m.Is(packet.EthType, packet.EthTypeIPv6))
	if !open(packet.IPTTL) {
		nd := packetset.Empty
		for typ := uint64(133); typ <= 137; typ++ {
			nd = m.Or(nd, m.Is(packet.TPSrc, typ))
		}
		nd = m.And(nd, m.And(m.Is(packet.EthType, packet.EthTypeIPv6), m.Is(packet.IPProto, packet.ProtoICMPv6)))
		ttl := m.Choose(nd, m.Is(packet.IPTTL, ndTTL), m.Is(packet.IPTTL, usualTTL))
		s = m.And(s, m.Choose(ip, ttl, m.Is(packet.IPTTL, 0)))
	}
	if !open(packet.VLANTCI) {
		s = m.And(s, m.Is(packet.VLANTCI, 0))
	}
	if !open(packet.IPFrag) {
		s = m.And(s, m.Is(packet.IPFrag, 0))
	}
	return s
}

// later returns the packets of TCP and ICMP that open no connection, as conntrack has it: replies, errors,
// segments with SYN and ACK. Neighbor and listener discovery (RFC 4861, RFC 2710, RFC 3810) need no connection.
// Packets of which a field that decides it is in open are none of them.
func later(m *packetset.Manager, open func(*packet.Field) bool) packetset.Set {
	var kinds []packetset.Set
	for _, k := range []struct {
		proto   uint64
		decides *packet.Field
	}{{packet.ProtoTCP, packet.TCPFlags}, {packet.ProtoICMP, packet.ICMPType}, {packet.ProtoICMPv6, packet.ICMPv6Type}} {
		if !open(k.decides) {
			kinds = append(kinds, m.Is(packet.IPProto, k.proto))
		}
	}
	v4, v6 := m.Is(packet.EthType, packet.EthTypeIPv4), m.Is(packet.EthType, packet.EthTypeIPv6)
	discovery := m.Is(packet.TPSrc, 143)
	for typ := uint64(130); typ <= 137; typ++ {
		discovery = m.Or(discovery, m.Is(packet.TPSrc, typ))
	}
	discovery = m.And(discovery, m.And(v6, m.Is(packet.IPProto, packet.ProtoICMPv6)))
	set := m.And(m.Union(kinds), m.Or(v4, v6))
	return m.Without(m.Without(set, discovery), opening(m, packetset.NewState()))
}

// by returns the packets that enter by a port.
func by(m *packetset.Manager, p *lflow.Port) packetset.Set { return m.Is(packet.Inport, p.Key) }

// addresses returns the IP addresses from which hosts of a port send packets, nil if any
// address is possible.
func addresses(resolver *address.Resolver, p *lflow.Port) (out []netip.Addr) {
	for _, h := range resolver.Hosts(p) {
		if len(h.IPs) == 0 || p.Type == "localnet" {
			return nil
		}
		out = append(out, packet.LinkLocal(h.MAC).Addr16())
		for _, ip := range h.IPs {
			out = append(out, ip.Addr())
		}
	}
	return out
}

// own returns the packets with sender's addresses of some hosts, or all packets if the
// addresses are not known.
func own(m *packetset.Manager, hosts []address.Host) packetset.Set {
	if len(hosts) == 0 {
		return packetset.All
	}
	v4, v6 := m.Is(packet.EthType, packet.EthTypeIPv4), m.Is(packet.EthType, packet.EthTypeIPv6)
	arp := m.Or(m.Is(packet.EthType, packet.EthTypeARP), m.Is(packet.EthType, packet.EthTypeRARP))
	nd := m.And(m.And(v6, m.Is(packet.IPProto, packet.ProtoICMPv6)), m.And(m.Is(packet.TPDst, 0),
		m.Or(m.Is(packet.TPSrc, packet.NDSolicit), m.Is(packet.TPSrc, packet.NDAdvertise))))
	solicit := m.Is(packet.TPSrc, packet.NDSolicit)
	var all []packetset.Set
	for _, h := range hosts {
		src4, src6, target := packetset.All, packetset.All, packetset.All
		if len(h.IPs) > 0 {
			src4 = packetset.Empty
			src6, target = m.Equal(packet.IPv6Src, packet.LinkLocal(h.MAC), packet.Ones(128)), m.Equal(packet.NDTarget, packet.LinkLocal(h.MAC), packet.Ones(128))
		}
		for _, ip := range h.IPs {
			v := packet.FromAddr(ip.Addr())
			if ip.Addr().Is4() {
				src4 = m.Or(src4, m.Is(packet.IPv4Src, v.Lo))
				continue
			}
			src6 = m.Or(src6, m.Equal(packet.IPv6Src, v, packet.Ones(128)))
			target = m.Or(target, m.Equal(packet.NDTarget, v, packet.Ones(128)))
		}
		mine := func(f *packet.Field) packetset.Set { return m.Or(m.Is(f, 0), m.Is(f, h.MAC)) }
		s := m.Choose(v4, src4, m.Choose(v6, src6, m.Choose(arp, m.And(src4, m.Is(packet.ARPSHA, h.MAC)), packetset.All)))
		s = m.Choose(nd, m.And(s, m.Choose(solicit, mine(packet.ARPSHA), m.And(target, mine(packet.ARPTHA)))), s)
		all = append(all, m.And(s, m.Is(packet.EthSrc, h.MAC)))
	}
	return m.Union(all)
}
