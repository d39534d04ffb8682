// Package packet defines the packet: the headers and metadata that a walk through logical
// pipelines reads, the table of fields with their bits, and the one-line OpenFlow form at
// the beginning of a trace.
//
// A packet is what OVS calls a flow: header fields, conntrack state and registers, without
// payload.
package packet

// Packet holds every field of a packet.  It is a value: assignment copies it, ==
// compares it, and the zero value is the packet with all fields zero.
type Packet struct{ w [stateWords]uint64 }

// Words is the number of 64-bit words of a Packet. Field.Place returns their use.
const Words = stateWords

// Word returns word i of the packet, as Field.Place counts them.
func (p *Packet) Word(i int) uint64 { return p.w[i] }

// FromWords returns the packet with the given words.
func FromWords(w [Words]uint64) Packet { return Packet{w} }

// Get returns the value of f.
func (p *Packet) Get(f *Field) Value {
	if f.Bits > 64 {
		return Value{Hi: p.w[f.slot], Lo: p.w[f.slot+1]}
	}
	return Value{Lo: p.w[f.slot] >> f.shift & (1<<f.Bits - 1)}
}

// Uint returns the low 64 bits of f.
func (p *Packet) Uint(f *Field) uint64 { return p.Get(f).Lo }

// Set sets f to v. Bits of v beyond the field's width are dropped.
func (p *Packet) Set(f *Field, v Value) {
	if f.Bits > 64 {
		p.w[f.slot], p.w[f.slot+1] = v.Hi, v.Lo
		return
	}
	bits, clear := f.Bits, f.Bits
	if f.stored != 0 {
		bits = int(f.stored)
	}
	if f.clears != 0 {
		clear = int(f.clears)
	}
	w := p.w[f.slot] &^ (ones64(clear) << f.shift)
	p.w[f.slot] = w | (v.Lo&ones64(bits))<<f.shift
}

// SetUint sets f to v.
func (p *Packet) SetUint(f *Field, v uint64) { p.Set(f, Value{Lo: v}) }

// SetMasked changes only those bits of f that are set in mask.
func (p *Packet) SetMasked(f *Field, v, mask Value) {
	p.Set(f, p.Get(f).AndNot(mask).Or(v.And(mask)))
}

func ones64(n int) uint64 {
	if n >= 64 {
		return ^uint64(0)
	}
	return 1<<n - 1
}

// Ethernet types, from IANA's registry of IEEE 802 numbers.
const (
	EthTypeIPv4      = 0x0800
	EthTypeARP       = 0x0806
	EthTypeRARP      = 0x8035
	EthTypeIPv6      = 0x86dd
	EthTypeMPLS      = 0x8847
	EthTypeMPLSMcast = 0x8848
	EthTypeNSH       = 0x894f
)

// IP protocol numbers, from IANA's registry.
const (
	ProtoICMP   = 1
	ProtoIGMP   = 2
	ProtoTCP    = 6
	ProtoUDP    = 17
	ProtoICMPv6 = 58
	ProtoSCTP   = 132
)

// ICMPv6 types of neighbor discovery, RFC 4861 section 4.
const (
	NDSolicit   = 135
	NDAdvertise = 136
)

// Bits of the conntrack state (ct_state in ovs-fields(7)).
const (
	CTNew         = 1 << 0
	CTEstablished = 1 << 1
	CTRelated     = 1 << 2
	CTReply       = 1 << 3
	CTInvalid     = 1 << 4
	CTTracked     = 1 << 5
	CTSrcNAT      = 1 << 6
	CTDstNAT      = 1 << 7
)

// TCP flags that a walk sets or tests (RFC 9293 section 3.1).
const (
	TCPSYN    = 0x002
	TCPReset  = 0x004
	TCPACK    = 0x010
	TCPSYNACK = TCPSYN | TCPACK
)

// DynamicPort is the first of the dynamic ports (RFC 6335 section 6).
const DynamicPort = 49152

// IsIPv4 reports whether the Ethernet type is that of IPv4.
func (p *Packet) IsIPv4() bool { return p.w[slotEthType] == EthTypeIPv4 }

// IsIPv6 reports whether the Ethernet type is that of IPv6.
func (p *Packet) IsIPv6() bool { return p.w[slotEthType] == EthTypeIPv6 }

// IsIP reports whether the packet is IPv4 or IPv6.
func (p *Packet) IsIP() bool { return p.IsIPv4() || p.IsIPv6() }

// IsARP reports whether the packet is ARP or reverse ARP.
func (p *Packet) IsARP() bool {
	return p.w[slotEthType] == EthTypeARP || p.w[slotEthType] == EthTypeRARP
}

// IsMPLS reports whether the Ethernet type is one of the two of MPLS.
func (p *Packet) IsMPLS() bool {
	return p.w[slotEthType] == EthTypeMPLS || p.w[slotEthType] == EthTypeMPLSMcast
}

// IsND reports whether the packet is a neighbor solicitation or advertisement.
func (p *Packet) IsND() bool {
	return p.has(NeedICMPv6) && p.w[slotTPDst] == 0 &&
		(p.w[slotTPSrc] == NDSolicit || p.w[slotTPSrc] == NDAdvertise)
}

// Has reports whether packets of this kind have field f: for example, IP packets have a TTL.
func (p *Packet) Has(f *Field) bool { return p.has(f.Prereq) }

func (p *Packet) has(r Prereq) bool {
	proto := p.w[slotIPProto]
	first := p.w[slotFrag]&fragLater == 0
	switch r {
	case Always:
		return true
	case NeedARP:
		return p.IsARP()
	case NeedIPv4:
		return p.IsIPv4()
	case NeedIPv6:
		return p.IsIPv6()
	case NeedIP:
		return p.IsIP()
	case NeedTCP:
		return p.IsIP() && proto == ProtoTCP && first
	case NeedUDP:
		return p.IsIP() && proto == ProtoUDP && first
	case NeedSCTP:
		return p.IsIP() && proto == ProtoSCTP && first
	case NeedICMPv4:
		return p.IsIPv4() && proto == ProtoICMP
	case NeedICMPv6:
		return p.IsIPv6() && proto == ProtoICMPv6
	case NeedND:
		return p.IsND()
	case NeedNDSolicit:
		return p.IsND() && p.w[slotTPSrc] == NDSolicit
	case NeedNDAdvert:
		return p.IsND() && p.w[slotTPSrc] == NDAdvertise
	case NeedCT:
		return p.w[slotCTState]&(CTNew|CTEstablished|CTReply) != 0
	}
	return false
}

const (
	fragAny   = 1 << 0
	fragLater = 1 << 1
)

// ClearConntrack clears the conntrack state and original tuple of the packet.
func (p *Packet) ClearConntrack() {
	p.w[slotCTState], p.w[slotCTMark] = 0, 0
	p.Set(CTLabel, Value{})
	p.w[slotCTProto], p.w[slotCTTPSrc], p.w[slotCTTPDst] = 0, 0, 0
	switch {
	case p.IsIPv4():
		p.w[slotCTIPv4S], p.w[slotCTIPv4D] = 0, 0
	case p.IsIPv6():
		p.Set(CTIPv6Src, Value{})
		p.Set(CTIPv6Dst, Value{})
	}
}
