package packet

// Field is a named run of a packet's bits, as OVS's meta-flow fields are:
// ovs-fields(7) is the source of widths, prerequisites and access.
type Field struct {
	Name     string // the field's name in OpenFlow, such as nw_src
	Symbol   string // its symbol in the match language (ovn-sb(5)), such as ip4.src; "" for none and for registers
	Bits     int    // width in bits
	Kind     Kind   // how a value is written
	Prereq   Prereq // which packets have the field at all
	Maskable bool   // may be matched under a mask, and therefore by subfields and order
	Writable bool   // an action may change it
	Register bool   // not part of the packet on the wire
	slot     uint8  // word of the packet, the first of two for fields over 64 bits
	shift    uint8  // lowest bit in the first word
	clears   uint8  // setting the field clears this many bits, if more than Bits
	stored   uint8  // bits that are stored, if less than Bits
}

// Kind is the text format of a field's values.
type Kind uint8

// The ways in which values are written.
const (
	KindHexadecimal Kind = iota
	KindDecimal
	KindEthernet
	KindIPv4
	KindIPv6
	KindFrag
	KindTCPFlags
	KindCTState
)

// Prereq is the kind of packets that have a field.  A write to a field that the
// packet does not have changes nothing.
type Prereq uint8

// The prerequisites of fields.
const (
	Always Prereq = iota
	NeedARP
	NeedIPv4
	NeedIPv6
	NeedIP
	NeedTCP
	NeedUDP
	NeedSCTP
	NeedICMPv4
	NeedICMPv6
	NeedND
	NeedNDSolicit
	NeedNDAdvert
	NeedCT
)

// Words of a Packet.  Registers come first, two to a word, reg0 in the high
// half, so that xreg0 is a word and xxreg0 two.
const (
	slotRegs     = 0
	slotPktMark  = 8
	slotCTState  = 9
	slotCTMark   = 10
	slotCTLabel  = 11
	slotEthSrc   = 13
	slotEthDst   = 14
	slotEthType  = 15
	slotVLAN     = 16
	slotIPProto  = 17
	slotTOS      = 18
	slotTTL      = 19
	slotFrag     = 20
	slotIPv4Src  = 21
	slotIPv4Dst  = 22
	slotIPv6Src  = 23
	slotIPv6Dst  = 25
	slotLabel    = 27
	slotTPSrc    = 28
	slotTPDst    = 29
	slotTCPFlags = 30
	slotARPSHA   = 31
	slotARPTHA   = 32
	slotNDTarget = 33
	slotCTProto  = 35
	slotCTIPv4S  = 36
	slotCTIPv4D  = 37
	slotCTIPv6S  = 38
	slotCTIPv6D  = 40
	slotCTTPSrc  = 42
	slotCTTPDst  = 43
	slotCTZone   = 44
	slotChassis  = 45
	slotWalk     = 46 // the first of four, see WalkField
	stateWords   = 50
)

// The fields that code refers to. Some share storage: transport ports with ICMP type and
// code, ARP addresses with IPv4 addresses, ARP hardware addresses with those of neighbor
// discovery.
var (
	PktMark = &Field{Name: "pkt_mark", Symbol: "pkt.mark", Bits: 32, Maskable: true, Writable: true, slot: slotPktMark}
	CTState = &Field{Name: "ct_state", Symbol: "ct_state", Bits: 32, Kind: KindCTState, Maskable: true, slot: slotCTState}
	CTMark  = &Field{Name: "ct_mark", Symbol: "ct_mark", Bits: 32, Maskable: true, Writable: true, slot: slotCTMark}
	CTLabel = &Field{Name: "ct_label", Symbol: "ct_label", Bits: 128, Maskable: true, Writable: true, slot: slotCTLabel}

	EthSrc  = &Field{Name: "eth_src", Symbol: "eth.src", Bits: 48, Kind: KindEthernet, Maskable: true, Writable: true, slot: slotEthSrc}
	EthDst  = &Field{Name: "eth_dst", Symbol: "eth.dst", Bits: 48, Kind: KindEthernet, Maskable: true, Writable: true, slot: slotEthDst}
	EthType = &Field{Name: "eth_type", Symbol: "eth.type", Bits: 16, slot: slotEthType}
	VLANTCI = &Field{Name: "vlan_tci", Symbol: "vlan.tci", Bits: 16, Maskable: true, Writable: true, slot: slotVLAN}

	IPProto   = &Field{Name: "nw_proto", Symbol: "ip.proto", Bits: 8, Kind: KindDecimal, Prereq: NeedIP, slot: slotIPProto}
	IPDSCP    = &Field{Name: "ip_dscp", Symbol: "ip.dscp", Bits: 6, Kind: KindDecimal, Prereq: NeedIP, Writable: true, slot: slotTOS, shift: 2}
	IPECN     = &Field{Name: "nw_ecn", Symbol: "ip.ecn", Bits: 2, Kind: KindDecimal, Prereq: NeedIP, Writable: true, slot: slotTOS}
	IPTTL     = &Field{Name: "nw_ttl", Symbol: "ip.ttl", Bits: 8, Kind: KindDecimal, Prereq: NeedIP, Writable: true, slot: slotTTL}
	IPFrag    = &Field{Name: "ip_frag", Symbol: "ip.frag", Bits: 2, Kind: KindFrag, Prereq: NeedIP, Maskable: true, slot: slotFrag}
	IPv4Src   = &Field{Name: "nw_src", Symbol: "ip4.src", Bits: 32, Kind: KindIPv4, Prereq: NeedIPv4, Maskable: true, Writable: true, slot: slotIPv4Src}
	IPv4Dst   = &Field{Name: "nw_dst", Symbol: "ip4.dst", Bits: 32, Kind: KindIPv4, Prereq: NeedIPv4, Maskable: true, Writable: true, slot: slotIPv4Dst}
	IPv6Src   = &Field{Name: "ipv6_src", Symbol: "ip6.src", Bits: 128, Kind: KindIPv6, Prereq: NeedIPv6, Maskable: true, Writable: true, slot: slotIPv6Src}
	IPv6Dst   = &Field{Name: "ipv6_dst", Symbol: "ip6.dst", Bits: 128, Kind: KindIPv6, Prereq: NeedIPv6, Maskable: true, Writable: true, slot: slotIPv6Dst}
	IPv6Label = &Field{Name: "ipv6_label", Symbol: "ip6.label", Bits: 20, Prereq: NeedIPv6, Maskable: true, Writable: true, slot: slotLabel}

	TCPSrc     = &Field{Name: "tcp_src", Symbol: "tcp.src", Bits: 16, Kind: KindDecimal, Prereq: NeedTCP, Maskable: true, Writable: true, slot: slotTPSrc}
	TCPDst     = &Field{Name: "tcp_dst", Symbol: "tcp.dst", Bits: 16, Kind: KindDecimal, Prereq: NeedTCP, Maskable: true, Writable: true, slot: slotTPDst}
	TCPFlags   = &Field{Name: "tcp_flags", Symbol: "tcp.flags", Bits: 12, Kind: KindTCPFlags, Prereq: NeedTCP, Maskable: true, slot: slotTCPFlags}
	UDPSrc     = &Field{Name: "udp_src", Symbol: "udp.src", Bits: 16, Kind: KindDecimal, Prereq: NeedUDP, Maskable: true, Writable: true, slot: slotTPSrc}
	UDPDst     = &Field{Name: "udp_dst", Symbol: "udp.dst", Bits: 16, Kind: KindDecimal, Prereq: NeedUDP, Maskable: true, Writable: true, slot: slotTPDst}
	SCTPSrc    = &Field{Name: "sctp_src", Symbol: "sctp.src", Bits: 16, Kind: KindDecimal, Prereq: NeedSCTP, Maskable: true, Writable: true, slot: slotTPSrc}
	SCTPDst    = &Field{Name: "sctp_dst", Symbol: "sctp.dst", Bits: 16, Kind: KindDecimal, Prereq: NeedSCTP, Maskable: true, Writable: true, slot: slotTPDst}
	ICMPType   = &Field{Name: "icmp_type", Symbol: "icmp4.type", Bits: 8, Kind: KindDecimal, Prereq: NeedICMPv4, Writable: true, slot: slotTPSrc, clears: 16}
	ICMPCode   = &Field{Name: "icmp_code", Symbol: "icmp4.code", Bits: 8, Kind: KindDecimal, Prereq: NeedICMPv4, Writable: true, slot: slotTPDst, clears: 16}
	ICMPv6Type = &Field{Name: "icmpv6_type", Symbol: "icmp6.type", Bits: 8, Kind: KindDecimal, Prereq: NeedICMPv6, Writable: true, slot: slotTPSrc, clears: 16}
	ICMPv6Code = &Field{Name: "icmpv6_code", Symbol: "icmp6.code", Bits: 8, Kind: KindDecimal, Prereq: NeedICMPv6, Writable: true, slot: slotTPDst, clears: 16}

	// TPSrc and TPDst are the transport ports of any protocol. They share storage
	// with ICMP's type and code, and are not fields of the languages.
	TPSrc = &Field{Name: "tp_src", Bits: 16, Kind: KindDecimal, slot: slotTPSrc}
	TPDst = &Field{Name: "tp_dst", Bits: 16, Kind: KindDecimal, slot: slotTPDst}

	ARPOp    = &Field{Name: "arp_op", Symbol: "arp.op", Bits: 16, Kind: KindDecimal, Prereq: NeedARP, Writable: true, slot: slotIPProto, stored: 8}
	ARPSPA   = &Field{Name: "arp_spa", Symbol: "arp.spa", Bits: 32, Kind: KindIPv4, Prereq: NeedARP, Maskable: true, Writable: true, slot: slotIPv4Src}
	ARPTPA   = &Field{Name: "arp_tpa", Symbol: "arp.tpa", Bits: 32, Kind: KindIPv4, Prereq: NeedARP, Maskable: true, Writable: true, slot: slotIPv4Dst}
	ARPSHA   = &Field{Name: "arp_sha", Symbol: "arp.sha", Bits: 48, Kind: KindEthernet, Prereq: NeedARP, Maskable: true, Writable: true, slot: slotARPSHA}
	ARPTHA   = &Field{Name: "arp_tha", Symbol: "arp.tha", Bits: 48, Kind: KindEthernet, Prereq: NeedARP, Maskable: true, Writable: true, slot: slotARPTHA}
	NDTarget = &Field{Name: "nd_target", Symbol: "nd.target", Bits: 128, Kind: KindIPv6, Prereq: NeedND, Maskable: true, Writable: true, slot: slotNDTarget}
	NDSLL    = &Field{Name: "nd_sll", Symbol: "nd.sll", Bits: 48, Kind: KindEthernet, Prereq: NeedNDSolicit, Maskable: true, Writable: true, slot: slotARPSHA}
	NDTLL    = &Field{Name: "nd_tll", Symbol: "nd.tll", Bits: 48, Kind: KindEthernet, Prereq: NeedNDAdvert, Maskable: true, Writable: true, slot: slotARPTHA}

	CTProto   = &Field{Name: "ct_nw_proto", Bits: 8, Kind: KindDecimal, Prereq: NeedCT, slot: slotCTProto}
	CTIPv4Src = &Field{Name: "ct_nw_src", Bits: 32, Kind: KindIPv4, Prereq: NeedCT, Maskable: true, slot: slotCTIPv4S}
	CTIPv4Dst = &Field{Name: "ct_nw_dst", Bits: 32, Kind: KindIPv4, Prereq: NeedCT, Maskable: true, slot: slotCTIPv4D}
	CTIPv6Src = &Field{Name: "ct_ipv6_src", Bits: 128, Kind: KindIPv6, Prereq: NeedCT, Maskable: true, slot: slotCTIPv6S}
	CTIPv6Dst = &Field{Name: "ct_ipv6_dst", Bits: 128, Kind: KindIPv6, Prereq: NeedCT, Maskable: true, slot: slotCTIPv6D}
	CTTPSrc   = &Field{Name: "ct_tp_src", Bits: 16, Kind: KindDecimal, Prereq: NeedCT, Maskable: true, slot: slotCTTPSrc}
	CTTPDst   = &Field{Name: "ct_tp_dst", Bits: 16, Kind: KindDecimal, Prereq: NeedCT, Maskable: true, slot: slotCTTPDst}
)

// State of a walk over several chassis. It is not part of a packet on the wire, and not a
// field of the languages.
var (
	// CTZone is the conntrack zone of the packet's conntrack state.
	CTZone = &Field{Name: "ct_zone", Bits: 16, Kind: KindDecimal, slot: slotCTZone}

	// OnChassis is the number of the chassis on which the packet is, 0 for none.
	OnChassis = &Field{Name: "on_chassis", Bits: 64, Kind: KindDecimal, slot: slotChassis}
)

// WalkField returns a field for further state of a walk: some bits of one of four words
// that are reserved for it. It is not part of a packet on the wire, and not a field of the
// languages.
func WalkField(name string, word, shift, bits int) *Field {
	return &Field{Name: name, Bits: bits, Kind: KindDecimal, slot: uint8(slotWalk + word), shift: uint8(shift)}
}

// NumRegs is the number of 32-bit registers of a packet.
const NumRegs = 16

var regs, xregs, xxregs = registers()

// registers returns the registers of 32, 64 and 128 bits, which share their bits.
func registers() (r [NumRegs]*Field, x [NumRegs / 2]*Field, xx [NumRegs / 4]*Field) {
	for i := range r {
		r[i] = &Field{
			Name: "reg" + itoa(i), Bits: 32, Maskable: true, Writable: true, Register: true,
			slot: uint8(slotRegs + i/2), shift: uint8(32 * (1 - i%2)),
		}
	}
	for i := range x {
		x[i] = &Field{Name: "xreg" + itoa(i), Bits: 64, Maskable: true, Writable: true, Register: true, slot: uint8(slotRegs + i)}
	}
	for i := range xx {
		xx[i] = &Field{Name: "xxreg" + itoa(i), Bits: 128, Maskable: true, Writable: true, Register: true, slot: uint8(slotRegs + 2*i)}
	}
	return r, x, xx
}

func init() {
	for _, f := range Fields() {
		byName[f.Name] = f
	}
}

// Reg returns the field of 32-bit register i, from 0 to NumRegs-1.
func Reg(i int) *Field { return regs[i] }

// XReg returns the field of 64-bit register i, which is registers 2i and 2i+1.
func XReg(i int) *Field { return xregs[i] }

// XXReg returns the field of 128-bit register i, which is registers 4i to 4i+3.
func XXReg(i int) *Field { return xxregs[i] }

var byName = map[string]*Field{}

// Lookup returns the field with an OpenFlow name; ok is false if there is none.
func Lookup(name string) (f *Field, ok bool) {
	f, ok = byName[name]
	return f, ok
}

// Fields returns every field in a fixed order, registers first.
func Fields() []*Field {
	all := make([]*Field, 0, 80)
	all = append(all, regs[:]...)
	all = append(all, xregs[:]...)
	all = append(all, xxregs[:]...)
	return append(all, PktMark, CTState, CTMark, CTLabel, EthSrc, EthDst, EthType, VLANTCI,
		IPProto, IPDSCP, IPECN, IPTTL, IPFrag, IPv4Src, IPv4Dst, IPv6Src, IPv6Dst, IPv6Label,
		TCPSrc, TCPDst, TCPFlags, UDPSrc, UDPDst, SCTPSrc, SCTPDst,
		ICMPType, ICMPCode, ICMPv6Type, ICMPv6Code, TPSrc, TPDst,
		ARPOp, ARPSPA, ARPTPA, ARPSHA, ARPTHA, NDTarget, NDSLL, NDTLL,
		CTProto, CTIPv4Src, CTIPv4Dst, CTIPv6Src, CTIPv6Dst, CTTPSrc, CTTPDst)
}

func itoa(i int) string {
	if i < 10 {
		return string(rune('0' + i))
	}
	return itoa(i/10) + itoa(i%10)
}

// Place returns the storage of the field: the word of the packet with its low bits, the
// lowest bit there, and the number of bits. A field wider than 64 bits has its high half in
// the word before, at index word-1.
func (f *Field) Place() (word, shift, bits int) {
	bits = f.Bits
	if f.stored != 0 {
		bits = int(f.stored)
	}
	if f.Bits > 64 {
		return int(f.slot) + 1, 0, bits
	}
	return int(f.slot), int(f.shift), bits
}

// Clears returns the number of bits, from the field's lowest, that a write changes. It is
// larger than the width for a field that is stored in more bits, such as ICMP's type.
func (f *Field) Clears() int { return max(int(f.clears), f.Bits) }
