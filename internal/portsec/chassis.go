package portsec

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/ovnwalk/ovnwalk/dialect"
	"github.com/ovnwalk/ovnwalk/internal/ovstext"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
)

// Chassis returns the port security of ovn-controller's flows on the chassis that a port is
// bound to: a prefix whose host part is zero allows all of its addresses, and all entries are
// used. Only ports of interfaces are checked (controller/lflow.c, add_port_sec_flows):
// others, such as localports and external ports, are not bound to the chassis by an interface.
func Chassis(port *lflow.Port, sends bool) []Check {
	texts := port.SecurityTexts()
	if len(texts) == 0 || port.Type != "" && port.Type != "virtual" && port.Type != "mirror" {
		return nil
	}
	return chassis(texts, port.Datapath.Network().Dialect.Has(dialect.SolicitsSecured), sends)
}

// Varies reports whether a port is also on chassis that do not check its security.
func Varies(port *lflow.Port) bool {
	return port.Datapath.Network().HasAdditionalChassis(port) && len(Chassis(port, true)) > 0
}

// chassis returns the rules of entries. Since solicitations are secured, there are entries
// of virtual routers too.
func chassis(texts []string, secured, sends bool) []Check {
	var entries []entry
	for _, text := range texts {
		if e, ok := readEntry(text, secured); ok {
			entries = append(entries, e)
		}
	}
	switch {
	case len(entries) == 0:
		return nil
	case sends:
		return []Check{announced(entries, secured), sent(entries)}
	}
	return []Check{received(entries)}
}

// entry is an entry of port security.
type entry struct {
	mac        uint64
	ipv4, ipv6 []netip.Prefix

	// The Ethernet addresses of IPv4 and IPv6 packets: that of the entry or, if isVirtual,
	// those of virtual routers (VRRPv3, RFC 9568).
	mac4, mac6 []ethernetPrefix
	isVirtual  bool
}

// ethernetPrefix is a prefix of Ethernet addresses.
type ethernetPrefix struct {
	mac  uint64
	bits int
}

func (m ethernetPrefix) in(f *packet.Field) []Term { return begins(f, packet.Uint(m.mac), m.bits) }

// linkLocal returns a term for the link-local addresses of the Ethernet addresses.
func (m ethernetPrefix) linkLocal(f *packet.Field) []Term {
	return begins(f, packet.LinkLocal(m.mac), 128-48+m.bits)
}

// any reports whether the entry allows every IP address.
func (e *entry) any() bool { return len(e.ipv4) == 0 && len(e.ipv6) == 0 }

// macs returns the Ethernet addresses of all packets.
func (e *entry) macs() []ethernetPrefix {
	if !e.isVirtual {
		return e.mac4
	}
	return slices.Concat(e.mac4, e.mac6)
}

// The Ethernet addresses of virtual routers.
var virtual4, virtual6 = ethernetPrefix{0x00005e000100, 40}, ethernetPrefix{0x00005e000200, 40}

// readEntry parses an entry; ok is false for an invalid one, which is ignored.
func readEntry(text string, secured bool) (e entry, ok bool) {
	if secured {
		text, e.isVirtual = strings.CutPrefix(text, "VRRPv3")
		text = strings.TrimLeft(text, " ")
	}
	if e.isVirtual {
		text = e.readVirtual(text)
	}
	a, rest, ok := ovstext.ParseAddresses(text)
	if !ok || secured && strings.TrimSpace(rest) != "" {
		return e, false
	}
	e.mac = a.MAC
	for _, p := range a.IPs {
		if p.Addr().Is4() {
			e.ipv4 = append(e.ipv4, p)
		} else {
			e.ipv6 = append(e.ipv6, p)
		}
	}
	switch own := []ethernetPrefix{{e.mac, 48}}; {
	case !e.isVirtual:
		e.mac4, e.mac6 = own, own
	case len(e.mac4) == 0 && len(e.mac6) == 0:
		e.mac4, e.mac6 = []ethernetPrefix{virtual4}, []ethernetPrefix{virtual6}
	}
	return e, true
}

// readVirtual parses the Ethernet addresses of virtual routers, and returns the text without
// them.
func (e *entry) readVirtual(text string) string {
	var rest []string
	for i, word := range strings.Fields(text) {
		mac, length, masked := strings.Cut(word, "/")
		m := ethernetPrefix{bits: 48}
		var ok bool
		if m.mac, ok = ovstext.ParseEthernet(mac); !ok || i == 0 {
			rest = append(rest, word)
			continue
		}
		if masked {
			m.bits, _ = strconv.Atoi(length)
		}
		zero := m.mac&(1<<max(48-m.bits, 0)-1) == 0
		switch whole := m.bits == 48; {
		case m.bits < 40 || m.bits > 48 || !zero || whole && m.mac&0xff == 0:
			rest = append(rest, word) // not an address, so that the entry is ignored
		case m.mac>>8 == virtual4.mac>>8:
			e.mac4 = append(e.mac4, m)
		case m.mac>>8 == virtual6.mac>>8:
			e.mac6 = append(e.mac6, m)
		default:
			rest = append(rest, word)
		}
	}
	return strings.Join(rest, " ")
}

// allowed returns a term for the addresses that a prefix allows: all, if its host part is
// zero, else its address alone.
func allowed(f *packet.Field, p netip.Prefix) []Term {
	bits := f.Bits
	if p == p.Masked() {
		bits = p.Bits()
	}
	return begins(f, packet.FromAddr(p.Addr()), bits)
}

// sent returns the rules for the source addresses of packets.
func sent(entries []entry) (c Check) {
	c.allow(arp)
	for _, e := range entries {
		if e.any() {
			for _, m := range e.macs() {
				c.allow(m.in(packet.EthSrc))
			}
			continue
		}
		for _, m := range e.mac4 {
			from := m.in(packet.EthSrc)
			for _, p := range e.ipv4 {
				c.allow(from, ipv4, allowed(packet.IPv4Src, p))
			}
			if len(e.ipv4) > 0 {
				c.allow(from, dhcpRequest)
			}
		}
		for _, m := range e.mac6 {
			if len(e.ipv6) == 0 {
				break
			}
			from := m.in(packet.EthSrc)
			for _, p := range e.ipv6 {
				c.allow(from, ipv6, allowed(packet.IPv6Src, p))
			}
			c.allow(from, ipv6, m.linkLocal(packet.IPv6Src))
			for _, typ := range []uint64{multicastReport, packet.NDSolicit, multicastReport2} {
				c.allow(from, icmp6Type(typ), noCode, fromAny, linkMulti)
			}
		}
	}
	c.refuse()
	return c
}

// announced returns the rules for the sender addresses in ARP and neighbor discovery.
func announced(entries []entry, secured bool) (c Check) {
	solicit := all(icmp6Type(packet.NDSolicit), usualTTLOfND)
	advert := all(icmp6Type(packet.NDAdvertise), usualTTLOfND)
	for _, e := range entries {
		from := is(packet.EthSrc, e.mac)
		for _, m := range e.mac4 {
			if e.any() {
				c.allow(from, arp, m.in(packet.ARPSHA))
			}
			for _, p := range e.ipv4 {
				c.allow(from, arp, m.in(packet.ARPSHA), allowed(packet.ARPSPA, p))
			}
		}
		byAny := from // the packets whose Ethernet address old releases ignore
		if !secured {
			byAny = nil
		}
		for _, m := range append([]ethernetPrefix{{0, 48}}, e.mac6...) {
			if secured {
				c.allow(from, solicit, noCode, m.in(packet.NDSLL))
			}
			target := m.in(packet.NDTLL)
			if len(e.ipv6) == 0 {
				c.allow(byAny, advert, noCode, target)
				continue
			}
			c.allow(byAny, advert, noCode, target, isValue(packet.NDTarget, packet.LinkLocal(e.mac)))
			for _, p := range e.ipv6 {
				c.allow(from, advert, noCode, target, allowed(packet.NDTarget, p))
			}
		}
	}
	c.refuse(arp)
	c.refuse(advert)
	if secured {
		c.refuse(solicit)
	}
	return c
}

// received returns the rules for the destination addresses of packets.
func received(entries []entry) (c Check) {
	for _, e := range entries {
		for _, m := range e.mac4 {
			if len(e.ipv4) == 0 {
				break
			}
			to := all(m.in(packet.EthDst), ipv4)
			for _, p := range e.ipv4 {
				c.allow(to, allowed(packet.IPv4Dst, p))
				if p != p.Masked() {
					c.allow(to, is(packet.IPv4Dst, packet.FromAddr(p.Addr()).Lo|(1<<(32-p.Bits())-1)))
				}
			}
			c.allow(to, broadcast)
			c.allow(to, multicast4)
		}
		for _, m := range e.mac6 {
			if len(e.ipv6) == 0 {
				break
			}
			to := all(m.in(packet.EthDst), ipv6)
			for _, p := range e.ipv6 {
				c.allow(to, allowed(packet.IPv6Dst, p))
			}
			c.allow(to, m.linkLocal(packet.IPv6Dst))
			c.allow(to, multicast6)
		}
	}
	for _, e := range entries {
		if e.any() {
			continue
		}
		for _, m := range e.mac4 {
			c.refuse(m.in(packet.EthDst), ipv4)
		}
		for _, m := range e.mac6 {
			c.refuse(m.in(packet.EthDst), ipv6)
		}
	}
	for _, e := range entries {
		for _, m := range e.macs() {
			c.allow(m.in(packet.EthDst))
		}
	}
	c.refuse()
	return c
}
