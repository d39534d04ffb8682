package lab

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// unicast draws an IP packet to an address of the network or beyond it.
func (m *MicroflowGenerator) unicast(p *packet) {
	v6 := m.chance(.35) && len(m.n.addresses(true)) > 0
	to := m.someAddress(v6)
	if m.chance(.2) {
		for range 4 {
			if len(m.n.Remote) == 0 {
				break
			}
			if a := pick(m.Rand, m.n.Remote...); a.Is6() == v6 {
				to = a
				break
			}
		}
	}
	if m.chance(.04) {
		to = netip.MustParseAddr(pick(m.Rand, "255.255.255.255", "0.0.0.0", "127.0.0.1", "169.254.239.254", "224.0.0.5"))
	}
	m.ip(p, to)
	m.transportOf(p, to.Is6(), 0, "")
}

// ip adds the Ethernet and IP headers of a packet to an address.
func (m *MicroflowGenerator) ip(p *packet, to netip.Addr) {
	family := 4
	if to.Is6() {
		family = 6
	}
	a := m.sender(p)
	p.add("eth.src == %s", a.MAC)
	p.add("eth.dst == %s", m.nextHopMAC(p, to))
	p.add("ip%d.src == %s", family, m.from(a, to.Is6()))
	p.add("ip%d.dst == %s", family, to)
	if m.chance(.97) {
		p.add("ip.ttl == %d", pick(m.Rand, 64, 64, 64, 64, 64, 64, 255, 2, 1, 0))
	}
}

// transportOf adds a transport header; port 0 and protocol "" stand for any.
func (m *MicroflowGenerator) transportOf(p *packet, v6 bool, port uint16, protocol string) {
	if protocol == "" {
		protocol = pick(m.Rand, "tcp", "tcp", "udp", "udp", "icmp", "icmp", "sctp", "none", "other")
	}
	switch protocol {
	case "icmp":
		if v6 {
			p.add("icmp6.type == %d", pick(m.Rand, 128, 128, 129, 1, 2, 3))
			p.add("icmp6.code == 0")
			return
		}
		kind := pick(m.Rand, 8, 8, 8, 0, 3, 11)
		p.add("icmp4.type == %d", kind)
		p.add("icmp4.code == %d", map[bool]int{true: 4, false: 0}[kind == 3])
	case "tcp", "udp", "sctp":
		p.add("%s", protocol)
		if port == 0 {
			port = m.servicePort()
		}
		reply := m.chance(.12)
		far, near := "dst", "src"
		if reply {
			far, near = near, far
		}
		if m.chance(.92) {
			p.add("%s.%s == %d", protocol, far, port)
		}
		if m.chance(.75) {
			p.add("%s.%s == %d", protocol, near, pick(m.Rand, 68, 546, 1000, 40000, m.between(1, 65535)))
		}
		if protocol == "tcp" && m.chance(.3) {
			p.add("tcp.flags == %d", pick(m.Rand, 2, 2, 16, 18, 4, 17))
		}
	case "other":
		p.add("ip.proto == %d", pick(m.Rand, 47, 50, 89, 2, 41))
	}
}

// servicePort returns a transport port that a rule compares, or any.
func (m *MicroflowGenerator) servicePort() uint16 {
	if len(m.n.Services) > 0 && m.chance(.6) {
		return pick(m.Rand, m.n.Services...)
	}
	return pick(m.Rand, uint16(22), 53, 80, 443, 1500, 3306, 5353, 8080, 2500, uint16(m.between(1, 65535)))
}

// frame draws a packet with an Ethernet header only.
func (m *MicroflowGenerator) frame(p *packet) {
	p.add("eth.src == %s", m.sender(p).MAC)
	if !m.chance(.05) {
		p.add("eth.dst == %s", m.anyMAC())
	}
	if m.chance(.35) {
		p.add("eth.type == %#x", pick(m.Rand, 0x88cc, 0x86dd, 0x0800, 0x1234, 0x8847, 0x8035, 0x0806))
	}
}

// broadcast draws a frame to everybody.
func (m *MicroflowGenerator) broadcast(p *packet) {
	p.add("eth.src == %s", m.sender(p).MAC)
	p.add("eth.dst == %s", pick(m.Rand, "ff:ff:ff:ff:ff:ff", "01:00:5e:00:00:05", "33:33:00:00:00:01", "01:80:c2:00:00:0e"))
}

// arp draws an ARP request or reply.
func (m *MicroflowGenerator) arp(p *packet) {
	a := m.sender(p)
	target := m.someAddress(false)
	if len(m.n.Externals)+len(m.n.VIPs) > 0 && m.chance(.35) {
		var owned []netip.Addr
		for _, v := range m.n.VIPs {
			owned = append(owned, v.Addr)
		}
		for _, e := range append(owned, m.n.Externals...) {
			if e.Is4() && m.chance(.5) {
				target = e
			}
		}
	} else if m.chance(.08) && m.n.Remote != nil {
		if r := pick(m.Rand, m.n.Remote...); r.Is4() {
			target = r
		}
	}
	op := pick(m.Rand, 1, 1, 1, 1, 2)
	p.add("eth.src == %s", a.MAC)
	switch {
	case op == 1 && m.chance(.85):
		p.add("eth.dst == ff:ff:ff:ff:ff:ff")
	default:
		p.add("eth.dst == %s", m.nextHopMAC(p, target))
	}
	source := m.from(a, false)
	if m.chance(.04) {
		source = target // an announcement of its own address
	}
	p.add("arp.op == %d", op)
	p.add("arp.sha == %s", a.MAC)
	p.add("arp.spa == %s", source)
	if m.chance(.8) {
		p.add("arp.tha == %s", pick(m.Rand, "00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff", m.anyMAC()))
	}
	p.add("arp.tpa == %s", target)
}

// linkLocal returns the link-local address of a MAC address (RFC 4862).
func linkLocal(mac string) netip.Addr {
	b := macBytes(mac)
	return netip.AddrFrom16([16]byte{0: 0xfe, 1: 0x80, 8: b[0] ^ 2, 9: b[1], 10: b[2], 11: 0xff, 12: 0xfe, 13: b[3], 14: b[4], 15: b[5]})
}

// solicited returns the solicited-node group of an address (RFC 4291), and its MAC address.
func solicited(a netip.Addr) (netip.Addr, string) {
	b := a.As16()
	group := netip.AddrFrom16([16]byte{0: 0xff, 1: 2, 11: 1, 12: 0xff, 13: b[13], 14: b[14], 15: b[15]})
	return group, fmt.Sprintf("33:33:ff:%02x:%02x:%02x", b[13], b[14], b[15])
}

func macBytes(mac string) [6]byte {
	var b [6]byte
	// If the text is no address, the bytes stay 0, which is fine here.
	_, _ = fmt.Sscanf(mac, "%02x:%02x:%02x:%02x:%02x:%02x", &b[0], &b[1], &b[2], &b[3], &b[4], &b[5])
	return b
}

// discovery draws a neighbor solicitation or advertisement.
func (m *MicroflowGenerator) discovery(p *packet) {
	a := m.sender(p)
	target := m.someAddress(true)
	if m.chance(.2) {
		target = linkLocal(m.anyMAC())
	}
	for _, v := range append(m.n.Externals, target) {
		if v.Is6() && m.chance(.15) {
			target = v
		}
	}
	source := m.from(a, true)
	if m.chance(.3) {
		source = linkLocal(a.MAC)
	}
	solicitation := m.chance(.75)
	p.add("eth.src == %s", a.MAC)
	group, mac := solicited(target)
	to := group
	if !solicitation || m.chance(.15) {
		to, mac = target, m.nextHopMAC(p, target)
	}
	p.add("eth.dst == %s", mac)
	p.add("ip6.src == %s", source)
	p.add("ip6.dst == %s", to)
	p.add("ip.ttl == %d", pick(m.Rand, 255, 255, 255, 255, 64))
	if solicitation {
		p.add("icmp6.type == 135 && icmp6.code == 0")
		p.add("nd.target == %s", target)
		if m.chance(.8) {
			p.add("nd.sll == %s", a.MAC)
		}
		return
	}
	p.add("icmp6.type == 136 && icmp6.code == 0")
	p.add("nd.target == %s", source)
	if m.chance(.8) {
		p.add("nd.tll == %s", a.MAC)
	}
}

// solicit draws a router solicitation, or an advertisement.
func (m *MicroflowGenerator) solicit(p *packet) {
	m.preferInport(p, func(port *Port) bool {
		return slices.ContainsFunc(port.Switch.Routers, func(r *RouterPort) bool { return r.Advertises })
	})
	a := m.sender(p)
	p.add("eth.src == %s", a.MAC)
	p.add("ip6.src == %s", linkLocal(a.MAC))
	if m.chance(.8) {
		p.add("eth.dst == 33:33:00:00:00:02 && ip6.dst == ff02::2 && ip.ttl == 255 && icmp6.type == 133 && icmp6.code == 0")
	} else {
		p.add("eth.dst == 33:33:00:00:00:01 && ip6.dst == ff02::%d && ip.ttl == 255 && icmp6.type == 134 && icmp6.code == 0", m.between(1, 2))
	}
}

// dhcp draws a DHCPv4 request to everybody or to the server.
func (m *MicroflowGenerator) dhcp(p *packet) {
	m.preferInport(p, func(port *Port) bool { return port.DHCP4 })
	a := m.sender(p)
	p.add("eth.src == %s", a.MAC)
	switch s := m.switchAt(p); {
	case s != nil && s.V4.IsValid() && m.chance(.25):
		p.add("eth.dst == 00:00:00:00:00:01 && ip4.src == %s && ip4.dst == %s", m.from(a, false), host(s.V4, 1))
	default:
		p.add("eth.dst == ff:ff:ff:ff:ff:ff && ip4.src == 0.0.0.0 && ip4.dst == 255.255.255.255")
	}
	p.add("ip.ttl == 64 && udp.src == %d && udp.dst == %d", pick(m.Rand, 68, 68, 68, 67), 67)
}

// dhcp6 draws a DHCPv6 request.
func (m *MicroflowGenerator) dhcp6(p *packet) {
	m.preferInport(p, func(port *Port) bool { return port.DHCP6 })
	a := m.sender(p)
	p.add("eth.src == %s && eth.dst == 33:33:00:01:00:02", a.MAC)
	p.add("ip6.src == %s && ip6.dst == ff02::1:2 && ip.ttl == 64", linkLocal(a.MAC))
	p.add("udp.src == 546 && udp.dst == 547")
}

// dnsQuery draws a DNS request.
func (m *MicroflowGenerator) dnsQuery(p *packet) {
	m.preferInport(p, func(port *Port) bool { return port.Switch.DNS })
	to := m.someAddress(m.chance(.25) && len(m.n.addresses(true)) > 0)
	m.ip(p, to)
	p.add("udp.dst == 53")
	if m.chance(.8) {
		p.add("udp.src == 5000")
	}
}

// balanced draws a packet to a load balancer's address.
func (m *MicroflowGenerator) balanced(p *packet) {
	if len(m.n.VIPs) == 0 {
		m.unicast(p)
		return
	}
	v := pick(m.Rand, m.n.VIPs...)
	p.vip = &v
	m.ip(p, v.Addr)
	switch {
	case v.Port == 0:
		m.transportOf(p, v.Addr.Is6(), 0, "")
	case m.chance(.9):
		m.transportOf(p, v.Addr.Is6(), v.Port, v.Protocol)
	default:
		m.transportOf(p, v.Addr.Is6(), v.Port, "")
	}
}

// translated draws a packet to the outer address of a NAT rule.
func (m *MicroflowGenerator) translated(p *packet) {
	if len(m.n.Externals) == 0 {
		m.unicast(p)
		return
	}
	to := pick(m.Rand, m.n.Externals...)
	m.ip(p, to)
	m.transportOf(p, to.Is6(), 0, "")
}

// multicast draws a packet to a group, or a report of IGMP or MLD.
func (m *MicroflowGenerator) multicast(p *packet) {
	groups := []netip.Addr{
		netip.MustParseAddr("224.0.0.251"), netip.MustParseAddr("239.9.9.9"), netip.MustParseAddr("ff0e::9"),
		netip.MustParseAddr("ff02::16"), netip.MustParseAddr("224.0.0.1"),
	}
	to := pick(m.Rand, append(groups, m.n.Groups...)...)
	if len(m.n.Groups) > 0 && m.chance(.6) {
		to = pick(m.Rand, m.n.Groups...)
	}
	b := to.As16()
	a := m.sender(p)
	p.add("eth.src == %s", a.MAC)
	if to.Is6() {
		p.add("eth.dst == 33:33:%02x:%02x:%02x:%02x", b[12], b[13], b[14], b[15])
		p.add("ip6.src == %s && ip6.dst == %s && ip.ttl == %d", m.from(a, true), to, pick(m.Rand, 64, 1, 255))
	} else {
		p.add("eth.dst == 01:00:5e:%02x:%02x:%02x", b[13]&0x7f, b[14], b[15])
		p.add("ip4.src == %s && ip4.dst == %s && ip.ttl == %d", m.from(a, false), to, pick(m.Rand, 64, 1, 255))
	}
	switch {
	case m.chance(.25) && to.Is4():
		p.add("igmp")
	case m.chance(.3) && to.Is6():
		p.add("icmp6.type == %d && icmp6.code == 0", pick(m.Rand, 130, 131, 143))
	default:
		p.add("udp && udp.dst == 5353")
	}
}

// tagged draws a frame with a VLAN tag.
func (m *MicroflowGenerator) tagged(p *packet) {
	p.add("vlan.present")
	p.add("vlan.vid == %d", pick(m.Rand, 42, 43, 100))
	if m.chance(.3) {
		p.add("vlan.pcp == %d", m.between(0, 7))
	}
	if m.chance(.5) {
		m.unicast(p)
	} else {
		m.frame(p)
	}
}

// fromFlow generates a packet that one of the datapath's own flows may match.
func (m *MicroflowGenerator) fromFlow(p *packet) {
	matches := m.view.Datapaths[p.at].Matches
	if len(matches) == 0 {
		m.frame(p)
		return
	}
	text := pick(m.Rand, matches...)
	for range 12 { // matches of one packet are rarer than those of many
		if !strings.ContainsAny(text, "{<>!|$@") && !strings.Contains(text, "is_chassis_resident") || m.chance(.06) {
			break
		}
		text = pick(m.Rand, matches...)
	}
	a := m.sender(p)
	if !strings.Contains(text, "eth.src") {
		p.add("eth.src == %s", a.MAC)
	}
	if !strings.Contains(text, "eth.dst") && m.chance(.8) {
		p.add("eth.dst == %s", m.nextHopMAC(p, m.someAddress(false)))
	}
	if !strings.Contains(text, "||") {
		var kept []string
		for _, term := range strings.Split(text, " && ") {
			if !strings.HasPrefix(term, "inport") {
				kept = append(kept, term)
			}
		}
		text = strings.Join(kept, " && ")
	}
	if text != "" {
		p.add("%s", text)
	}
}

// addRareTerms adds fields that few packets have, and terms that the tool may reject.
func (m *MicroflowGenerator) addRareTerms(p *packet) {
	text := strings.Join(p.terms, " && ")
	isIP := strings.Contains(text, "ip4.") || strings.Contains(text, "ip6.")
	if isIP && m.chance(.1) {
		p.add("%s", pick(m.Rand, "ip.dscp == 46", "ip.dscp == 10", "ip.ecn == 1", "ip.is_frag", "ip.later_frag", "ip.frag == 1", "ip.dscp == 0"))
	}
	if m.chance(.06) {
		p.add("%s", pick(m.Rand, "flags.loopback", "flags.loopback == 1", "reg0 == 5", "reg9[1] == 1", "pkt.mark == 7", "ct_mark == 1",
			"ct_mark.blocked", "ct_label == 1", "xxreg1 == 0xfd000000000000000000000000000001", "ct.trk && ct.est", "ct_state == 0x21",
			"reg0[7] == 1", "xreg0 == 9", "!vlan.present", "flags == 2", "ct.new && ct.trk", "eth.src[40] == 0", "1", "ct_mark.natted == 1"))
	}
	if m.chance(.012) {
		p.add("%s", pick(m.Rand, "tcp.dst > 5", "ip4 || ip6", "ip.ttl == {1, 2}", "ip4.src == 10.0.0.0/8", "tcp && udp", "outport == \"x\"",
			"eth.mcast", "eth.src != 0", "ip.proto == 6 || ip.proto == 17", "nosuch == 1", "ip4.dst == $as_0", "inport == @pg_0", "0", "ip.ttl == 256"))
	}
}

// mutateText removes a piece of a text or inserts one, like a typing error.
func (m *MicroflowGenerator) mutateText(text string) string {
	at := m.IntN(len(text))
	if m.chance(.5) {
		end := min(len(text), at+m.between(1, 3))
		return text[:at] + text[end:]
	}
	return text[:at] + pick(m.Rand, "(", ")", "\"", "=", "!", "&", "|", "$", "{", "0x", ":", "/", ",", "[", "..", " ") + text[at:]
}
