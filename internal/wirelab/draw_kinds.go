package wirelab

import (
	"cmp"
	"encoding/binary"
	"net/netip"
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/packet"
)

// A kind turns a first packet of TCP, UDP or an echo into one of another kind. It is false
// if it cannot be made of the packet.
type kind struct {
	name string
	make func(c *Connections, from *end, f *frame) bool
}

// kinds are the packets besides those that open connections of hosts that behave.
var kinds = []kind{
	{"sctp", (*Connections).sctp},
	{"sctp", (*Connections).sctp},
	{"short-lived", (*Connections).shortLived},
	{"flags", (*Connections).flags},
	{"large", (*Connections).large},
	{"large", (*Connections).large},
	{"neighbor", (*Connections).neighbor},
	{"neighbor", (*Connections).neighbor},
	{"dhcp", (*Connections).dhcp},
	{"multicast", (*Connections).multicast},
	{"multicast", (*Connections).multicast},
	{"spoofed", (*Connections).spoofed},
	{"error", (*Connections).icmpError},
	{"query", (*Connections).query},
	{"query", (*Connections).query},
	{"tagged", (*Connections).tagged},
}

const broadcast = "ff:ff:ff:ff:ff:ff"

// sctp makes the packet an INIT chunk.
func (c *Connections) sctp(_ *end, f *frame) bool {
	f.proto, f.icmpType, f.icmpID, f.flags = protoSCTP, 0, 0, 0
	f.payload = append([]byte{1, 0, 0, 20, 0, 0, 0, 7}, 0, 1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 1)
	for _, v := range c.l.network.VIPs {
		if v.Protocol == "sctp" && v.Addr.Is6() == f.ipSrc.Is6() && len(c.l.network.VIPs) > 0 && c.IntN(2) == 0 {
			// The userspace datapath finds port 0 invalid, unlike kernels.
			f.ipDst, f.dstPort = v.Addr, cmp.Or(int(v.Port), f.dstPort)
		}
	}
	return true
}

// shortLived gives the packet a TTL that ends at the first or second router.
func (c *Connections) shortLived(_ *end, f *frame) bool {
	f.ttl = c.IntN(3)
	return true
}

// flags gives a TCP segment flags that do not open a connection.
func (c *Connections) flags(_ *end, f *frame) bool {
	f.flags = pick(c.Rand, []int{0, 0x01, 0x04, 0x10, 0x11, 0x12, 0x14, 0x18, 0x3f, 0x03, 0x06, 0xc2})
	return f.proto == protoTCP
}

// large makes the packet larger than a gateway's MTU.
func (c *Connections) large(_ *end, f *frame) bool {
	f.payload = make([]byte, pick(c.Rand, []int{1372, 1400, 1450, 1500, 1900}))
	return f.proto != protoTCP
}

// virtualRouter returns the Ethernet address of a virtual router (RFC 9568).
func virtualRouter(v6 bool) string {
	if v6 {
		return "00:00:5e:00:02:07"
	}
	return "00:00:5e:00:01:07"
}

// neighbor makes the packet the request for the Ethernet address of its destination.
func (c *Connections) neighbor(_ *end, f *frame) bool {
	to, of := broadcast, f.src
	if c.IntN(4) == 0 {
		to = f.dst
	}
	if c.IntN(4) == 0 {
		of = pick(c.Rand, []string{virtualRouter(f.ipSrc.Is6()), "0a:bb:cc:00:00:02"})
	}
	if !f.ipSrc.Is6() {
		*f = frame{src: f.src, dst: to, ethType: typeARP, arpOp: 1, sha: of, tha: noMAC, ipSrc: f.ipSrc, ipDst: f.ipDst}
		return true
	}
	n := frame{src: f.src, dst: to, ethType: typeIPv6, ipSrc: f.ipSrc, ipDst: f.ipDst, ttl: 255, proto: protoICMP6, icmpType: neighborSolicit, target: f.ipDst}
	if to == broadcast {
		solicited := packet.SolicitedNode(packet.FromAddr(f.ipDst))
		n.dst, n.ipDst = packet.EthDst.Format(packet.Uint(packet.MulticastMAC(solicited))), netip.MustParseAddr(packet.IPv6Dst.Format(solicited))
	}
	n.payload = append(f.ipDst.AsSlice(), append([]byte{1, 1}, macBytes(of)...)...)
	*f = n
	return true
}

// linkLocal returns the link-local address of an Ethernet address.
func linkLocal(mac string) netip.Addr {
	v, _ := packet.ParseMAC(mac)
	return netip.MustParseAddr(packet.IPv6Src.Format(packet.LinkLocal(v)))
}

// dhcp makes the packet a host's first request to DHCP servers.
func (c *Connections) dhcp(_ *end, f *frame) bool {
	mac := macBytes(f.src)
	if f.ipSrc.Is6() {
		*f = frame{
			src: f.src, dst: "33:33:00:01:00:02", ethType: typeIPv6, ipSrc: linkLocal(f.src), ipDst: netip.MustParseAddr("ff02::1:2"),
			ttl: 64, proto: protoUDP, srcPort: 546, dstPort: 547,
		}
		f.payload = append([]byte{1, 0, 0, 1, 0, 1, 0, 10, 0, 3, 0, 1}, mac...)
		f.payload = append(f.payload, 0, 3, 0, 12, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0)
		return true
	}
	request := make([]byte, 240, 252)
	copy(request, []byte{1, 1, 6, 0, 1, 2, 3, 4})
	copy(request[28:], mac)
	binary.BigEndian.PutUint32(request[236:], 0x63825363)
	*f = frame{
		src: f.src, dst: broadcast, ethType: typeIPv4, ipSrc: netip.IPv4Unspecified(), ipDst: netip.MustParseAddr("255.255.255.255"),
		ttl: 64, proto: protoUDP, srcPort: 68, dstPort: 67, payload: append(request, 53, 1, 1, 255),
	}
	return true
}

// multicast sends the packet to a group, or to all, as UDP if it is TCP.
func (c *Connections) multicast(_ *end, f *frame) bool {
	groups := []netip.Addr{netip.MustParseAddr("224.0.0.251"), netip.MustParseAddr("ff02::fb"), netip.MustParseAddr("239.7.7.7"), netip.MustParseAddr("255.255.255.255")}
	other := func(a netip.Addr) bool { return a.Is6() != f.ipSrc.Is6() }
	groups = slices.DeleteFunc(groups, other)
	if joined := slices.DeleteFunc(slices.Clone(c.l.network.Groups), other); len(joined) > 0 && c.IntN(3) > 0 {
		groups = joined
	}
	f.ipDst, f.dst = pick(c.Rand, groups), broadcast
	if f.ipDst.IsMulticast() {
		f.dst = groupMAC(f.ipDst)
	}
	if f.proto == protoTCP {
		f.proto, f.flags, f.seq, f.payload = protoUDP, 0, 0, []byte("ovnwalk")
	}
	return true
}

// spoofed gives the packet addresses that are not the sender's.
func (c *Connections) spoofed(from *end, f *frame) bool {
	other := c.target(from, f.ipSrc.Is6()).addr
	switch c.IntN(4) {
	case 0:
		f.src = "0a:bb:cc:00:00:02"
	case 1:
		f.ipSrc = other
	case 2:
		f.src = virtualRouter(f.ipSrc.Is6())
	default:
		f.dst = "0a:00:00:00:00:77"
	}
	return true
}

// icmpError makes the packet an error about a packet of nobody's connection.
func (c *Connections) icmpError(_ *end, f *frame) bool {
	quoted := frame{src: f.dst, dst: f.src, ethType: f.ethType, ipSrc: f.ipDst, ipDst: f.ipSrc, ttl: 64, proto: protoUDP, srcPort: 53, dstPort: f.srcPort}
	f.proto, f.icmpType, f.icmpCode, f.icmpID, f.flags = protoICMP, 3, 3, 0, 0
	if f.ipSrc.Is6() {
		f.proto, f.icmpType, f.icmpCode = protoICMP6, 1, 4
	}
	f.payload = quoted.encode()[14:]
	return true
}

// query makes the packet a request to a DNS server: for a name of the network's DNS records, or another.
func (c *Connections) query(_ *end, f *frame) bool {
	name := "nobody.example"
	if names := c.l.network.Names; len(names) > 0 && c.IntN(4) > 0 {
		name = pick(c.Rand, names)
	}
	const typeA, typeAAAA = 1, 28
	message := []byte{0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0}
	for label := range strings.SplitSeq(name, ".") {
		message = append(append(message, byte(len(label))), label...)
	}
	f.payload = append(message, 0, 0, pick(c.Rand, []byte{typeA, typeAAAA}), 0, 1)
	f.proto, f.dstPort, f.flags, f.seq, f.icmpType, f.icmpID = protoUDP, 53, 0, 0, 0, 0
	return true
}

// tagged gives the packet of a VIF a VLAN tag.
func (c *Connections) tagged(from *end, f *frame) bool {
	f.vlan = 7
	return from.chassis != nil && from.vlan == 0
}
