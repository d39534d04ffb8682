package witness

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
)

// kind is a kind of packet that is tried if a region leaves the kind open.
type kind struct {
	ethType, proto uint64 // 0 for any
	src, dst       uint64 // transport ports, or type and code
}

// kinds are the kinds that are tried first, rest those that are tried if no packet has one
// of them.
var (
	kinds = []kind{
		{packet.EthTypeIPv4, packet.ProtoTCP, 49152, 80},
		{packet.EthTypeIPv6, packet.ProtoTCP, 49152, 80},
		{packet.EthTypeARP, 0, 0, 0},
		{packet.EthTypeIPv4, packet.ProtoICMP, 8, 0},
		{packet.EthTypeIPv4, packet.ProtoUDP, 49152, 53},
		{packet.EthTypeIPv6, packet.ProtoICMPv6, 128, 0},
	}
	rest = []kind{
		{packet.EthTypeIPv6, packet.ProtoUDP, 49152, 53},
		{packet.EthTypeIPv4, packet.ProtoSCTP, 49152, 80},
		{packet.EthTypeIPv6, packet.ProtoSCTP, 49152, 80},
		{packet.EthTypeIPv4, packet.ProtoIGMP, 0, 0},
		{packet.EthTypeIPv4, 0, 0, 0},
		{packet.EthTypeIPv6, 0, 0, 0},
		{0, 0, 0, 0},
	}
)

// only restricts a region to packets of a kind.
func (k kind) only(r *Region) bool {
	if k.ethType != 0 && !r.Fix(packet.EthType, packet.Uint(k.ethType), packet.Ones(16)) {
		return false
	}
	if k.proto != 0 && !r.Fix(packet.IPProto, packet.Uint(k.proto), packet.Ones(8)) {
		return false
	}
	c := *r
	proto, known := c.forget(packet.IPProto, packet.Ones(8))
	if known == packet.Ones(8) && (proto.Lo == packet.ProtoICMP || proto.Lo == packet.ProtoICMPv6) {
		high := packet.Range(8, 8)
		return r.Fix(packet.TPSrc, packet.Value{}, high) && r.Fix(packet.TPDst, packet.Value{}, high)
	}
	return true
}

// emit tries packets of a region that starts at a port, of several kinds if the region
// leaves the kind open.
func (z *search) emit(p *path, port *lflow.Port, r *Region, without []*Region, cts []uint64) bool {
	var known []string
	misses := 0
	for i, k := range append(kinds, rest...) {
		if i >= len(kinds) && len(known) > 0 {
			break
		}
		c := *r
		if !k.only(&c) {
			continue
		}
		for variant := range variants {
			like := p.usual(port, k, variant)
			if variant != toNobody && k.ethType != packet.EthTypeARP {
				z.x.sendTo(like, port, &c, variant == toNeighbor)
			}
			w, ok, sure := c.pick(without, like, maxSplits)
			z.exact = z.exact && sure
			if !ok {
				break
			}
			text := Microflow(port, w.packet())
			if slices.Contains(known, text) {
				continue
			}
			known = append(known, text)
			ct := slices.Clone(cts)
			slices.Reverse(ct)
			length := int(w[lengthWord])
			if id := fmt.Sprint(text, ct, length); z.emitted[id] {
				continue
			} else {
				z.emitted[id] = true
			}
			switch z.try(Packet{port, text, ct, length}) {
			case Enough:
				return false
			case NotReached:
				if misses++; misses >= maxMisses {
					return true
				}
			default:
				misses = -len(kinds) * variants
			}
		}
	}
	return true
}

// maxMisses is the maximum number of packets from one start that miss the flow.
const maxMisses = 6

// The variants of the source and the destination of a usual packet.
const (
	fromPort   = iota // from the port itself, to a host behind the router
	fromOther         // the same, from an address that the port does not have
	toNobody          // from the port to an unused address
	toNeighbor        // from the port to a host of its datapath

	variants
)

// usual returns a usual packet of a kind that a port sends.
func (p *path) usual(port *lflow.Port, k kind, variant int) *words {
	var r Region
	fix := func(f *packet.Field, v packet.Value) { r.Fix(f, v, packet.Ones(f.Bits)) }
	mac, dst := uint64(0x020000000001), uint64(0x020000000002)
	src4, dst4 := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")
	src6, dst6 := netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("2001:db8::2")
	own := port
	if port.Type == "patch" && port.Peer != nil {
		own = port.Peer
	}
	for i, field := range strings.Fields(strings.Join(own.AddressTexts(), " ")) {
		if m, ok := packet.ParseMAC(field); ok && (i == 0 || mac == 0x020000000001) {
			mac = m
			continue
		}
		address, _, _ := strings.Cut(field, "/")
		if a, err := netip.ParseAddr(address); err == nil && a.Is4() {
			src4 = a
		} else if err == nil {
			src6 = a
		}
	}
	switch variant {
	case fromOther:
		mac, src4, src6 = 0x020000000003, netip.MustParseAddr("192.0.2.3"), netip.MustParseAddr("2001:db8::3")
	case toNobody:
		dst = 0x020000000002
	}
	fix(packet.EthSrc, packet.Uint(mac))
	if variant == toNobody {
	} else if port.Type == "patch" || port.Type == "l3gateway" {
		// A packet to a router's port has its address as the destination.
		for _, field := range strings.Fields(strings.Join(port.AddressTexts(), " ")) {
			if m, ok := packet.ParseMAC(field); ok {
				dst = m
				break
			}
		}
	} else {
		for _, q := range p.d.Ports() { // a packet to another datapath goes to a router
			if q.Peer != nil {
				for _, field := range strings.Fields(strings.Join(q.Peer.AddressTexts(), " ")) {
					if m, ok := packet.ParseMAC(field); ok {
						dst = m
						break
					}
				}
				break
			}
		}
	}
	fix(packet.EthDst, packet.Uint(dst))
	fix(packet.EthType, packet.Uint(k.ethType))
	fix(packet.IPProto, packet.Uint(max(1, k.proto)))
	fix(packet.IPTTL, packet.Uint(64))
	fix(packet.IPv4Src, packet.FromAddr(src4))
	fix(packet.IPv4Dst, packet.FromAddr(dst4))
	fix(packet.IPv6Src, packet.FromAddr(src6))
	fix(packet.IPv6Dst, packet.FromAddr(dst6))
	fix(packet.TPSrc, packet.Uint(k.src))
	fix(packet.TPDst, packet.Uint(k.dst))
	fix(packet.ARPSHA, packet.Uint(mac))
	fix(packet.NDTarget, packet.FromAddr(dst6))
	return &r.val
}

// likely returns packets of every kind from some ports of the datapath.
func (p *path) likely() (out []*words) {
	ports := p.d.Ports()
	for _, port := range ports[:min(len(ports), 3)] {
		for _, k := range kinds {
			out = append(out, p.usual(port, k, fromPort))
		}
	}
	return out
}

// Microflow returns a packet that enters by a port as a microflow.
func Microflow(port *lflow.Port, p packet.Packet) string {
	clauses := []string{"inport == " + expr.Quote(port.Name)}
	say := func(symbol string, f *packet.Field) {
		v := p.Get(f)
		if v.IsZero() {
			return
		}
		text := f.Format(v)
		if f.Kind == packet.KindTCPFlags || f.Kind == packet.KindFrag || f.Kind == packet.KindHexadecimal {
			text = string(packet.AppendHex(nil, v))
		}
		clauses = append(clauses, symbol+" == "+text)
	}
	say("eth.src", packet.EthSrc)
	say("eth.dst", packet.EthDst)
	say("vlan.tci", packet.VLANTCI)
	say("ct_mark", packet.CTMark)
	say("ct_label", packet.CTLabel)
	switch {
	case p.IsIP():
		family := "ip4"
		say4 := [][2]any{{"ip4.src", packet.IPv4Src}, {"ip4.dst", packet.IPv4Dst}}
		if p.IsIPv6() {
			family = "ip6"
			say4 = [][2]any{{"ip6.src", packet.IPv6Src}, {"ip6.dst", packet.IPv6Dst}, {"ip6.label", packet.IPv6Label}}
		}
		clauses = append(clauses, family)
		for _, s := range say4 {
			say(s[0].(string), s[1].(*packet.Field))
		}
		say("ip.ttl", packet.IPTTL)
		say("ip.dscp", packet.IPDSCP)
		say("ip.ecn", packet.IPECN)
		say("ip.frag", packet.IPFrag)
		rest := transport(&p, say)
		clauses = append(clauses, rest...)
	case p.Uint(packet.EthType) == packet.EthTypeARP:
		clauses = append(clauses, "arp")
		say("arp.op", packet.ARPOp)
		say("arp.spa", packet.ARPSPA)
		say("arp.tpa", packet.ARPTPA)
		say("arp.sha", packet.ARPSHA)
		say("arp.tha", packet.ARPTHA)
	default:
		clauses = append(clauses, fmt.Sprintf("eth.type == %#x", p.Uint(packet.EthType)))
	}
	return strings.Join(clauses, " && ")
}

// ndTTL is the hop limit of neighbor discovery, RFC 4861.
const ndTTL = 255

// transport returns the terms of a microflow for the headers above IP.
func transport(p *packet.Packet, say func(string, *packet.Field)) []string {
	both := func(name, a, b string) []string {
		return []string{name, fmt.Sprintf("%s.%s == %d", name, a, p.Uint(packet.TPSrc)), fmt.Sprintf("%s.%s == %d", name, b, p.Uint(packet.TPDst))}
	}
	switch proto := p.Uint(packet.IPProto); {
	case proto == packet.ProtoTCP:
		say("tcp.flags", packet.TCPFlags)
		return both("tcp", "src", "dst")
	case proto == packet.ProtoUDP:
		return both("udp", "src", "dst")
	case proto == packet.ProtoSCTP:
		return both("sctp", "src", "dst")
	case proto == packet.ProtoICMP && p.IsIPv4():
		return both("icmp4", "type", "code")
	case proto == packet.ProtoICMPv6 && p.IsIPv6():
		out := both("icmp6", "type", "code")
		if p.IsND() && p.Uint(packet.IPTTL) == ndTTL { // matches read these fields of no others
			say("nd.target", packet.NDTarget)
			if p.Uint(packet.TPSrc) == packet.NDSolicit {
				say("nd.sll", packet.ARPSHA)
			} else {
				say("nd.tll", packet.ARPTHA)
			}
		}
		return out
	default:
		return []string{fmt.Sprintf("ip.proto == %d", proto)}
	}
}
