package cluster

import (
	"net/netip"
	"slices"

	"github.com/ovnwalk/ovnwalk/internal/ovstext"
	"github.com/ovnwalk/ovnwalk/packet"
)

// Security is the port security of a port as flows of ovn-controller have it.  Nil allows
// every packet.
type Security []ovstext.Addresses

// securityOf reads port security; entries without an Ethernet address do not count.
func securityOf(entries []string) (s Security) {
	for _, text := range entries {
		if a, _, ok := ovstext.ParseAddresses(text); ok {
			s = append(s, a)
		}
	}
	return s
}

// Sends reports whether the port may send a packet.
func (s Security) Sends(p *packet.Packet) bool {
	if s == nil || p.IsARP() {
		return s.announces(p)
	}
	src := p.Uint(packet.EthSrc)
	return slices.ContainsFunc(s, func(a ovstext.Addresses) bool {
		switch {
		case a.MAC != src:
			return false
		case len(a.IPs) == 0:
			return s.announces(p)
		case p.IsIPv4():
			return has4(a) && (allows(a, p.Get(packet.IPv4Src), true) || isDHCPRequest(p))
		case p.IsIPv6() && has6(a):
			return s.sends6(a, p)
		}
		return false
	})
}

// sends6 reports whether an entry with IPv6 addresses allows a packet.
func (s Security) sends6(a ovstext.Addresses, p *packet.Packet) bool {
	const linkMulticast = 0xff02
	ip, dst := p.Get(packet.IPv6Src), p.Get(packet.IPv6Dst)
	if ip.IsZero() && dst.Hi>>48 == linkMulticast && p.Uint(packet.IPProto) == packet.ProtoICMPv6 && p.Uint(packet.TPDst) == 0 {
		switch p.Uint(packet.TPSrc) {
		case multicastReport, multicastReport2, packet.NDSolicit:
			return true
		}
	}
	return (allows(a, ip, false) || ip == packet.LinkLocal(a.MAC)) && s.announces(p)
}

// announces reports whether what an ARP packet or a neighbor advertisement says of its
// sender is allowed.  Solicitations are, whatever they say.
func (s Security) announces(p *packet.Packet) bool {
	switch {
	case s == nil:
		return true
	case p.IsARP():
		src := p.Uint(packet.EthSrc)
		return slices.ContainsFunc(s, func(a ovstext.Addresses) bool {
			return a.MAC == src && a.MAC == p.Uint(packet.ARPSHA) && (len(a.IPs) == 0 || has4(a) && allows(a, p.Get(packet.ARPSPA), true))
		})
	case !p.IsND() || p.Uint(packet.TPSrc) != packet.NDAdvertise:
		return true
	}
	target, mac := p.Get(packet.NDTarget), p.Uint(packet.NDTLL)
	return slices.ContainsFunc(s, func(a ovstext.Addresses) bool {
		return (mac == 0 || mac == a.MAC) && (!has6(a) || target == packet.LinkLocal(a.MAC) || p.Uint(packet.EthSrc) == a.MAC && allows(a, target, false))
	})
}

// Receives reports whether the port may receive a packet.
func (s Security) Receives(p *packet.Packet) bool {
	if s == nil {
		return true
	}
	dst := p.Uint(packet.EthDst)
	own, open := false, true // whether an entry has the Ethernet address, and all of those have no IP address
	for _, a := range s {
		if a.MAC != dst {
			continue
		}
		own, open = true, open && len(a.IPs) == 0
		switch {
		case p.IsIPv4() && has4(a):
			ip := p.Uint(packet.IPv4Dst)
			if ip == 0xffffffff || ip>>28 == 0xe || allows(a, packet.Uint(ip), true) || broadcast(a, ip) {
				return true
			}
		case p.IsIPv6() && has6(a):
			if ip := p.Get(packet.IPv6Dst); ip.Hi>>56 == 0xff || ip == packet.LinkLocal(a.MAC) || allows(a, ip, false) {
				return true
			}
		}
	}
	return own && (open || !p.IsIP())
}

// ICMPv6 types of multicast listener reports.
const multicastReport, multicastReport2 = 131, 143

func has4(a ovstext.Addresses) bool {
	return slices.ContainsFunc(a.IPs, func(p netip.Prefix) bool { return p.Addr().Is4() })
}

func has6(a ovstext.Addresses) bool {
	return slices.ContainsFunc(a.IPs, func(p netip.Prefix) bool { return p.Addr().Is6() })
}

// allows reports whether an entry has an IP address: of a prefix whose host part is zero
// any, else the address alone.
func allows(a ovstext.Addresses, ip packet.Value, ipv4 bool) bool {
	return slices.ContainsFunc(a.IPs, func(p netip.Prefix) bool {
		mask := packet.Ones(128)
		if p == p.Masked() {
			mask = packet.Ones(p.Bits()).Shl(p.Addr().BitLen() - p.Bits())
		}
		return p.Addr().Is4() == ipv4 && ip.And(mask) == packet.FromAddr(p.Addr())
	})
}

// broadcast reports whether an IPv4 address is the broadcast address of a prefix whose host
// part is not zero.
func broadcast(a ovstext.Addresses, ip uint64) bool {
	return slices.ContainsFunc(a.IPs, func(p netip.Prefix) bool {
		return p.Addr().Is4() && p != p.Masked() && packet.FromAddr(p.Addr()).Lo|(1<<(32-p.Bits())-1) == ip
	})
}

// isDHCPRequest reports whether a packet is a request of a client without an address.
func isDHCPRequest(p *packet.Packet) bool {
	return p.Uint(packet.IPProto) == packet.ProtoUDP && p.Uint(packet.TPSrc) == 68 && p.Uint(packet.TPDst) == 67 &&
		p.Uint(packet.IPv4Src) == 0 && p.Uint(packet.IPv4Dst) == 0xffffffff
}
