package wording

import "github.com/ovnwalk/ovnwalk/packet"

// part is a group of a packet's fields, as people look for them.
type part string

// The parts, in the order in which they are shown.
const (
	ethernet  part = "Ethernet"
	network   part = "IP and ARP"
	transport part = "Transport"
	neighbor  part = "Neighbor"
	Conntrack part = "Conntrack"
	Metadata  part = "Registers"
)

// fieldStorage is a place in a packet and the names under which its bits are known.
// Several fields share a place, such as TCP's ports with ICMP's type and code;
// the first name whose field the packet has and whose width suffices is the
// one to use, and the last one always does.
type fieldStorage struct {
	Part  part
	names []FieldName
}

// FieldName is a name of a field.
type FieldName struct {
	Text  string
	Field *packet.Field
}

// Fields are all of a packet's bits, each once.  Names are those of the match
// language (ovn-sb(5), Logical_Flow) where it has one, or else OpenFlow's.
var Fields = func() []fieldStorage {
	all := []fieldStorage{
		{ethernet, []FieldName{{"eth.src", packet.EthSrc}}},
		{ethernet, []FieldName{{"eth.dst", packet.EthDst}}},
		{ethernet, []FieldName{{"eth.type", packet.EthType}}},
		{ethernet, []FieldName{{"vlan.tci", packet.VLANTCI}}},
		{network, []FieldName{{"arp.spa", packet.ARPSPA}, {"ip4.src", packet.IPv4Src}}},
		{network, []FieldName{{"arp.tpa", packet.ARPTPA}, {"ip4.dst", packet.IPv4Dst}}},
		{network, []FieldName{{"ip6.src", packet.IPv6Src}}},
		{network, []FieldName{{"ip6.dst", packet.IPv6Dst}}},
		{network, []FieldName{{"ip6.label", packet.IPv6Label}}},
		{network, []FieldName{{"arp.op", packet.ARPOp}, {"ip.proto", packet.IPProto}}},
		{network, []FieldName{{"ip.ttl", packet.IPTTL}}},
		{network, []FieldName{{"ip.dscp", packet.IPDSCP}}},
		{network, []FieldName{{"ip.ecn", packet.IPECN}}},
		{network, []FieldName{{"ip.frag", packet.IPFrag}}},
		{transport, []FieldName{{"tcp.src", packet.TCPSrc}, {"udp.src", packet.UDPSrc}, {"sctp.src", packet.SCTPSrc}, {"icmp4.type", packet.ICMPType}, {"icmp6.type", packet.ICMPv6Type}, {"tp_src", packet.TPSrc}}},
		{transport, []FieldName{{"tcp.dst", packet.TCPDst}, {"udp.dst", packet.UDPDst}, {"sctp.dst", packet.SCTPDst}, {"icmp4.code", packet.ICMPCode}, {"icmp6.code", packet.ICMPv6Code}, {"tp_dst", packet.TPDst}}},
		{transport, []FieldName{{"tcp.flags", packet.TCPFlags}}},
		{neighbor, []FieldName{{"nd.sll", packet.NDSLL}, {"arp.sha", packet.ARPSHA}}},
		{neighbor, []FieldName{{"nd.tll", packet.NDTLL}, {"arp.tha", packet.ARPTHA}}},
		{neighbor, []FieldName{{"nd.target", packet.NDTarget}}},
		{Conntrack, []FieldName{{"ct_state", packet.CTState}}},
		{Conntrack, []FieldName{{"ct_mark", packet.CTMark}}},
		{Conntrack, []FieldName{{"ct_label", packet.CTLabel}}},
		{Conntrack, []FieldName{{"ct_nw_proto", packet.CTProto}}},
		{Conntrack, []FieldName{{"ct_nw_src", packet.CTIPv4Src}}},
		{Conntrack, []FieldName{{"ct_nw_dst", packet.CTIPv4Dst}}},
		{Conntrack, []FieldName{{"ct_ipv6_src", packet.CTIPv6Src}}},
		{Conntrack, []FieldName{{"ct_ipv6_dst", packet.CTIPv6Dst}}},
		{Conntrack, []FieldName{{"ct_tp_src", packet.CTTPSrc}}},
		{Conntrack, []FieldName{{"ct_tp_dst", packet.CTTPDst}}},
		{Metadata, []FieldName{{"pkt.mark", packet.PktMark}}},
	}
	for i := range packet.NumRegs {
		f := packet.Reg(i)
		all = append(all, fieldStorage{Metadata, []FieldName{{f.Name, f}}})
	}
	return all
}()

// Field is the field that covers the place.
func (s fieldStorage) Field() *packet.Field { return s.names[len(s.names)-1].Field }

// Name returns what the place is called in a packet.
func (s fieldStorage) Name(p *packet.Packet) FieldName {
	v := p.Get(s.Field())
	for _, n := range s.names {
		if p.Has(n.Field) && v.Len() <= n.Field.Bits {
			return n
		}
	}
	return s.names[len(s.names)-1]
}

// FieldNamed finds the place that a name stands for.
var FieldNamed = func() map[string]int {
	m := map[string]int{}
	for i, s := range Fields {
		for _, n := range s.names {
			m[n.Text] = i
		}
	}
	return m
}()
