package portsec

import (
	"slices"

	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
)

// OVNTrace returns the port security of ovn-trace(8): it compares only addresses, not prefixes,
// and uses only the first of the entries with the same Ethernet address.
func OVNTrace(port *lflow.Port, sends bool) []Check {
	if len(port.Security) == 0 {
		return nil
	}
	var of, about Check
	for i, a := range port.Security {
		switch before := port.Security[:i]; {
		case slices.ContainsFunc(before, func(b lflow.Addresses) bool { return a.MAC == b.MAC }):
		case sends:
			traceAnnounces(&about, a)
			traceSends(&of, a)
		default:
			traceReceives(&of, a)
		}
	}
	of.refuse()
	if !sends {
		return []Check{of}
	}
	return []Check{about, of}
}

// traceSends appends the rules for the source addresses of packets.
func traceSends(c *Check, a lflow.Addresses) {
	from := is(packet.EthSrc, a.MAC)
	if len(a.IPv4) > 0 || len(a.IPv6) > 0 {
		for _, ip := range a.IPv4 {
			c.allow(from, ipv4, is(packet.IPv4Src, ip))
		}
		c.allow(from, dhcpRequest)
		for _, ip := range withLinkLocal(a) {
			c.allow(from, ipv6, isValue(packet.IPv6Src, ip))
		}
		c.refuse(from, ipv4)
		c.refuse(from, ipv6)
	}
	c.allow(from)
}

// traceAnnounces appends the rules for the sender addresses in ARP and neighbor discovery.
func traceAnnounces(c *Check, a lflow.Addresses) {
	from := is(packet.EthSrc, a.MAC)
	sender := all(from, arp, is(packet.ARPSHA, a.MAC))
	for _, ip := range a.IPv4 {
		c.allow(sender, is(packet.ARPSPA, ip))
	}
	if len(a.IPv4) == 0 {
		c.allow(sender)
	}
	c.refuse(from, arp)
	if len(a.IPv4) == 0 && len(a.IPv6) == 0 {
		return
	}
	solicit, advert := all(from, icmp6Type(packet.NDSolicit)), all(from, icmp6Type(packet.NDAdvertise))
	for _, mac := range []uint64{0, a.MAC} {
		c.allow(solicit, is(packet.NDSLL, mac))
		if len(a.IPv6) == 0 {
			c.allow(advert, is(packet.NDTLL, mac))
			continue
		}
		for _, ip := range withLinkLocal(a) {
			c.allow(advert, is(packet.NDTLL, mac), isValue(packet.NDTarget, ip))
		}
	}
	c.refuse(solicit)
	c.refuse(advert)
}

// traceReceives appends the rules for the destination addresses of packets.
func traceReceives(c *Check, a lflow.Addresses) {
	to := is(packet.EthDst, a.MAC)
	for i, ip := range a.IPv4 {
		if i == 0 {
			c.allow(to, ipv4, broadcast)
			c.allow(to, ipv4, multicast4)
		}
		c.allow(to, ipv4, is(packet.IPv4Dst, ip))
	}
	if len(a.IPv6) > 0 {
		c.allow(to, ipv6, multicast6)
		for _, ip := range withLinkLocal(a) {
			c.allow(to, ipv6, isValue(packet.IPv6Dst, ip))
		}
	}
	if len(a.IPv4) > 0 || len(a.IPv6) > 0 {
		c.refuse(to, ipv4)
		c.refuse(to, ipv6)
	}
	c.allow(to)
}

func withLinkLocal(a lflow.Addresses) []packet.Value {
	return append(a.IPv6[:len(a.IPv6):len(a.IPv6)], packet.LinkLocal(a.MAC))
}
