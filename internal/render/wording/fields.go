package wording

import (
	"cmp"

	"github.com/ovnwalk/ovnwalk/packet"
)

// part is a group of a packet's fields.
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

// fieldStorage is a place in a packet and the fields of its bits.  Several fields share a
// place, such as TCP's ports with ICMP's type and code; the first one that the packet has and
// whose width suffices is the one to show, and the last one always does.
type fieldStorage struct {
	Part   part
	fields []*packet.Field
}

// Fields are all of a packet's bits, each once.
var Fields = func() []fieldStorage {
	all := []fieldStorage{
		{ethernet, []*packet.Field{packet.EthSrc}},
		{ethernet, []*packet.Field{packet.EthDst}},
		{ethernet, []*packet.Field{packet.EthType}},
		{ethernet, []*packet.Field{packet.VLANTCI}},
		{network, []*packet.Field{packet.ARPSPA, packet.IPv4Src}},
		{network, []*packet.Field{packet.ARPTPA, packet.IPv4Dst}},
		{network, []*packet.Field{packet.IPv6Src}},
		{network, []*packet.Field{packet.IPv6Dst}},
		{network, []*packet.Field{packet.IPv6Label}},
		{network, []*packet.Field{packet.ARPOp, packet.IPProto}},
		{network, []*packet.Field{packet.IPTTL}},
		{network, []*packet.Field{packet.IPDSCP}},
		{network, []*packet.Field{packet.IPECN}},
		{network, []*packet.Field{packet.IPFrag}},
		{transport, []*packet.Field{packet.TCPSrc, packet.UDPSrc, packet.SCTPSrc, packet.ICMPType, packet.ICMPv6Type, packet.TPSrc}},
		{transport, []*packet.Field{packet.TCPDst, packet.UDPDst, packet.SCTPDst, packet.ICMPCode, packet.ICMPv6Code, packet.TPDst}},
		{transport, []*packet.Field{packet.TCPFlags}},
		{neighbor, []*packet.Field{packet.NDSLL, packet.ARPSHA}},
		{neighbor, []*packet.Field{packet.NDTLL, packet.ARPTHA}},
		{neighbor, []*packet.Field{packet.NDTarget}},
		{Conntrack, []*packet.Field{packet.CTState}},
		{Conntrack, []*packet.Field{packet.CTMark}},
		{Conntrack, []*packet.Field{packet.CTLabel}},
		{Conntrack, []*packet.Field{packet.CTProto}},
		{Conntrack, []*packet.Field{packet.CTIPv4Src}},
		{Conntrack, []*packet.Field{packet.CTIPv4Dst}},
		{Conntrack, []*packet.Field{packet.CTIPv6Src}},
		{Conntrack, []*packet.Field{packet.CTIPv6Dst}},
		{Conntrack, []*packet.Field{packet.CTTPSrc}},
		{Conntrack, []*packet.Field{packet.CTTPDst}},
		{Metadata, []*packet.Field{packet.PktMark}},
	}
	for i := range packet.NumRegs {
		all = append(all, fieldStorage{Metadata, []*packet.Field{packet.Reg(i)}})
	}
	return all
}()

// Field returns the field that covers the place.
func (s fieldStorage) Field() *packet.Field { return s.fields[len(s.fields)-1] }

// In returns the field that the place has in a packet.
func (s fieldStorage) In(p *packet.Packet) *packet.Field {
	v := p.Get(s.Field())
	for _, f := range s.fields {
		if p.Has(f) && v.Len() <= f.Bits {
			return f
		}
	}
	return s.Field()
}

// FieldName returns the symbol of a field in the match language (ovn-sb(5), Logical_Flow),
// or, if it has none, its OpenFlow name.
func FieldName(f *packet.Field) string { return cmp.Or(f.Symbol, f.Name) }

// FieldNamed has the index in Fields of each name.
var FieldNamed = func() map[string]int {
	m := map[string]int{}
	for i, s := range Fields {
		for _, f := range s.fields {
			m[FieldName(f)] = i
		}
	}
	return m
}()
