package lab

import (
	"fmt"
	"net/netip"
	"strings"
)

// match generates an expression over the network's addresses and services, at most depth
// operators deep. It may be invalid, because the northbound database does not check
// expressions.
func (g *generator) match(depth int) string {
	if depth <= 0 || g.chance(.25) {
		return g.term()
	}
	switch {
	case g.chance(.55):
		return g.match(depth-1) + " && " + g.match(depth-1)
	case g.chance(.55):
		return "(" + g.match(depth-1) + " || " + g.match(depth-1) + ")"
	case g.chance(.5):
		return "(" + g.match(depth-1) + ")"
	case g.chance(.7):
		return "!" + pick(g.Rand, g.ordinal, g.ordinal, g.ordinal, g.term)()
	default:
		return "!(" + g.ordinal() + pick(g.Rand, " && ", " || ") + g.ordinal() + ")"
	}
}

// term draws a comparison or a predicate of any kind.
func (g *generator) term() string {
	if g.chance(.35) {
		return g.ordinal()
	}
	switch g.IntN(8) {
	case 0:
		return pick(g.Rand, "ip4", "ip6", "ip", "tcp", "udp", "icmp", "icmp4", "icmp6", "arp", "nd", "sctp", "1",
			"eth.mcast", "eth.bcast", "ip4.mcast", "ip.is_frag", "ip.first_frag", "nd_ns", "nd_na", "igmp", "rarp", "mldv2", "nd_rs")
	case 1:
		return g.transport()
	case 2:
		return g.layer3("src")
	case 3:
		return g.layer3("dst")
	case 4:
		return pick(g.Rand, "icmp4.type == 8", "icmp4.type == {0, 3, 8}", "icmp6.type == 128", "icmp4.type == 3 && icmp4.code == 4",
			"icmp6.type == {135, 136} && icmp6.code == 0", "igmp && ip.ttl == 1")
	case 5:
		return fmt.Sprintf("arp.op == %d && arp.%s == %s", g.between(1, 2), pick(g.Rand, "spa", "tpa"), g.someAddress(false))
	case 6:
		return pick(g.Rand, "eth.type == 0x800", "eth.type == {0x800, 0x86dd}", "ip.proto == 17", "ip.proto == {6, 17, 132}", "eth.type == 0x88cc")
	default:
		if v6 := g.n.addresses(true); len(v6) > 0 && g.chance(.5) {
			return "nd.target == " + pick(g.Rand, v6...).String()
		}
		return "ct.est"
	}
}

// ordinal generates a comparison that may be negated.
func (g *generator) ordinal() string {
	switch g.IntN(10) {
	case 0, 1, 2:
		return g.transport()
	case 3, 4:
		return g.layer3(pick(g.Rand, "src", "dst"))
	case 5:
		return pick(g.Rand, "eth.src == 50:54:00:00:00:00/ff:ff:ff:ff:00:00", "eth.src[0..7] == 0x0b", "eth.dst[40]", "eth.src != 50:54:00:00:00:0b",
			"eth.dst == {ff:ff:ff:ff:ff:ff, 50:54:00:00:00:0c}")
	case 6:
		return pick(g.Rand, "ip.ttl == 64", "ip.ttl > 1", "ip.dscp == 46", "ip.dscp != 0", "ip.ecn == 0", "ip.frag == 0", "10 <= ip.ttl <= 250")
	case 7:
		return pick(g.Rand, "tcp.flags == 2", "tcp.flags != 4", "tcp.flags[1] == 1", "tcp.flags[4]")
	case 8:
		return pick(g.Rand, "vlan.vid == 42", "vlan.present", "vlan.pcp == 3", "ct_mark == 0/1", "ct_label == 0/0xffff")
	default:
		return pick(g.Rand, "ip4.src[0..7] == 11", "ip4.dst[24..31] == 10", "0 != ip4.src", "ip6.dst[96..127] != 0", "ip4.src == 10.0.0.0/8 && ip4.dst[0..3] != 1")
	}
}

// transport draws a comparison of a transport port.
func (g *generator) transport() string {
	protocol := pick(g.Rand, "tcp", "tcp", "udp", "udp", "sctp")
	side := pick(g.Rand, "dst", "dst", "dst", "src")
	port := g.service()
	switch g.IntN(9) {
	case 0, 1, 2:
		return fmt.Sprintf("%s.%s == %d", protocol, side, port)
	case 3:
		return fmt.Sprintf("%s && %s.%s == {%d, %d, 8080}", protocol, protocol, side, port, g.service())
	case 4:
		return fmt.Sprintf("%s.%s >= 1024 && %s.%s < 2048", protocol, side, protocol, side)
	case 5:
		return fmt.Sprintf("1 <= %s.%s < %d", protocol, side, port)
	case 6:
		return fmt.Sprintf("%s.%s != %d", protocol, side, port)
	case 7:
		return fmt.Sprintf("%s.%s == %d/0xfff0", protocol, side, port&0xfff0)
	default:
		return fmt.Sprintf("%s.%s %s %d", protocol, side, pick(g.Rand, "<", ">", "<=", ">="), port)
	}
}

// service generates a transport port and records it for the microflows.
func (g *generator) service() uint16 {
	p := pick(g.Rand, uint16(22), 53, 80, 443, 1500, 3306, 5432, 8080, 40000)
	g.n.Services = append(g.n.Services, p)
	return p
}

// layer3 draws a comparison of an IP address with one, with a masked one, with
// several, or with an address set.
func (g *generator) layer3(side string) string {
	v6 := g.with("ipv6 rules", .6) && g.chance(.35)
	field, bits := "ip4."+side, 32
	if v6 {
		field, bits = "ip6."+side, 128
	}
	operator := pick(g.Rand, "==", "==", "==", "==", "!=")
	a := g.someAddress(v6)
	switch g.IntN(7) {
	case 0, 1:
		return fmt.Sprintf("%s %s %s", field, operator, a)
	case 2, 3:
		length := pick(g.Rand, 8, 16, 20, 24, 28, 31)
		if v6 {
			length = pick(g.Rand, 10, 16, 64, 120)
		}
		return fmt.Sprintf("%s %s %s", field, operator, netip.PrefixFrom(a, min(length, bits)).Masked())
	case 4:
		return fmt.Sprintf("%s %s {%s, %s}", field, operator, a, g.someAddress(v6))
	case 5:
		var fitting []string
		for i, name := range g.sets {
			if (i%2 == 1) == v6 {
				fitting = append(fitting, "$"+name)
			}
		}
		family := "_ip4"
		if v6 {
			family = "_ip6"
		}
		for _, set := range g.portSets {
			fitting = append(fitting, "$"+set.name+family)
		}
		if len(fitting) > 0 {
			return fmt.Sprintf("%s == %s", field, pick(g.Rand, fitting...))
		}
		return fmt.Sprintf("%s == {%s}", field, a)
	default:
		if !v6 {
			return fmt.Sprintf("%s == %s/255.255.0.255", field, maskOctet(a))
		}
		return fmt.Sprintf("%s == %s/ffff::ff", field, a)
	}
}

// maskOctet clears the third octet, so that a mask without it fits.
func maskOctet(a netip.Addr) string {
	octets := strings.Split(a.String(), ".")
	octets[2] = "0"
	return strings.Join(octets, ".")
}
