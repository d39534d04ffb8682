package packet

import "strconv"

// HeaderStyle is the style of a release's one-line form.
type HeaderStyle struct {
	Frag bool // show nw_frag of IP packets
	IGMP bool // use the keyword and field names of IGMP
}

// Header returns the packet in OpenFlow's one-line form, the first line of a trace: its
// type, its non-zero registers and conntrack state, then all header fields of packets of
// that type.
func (p *Packet) Header(style HeaderStyle) string {
	h := headerLine{p: p, igmp: style.IGMP && p.IsIPv4() && p.Uint(IPProto) == ProtoIGMP, b: make([]byte, 0, 256)}
	h.context()
	named, proto := h.kind()
	for _, r := range regs {
		h.nonZero(r)
	}
	h.ethernet()
	if !named {
		h.name("dl_type=0x")
		h.hex4(p.Uint(EthType))
	}
	switch {
	case p.IsIPv4():
		h.field("nw_src", IPv4Src)
		h.field("nw_dst", IPv4Dst)
	case p.IsIPv6():
		h.field("ipv6_src", IPv6Src)
		h.field("ipv6_dst", IPv6Dst)
		h.name("ipv6_label=0x")
		h.hexPad(p.Uint(IPv6Label), 5)
	case p.IsARP():
		h.field("arp_spa", ARPSPA)
		h.field("arp_tpa", ARPTPA)
		h.field("arp_op", ARPOp)
		h.field("arp_sha", ARPSHA)
		h.field("arp_tha", ARPTHA)
	case p.IsMPLS():
		// A Packet has no fields for MPLS labels, so they are zero.
		h.name("mpls_label=0,mpls_tc=0,mpls_ttl=0,mpls_bos=0,mpls_lse1=0,mpls_lse2=0")
	case p.Uint(EthType) == EthTypeNSH:
		h.name("nsh_flags=0,nsh_ttl=0,nsh_mdtype=0,nsh_np=0,nsh_spi=0x0,nsh_si=0")
	}
	if p.IsIP() || p.Uint(EthType) == EthTypeNSH {
		if !proto {
			h.field("nw_proto", IPProto)
		}
		h.name("nw_tos=")
		h.b = strconv.AppendUint(h.b, p.w[slotTOS]&0xfc, 10)
		h.field("nw_ecn", IPECN)
		h.field("nw_ttl", IPTTL)
		if style.Frag {
			h.field("nw_frag", IPFrag)
		}
		h.transport()
	}
	return string(h.b)
}

type headerLine struct {
	p    *Packet
	igmp bool
	b    []byte
}

func (h *headerLine) name(s string) {
	if len(h.b) > 0 {
		h.b = append(h.b, ',')
	}
	h.b = append(h.b, s...)
}

func (h *headerLine) field(name string, f *Field) {
	h.name(name)
	h.b = append(h.b, '=')
	h.b = f.Append(h.b, h.p.Get(f))
}

func (h *headerLine) nonZero(f *Field) {
	if !h.p.Get(f).IsZero() {
		h.field(f.Name, f)
	}
}

func (h *headerLine) hexPad(v uint64, digits int) {
	for i := digits - 1; i > 0 && v>>(4*i) == 0; i-- {
		h.b = append(h.b, '0')
	}
	h.b = strconv.AppendUint(h.b, v, 16)
}

func (h *headerLine) hex4(v uint64) { h.hexPad(v, 4) }

// context writes the conntrack state and the packet mark.
func (h *headerLine) context() {
	p := h.p
	for _, f := range []*Field{PktMark, CTState, CTMark, CTLabel} {
		h.nonZero(f)
	}
	const known = CTNew | CTEstablished | CTRelated | CTReply | CTSrcNAT | CTDstNAT
	state := p.w[slotCTState]
	valid := state&known != 0 || state&CTTracked != 0 && state&CTInvalid == 0
	if !valid || p.w[slotCTProto] == 0 || !p.IsIP() {
		return
	}
	if p.IsIPv4() {
		h.field("ct_nw_src", CTIPv4Src)
		h.field("ct_nw_dst", CTIPv4Dst)
	} else if !p.IsND() {
		h.field("ct_ipv6_src", CTIPv6Src)
		h.field("ct_ipv6_dst", CTIPv6Dst)
	}
	h.field("ct_nw_proto", CTProto)
	h.field("ct_tp_src", CTTPSrc)
	h.field("ct_tp_dst", CTTPDst)
}

// kind writes the packet's type as one word. It reports whether there is such a word, and
// whether it implies the IP protocol.
func (h *headerLine) kind() (named, proto bool) {
	p := h.p
	word := ""
	switch p.Uint(EthType) {
	case EthTypeIPv4:
		word, proto = ipWord(p.Uint(IPProto), ProtoICMP, "icmp", "")
		if !proto {
			word = "ip"
		}
		if h.igmp {
			word, proto = "igmp", true
		}
	case EthTypeIPv6:
		word, proto = ipWord(p.Uint(IPProto), ProtoICMPv6, "icmp6", "6")
		if !proto {
			word = "ipv6"
		}
	case EthTypeARP:
		word = "arp"
	case EthTypeRARP:
		word = "rarp"
	case EthTypeMPLS:
		word = "mpls"
	case EthTypeMPLSMcast:
		word = "mplsm"
	default:
		return false, false
	}
	h.name(word)
	return true, proto
}

func ipWord(proto, icmp uint64, icmpWord, suffix string) (string, bool) {
	switch proto {
	case icmp:
		return icmpWord, true
	case ProtoTCP:
		return "tcp" + suffix, true
	case ProtoUDP:
		return "udp" + suffix, true
	case ProtoSCTP:
		return "sctp" + suffix, true
	}
	return "", false
}

func (h *headerLine) ethernet() {
	tci := h.p.Uint(VLANTCI)
	const cfi = 0x1000
	if tci&cfi != 0 {
		h.name("dl_vlan=")
		h.b = strconv.AppendUint(h.b, tci&0xfff, 10)
		h.name("dl_vlan_pcp=")
		h.b = strconv.AppendUint(h.b, tci>>13, 10)
	} else {
		h.name("vlan_tci=0x")
		h.hex4(tci)
	}
	if tci != 0 {
		h.name("vlan_tci1=0x0000")
	}
	h.field("dl_src", EthSrc)
	h.field("dl_dst", EthDst)
}

// transport writes the transport header, which later fragments do not have.
func (h *headerLine) transport() {
	p := h.p
	proto := p.Uint(IPProto)
	switch proto {
	case ProtoICMP, ProtoICMPv6, ProtoTCP, ProtoUDP, ProtoSCTP, ProtoIGMP:
	default:
		return
	}
	later := p.w[slotFrag]&fragLater != 0
	icmp := p.IsIPv4() && proto == ProtoICMP || p.IsIPv6() && proto == ProtoICMPv6
	src, dst := "tp_src", "tp_dst"
	switch {
	case icmp:
		src, dst = "icmp_type", "icmp_code"
	case h.igmp:
		src, dst = "igmp_type", "igmp_code"
	}
	// OVS parses neighbor discovery even in later fragments of ICMPv6.
	nd := icmp && p.IsIPv6()
	if !later || nd && p.Uint(TPDst) == 0 {
		h.field(src, TPSrc)
	}
	if !later || nd {
		h.field(dst, TPDst)
	}
	if p.IsND() {
		h.field("nd_target", NDTarget)
		h.field("nd_sll", NDSLL)
		h.field("nd_tll", NDTLL)
	}
	if proto == ProtoTCP && !later {
		h.field("tcp_flags", TCPFlags)
	}
}
