package render

import "github.com/ovnwalk/ovnwalk/packet"

// part is a group of a packet's fields, as people look for them.
type part string

// The parts, in the order in which they are shown.
const (
	ethernet  part = "Ethernet"
	network   part = "IP and ARP"
	transport part = "Transport"
	neighbor  part = "Neighbor"
	conntrack part = "Conntrack"
	metadata  part = "Registers"
)

// fieldStorage is a place in a packet and the names under which its bits are known.
// Several fields share a place, such as TCP's ports with ICMP's type and code;
// the first name whose field the packet has and whose width suffices is the
// one to use, and the last one always does.
type fieldStorage struct {
	part  part
	names []fieldName
}

type fieldName struct {
	text  string
	field *packet.Field
}

// storages are all of a packet's bits, each once.  Names are those of the match
// language (ovn-sb(5), Logical_Flow) where it has one, or else OpenFlow's.
var storages = func() []fieldStorage {
	all := []fieldStorage{
		{ethernet, []fieldName{{"eth.src", packet.EthSrc}}},
		{ethernet, []fieldName{{"eth.dst", packet.EthDst}}},
		{ethernet, []fieldName{{"eth.type", packet.EthType}}},
		{ethernet, []fieldName{{"vlan.tci", packet.VLANTCI}}},
		{network, []fieldName{{"arp.spa", packet.ARPSPA}, {"ip4.src", packet.IPv4Src}}},
		{network, []fieldName{{"arp.tpa", packet.ARPTPA}, {"ip4.dst", packet.IPv4Dst}}},
		{network, []fieldName{{"ip6.src", packet.IPv6Src}}},
		{network, []fieldName{{"ip6.dst", packet.IPv6Dst}}},
		{network, []fieldName{{"ip6.label", packet.IPv6Label}}},
		{network, []fieldName{{"arp.op", packet.ARPOp}, {"ip.proto", packet.IPProto}}},
		{network, []fieldName{{"ip.ttl", packet.IPTTL}}},
		{network, []fieldName{{"ip.dscp", packet.IPDSCP}}},
		{network, []fieldName{{"ip.ecn", packet.IPECN}}},
		{network, []fieldName{{"ip.frag", packet.IPFrag}}},
		{transport, []fieldName{{"tcp.src", packet.TCPSrc}, {"udp.src", packet.UDPSrc}, {"sctp.src", packet.SCTPSrc}, {"icmp4.type", packet.ICMPType}, {"icmp6.type", packet.ICMPv6Type}, {"tp_src", packet.TPSrc}}},
		{transport, []fieldName{{"tcp.dst", packet.TCPDst}, {"udp.dst", packet.UDPDst}, {"sctp.dst", packet.SCTPDst}, {"icmp4.code", packet.ICMPCode}, {"icmp6.code", packet.ICMPv6Code}, {"tp_dst", packet.TPDst}}},
		{transport, []fieldName{{"tcp.flags", packet.TCPFlags}}},
		{neighbor, []fieldName{{"nd.sll", packet.NDSLL}, {"arp.sha", packet.ARPSHA}}},
		{neighbor, []fieldName{{"nd.tll", packet.NDTLL}, {"arp.tha", packet.ARPTHA}}},
		{neighbor, []fieldName{{"nd.target", packet.NDTarget}}},
		{conntrack, []fieldName{{"ct_state", packet.CTState}}},
		{conntrack, []fieldName{{"ct_mark", packet.CTMark}}},
		{conntrack, []fieldName{{"ct_label", packet.CTLabel}}},
		{conntrack, []fieldName{{"ct_nw_proto", packet.CTProto}}},
		{conntrack, []fieldName{{"ct_nw_src", packet.CTIPv4Src}}},
		{conntrack, []fieldName{{"ct_nw_dst", packet.CTIPv4Dst}}},
		{conntrack, []fieldName{{"ct_ipv6_src", packet.CTIPv6Src}}},
		{conntrack, []fieldName{{"ct_ipv6_dst", packet.CTIPv6Dst}}},
		{conntrack, []fieldName{{"ct_tp_src", packet.CTTPSrc}}},
		{conntrack, []fieldName{{"ct_tp_dst", packet.CTTPDst}}},
		{metadata, []fieldName{{"pkt.mark", packet.PktMark}}},
	}
	for i := range packet.NumRegs {
		f := packet.Reg(i)
		all = append(all, fieldStorage{metadata, []fieldName{{f.Name, f}}})
	}
	return all
}()

// whole is the field that covers the place.
func (s fieldStorage) whole() *packet.Field { return s.names[len(s.names)-1].field }

// name returns what the place is called in a packet.
func (s fieldStorage) name(p *packet.Packet) fieldName {
	v := p.Get(s.whole())
	for _, n := range s.names {
		if p.Has(n.field) && v.Len() <= n.field.Bits {
			return n
		}
	}
	return s.names[len(s.names)-1]
}

// storageOf finds the place that a name stands for.
var storageOf = func() map[string]int {
	m := map[string]int{}
	for i, s := range storages {
		for _, n := range s.names {
			m[n.text] = i
		}
	}
	return m
}()
