package packet

import (
	"math/rand/v2"
	"net/netip"
	"testing"
)

func TestFieldsHoldTheirWidth(t *testing.T) {
	for _, f := range Fields() {
		t.Run(f.Name, func(t *testing.T) {
			var p Packet
			p.Set(f, Ones(128))
			want := Ones(f.Bits)
			if f == ARPOp {
				want = Ones(8) // an IP protocol's place holds the low byte alone
			}
			if got := p.Get(f); got != want {
				t.Errorf("all ones come back as %x", got)
			}
			p.Set(f, Value{})
			if p != (Packet{}) {
				t.Error("zero leaves bits behind")
			}
			if found, _ := Lookup(f.Name); found != f {
				t.Error("not found by name")
			}
			word, shift, bits := f.Place()
			p.SetUint(f, 1)
			if p.Word(word)>>shift&1 != 1 || bits > f.Bits {
				t.Errorf("is not at word %d, bit %d", word, shift)
			}
		})
	}
}

func TestFieldsThatShareStorage(t *testing.T) {
	var p Packet
	p.SetUint(TCPSrc, 0x1234)
	if p.Uint(UDPSrc) != 0x1234 || p.Uint(SCTPSrc) != 0x1234 || p.Uint(ICMPType) != 0x34 {
		t.Error("transport ports and ICMP type are one place")
	}
	p.SetUint(ICMPType, 8)
	if p.Uint(TCPSrc) != 8 {
		t.Errorf("an ICMP type takes the whole place: %#x", p.Uint(TCPSrc))
	}
	p.SetUint(IPv4Src, 5)
	if p.Uint(ARPSPA) != 5 {
		t.Error("ARP's address is IPv4's")
	}
	p.Set(XXReg(1), Value{Hi: 1<<32 | 2, Lo: 3<<32 | 4})
	for i, want := range []uint64{1, 2, 3, 4} {
		if got := p.Uint(Reg(4 + i)); got != want {
			t.Errorf("reg%d is %d, want %d", 4+i, got, want)
		}
	}
	if p.Uint(XReg(3)) != 3<<32|4 {
		t.Error("xreg3 is the low half of xxreg1")
	}
}

func TestHas(t *testing.T) {
	p := func(ethType, proto uint64) Packet {
		var p Packet
		p.SetUint(EthType, ethType)
		p.SetUint(IPProto, proto)
		return p
	}
	nd := p(EthTypeIPv6, ProtoICMPv6)
	nd.SetUint(TPSrc, NDSolicit)
	later := p(EthTypeIPv4, ProtoTCP)
	later.SetUint(IPFrag, 3)
	ct := Packet{}
	ct.SetUint(CTState, CTTracked|CTEstablished)
	inv := Packet{}
	inv.SetUint(CTState, CTTracked|CTInvalid)
	tests := []struct {
		name string
		p    Packet
		f    *Field
		want bool
	}{
		{"any packet has Ethernet", Packet{}, EthSrc, true},
		{"TTL of IPv4", p(EthTypeIPv4, 0), IPTTL, true},
		{"TTL of IPv6", p(EthTypeIPv6, 0), IPTTL, true},
		{"TTL of ARP", p(EthTypeARP, 0), IPTTL, false},
		{"IPv4 address of IPv6", p(EthTypeIPv6, 0), IPv4Src, false},
		{"TCP port of TCP", p(EthTypeIPv6, ProtoTCP), TCPDst, true},
		{"TCP port of UDP", p(EthTypeIPv4, ProtoUDP), TCPDst, false},
		{"TCP port of a later fragment", later, TCPDst, false},
		{"ARP of RARP", p(EthTypeRARP, 0), ARPOp, true},
		{"target of a solicitation", nd, NDTarget, true},
		{"source link of a solicitation", nd, NDSLL, true},
		{"target link of a solicitation", nd, NDTLL, false},
		{"original tuple of a connection", ct, CTTPDst, true},
		{"original tuple of an invalid packet", inv, CTTPDst, false},
	}
	for _, tt := range tests {
		if got := tt.p.Has(tt.f); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
}

func TestClearConntrack(t *testing.T) {
	var p Packet
	for _, f := range []*Field{CTState, CTMark, CTLabel, CTProto, CTIPv4Src, CTIPv4Dst, CTTPSrc, CTTPDst} {
		p.SetUint(f, 1)
	}
	p.SetUint(EthType, EthTypeIPv4)
	p.ClearConntrack()
	var want Packet
	want.SetUint(EthType, EthTypeIPv4)
	if p != want {
		t.Errorf("left: %s", p.Header(HeaderStyle{}))
	}
}

func TestHeader(t *testing.T) {
	set := func(pairs ...any) Packet {
		var p Packet
		for i := 0; i < len(pairs); i += 2 {
			p.Set(pairs[i].(*Field), Uint(uint64(pairs[i+1].(int))))
		}
		return p
	}
	const eth = "dl_src=00:00:00:00:00:00,dl_dst=00:00:00:00:00:00"
	v6 := set(EthType, EthTypeIPv6, IPProto, ProtoICMPv6, TPSrc, NDAdvertise, NDTLL, 5, IPTTL, 255)
	v6.Set(NDTarget, FromAddr(netip.MustParseAddr("fd00::1")))
	tracked := set(EthType, EthTypeIPv4, CTState, CTTracked|CTNew, CTProto, 6, CTIPv4Src, 0x0a000001, CTTPDst, 80)
	tests := []struct {
		name  string
		p     Packet
		style HeaderStyle
		want  string
	}{
		{"nothing", Packet{}, HeaderStyle{}, "vlan_tci=0x0000," + eth + ",dl_type=0x0000"},
		{"registers", set(Reg(0), 1, Reg(14), 0x1f), HeaderStyle{}, "reg0=0x1,reg14=0x1f,vlan_tci=0x0000," + eth + ",dl_type=0x0000"},
		{"context", set(PktMark, 5, CTMark, 6, CTLabel, 7, CTState, CTTracked), HeaderStyle{}, "pkt_mark=0x5,ct_state=trk,ct_mark=0x6,ct_label=0x7,vlan_tci=0x0000," + eth + ",dl_type=0x0000"},
		{"VLAN", set(VLANTCI, 0x3005), HeaderStyle{}, "dl_vlan=5,dl_vlan_pcp=1,vlan_tci1=0x0000," + eth + ",dl_type=0x0000"},
		{"VLAN without its bit", set(VLANTCI, 5), HeaderStyle{}, "vlan_tci=0x0005,vlan_tci1=0x0000," + eth + ",dl_type=0x0000"},
		{"ARP", set(EthType, EthTypeARP, ARPOp, 2, ARPSHA, 1), HeaderStyle{Frag: true}, "arp,vlan_tci=0x0000," + eth + ",arp_spa=0.0.0.0,arp_tpa=0.0.0.0,arp_op=2,arp_sha=00:00:00:00:00:01,arp_tha=00:00:00:00:00:00"},
		{"unknown protocol", set(EthType, EthTypeIPv4, IPProto, 99, IPDSCP, 46, IPECN, 2), HeaderStyle{Frag: true}, "ip,vlan_tci=0x0000," + eth + ",nw_src=0.0.0.0,nw_dst=0.0.0.0,nw_proto=99,nw_tos=184,nw_ecn=2,nw_ttl=0,nw_frag=no"},
		{"TCP", set(EthType, EthTypeIPv4, IPProto, ProtoTCP, TCPFlags, 0x812), HeaderStyle{}, "tcp,vlan_tci=0x0000," + eth + ",nw_src=0.0.0.0,nw_dst=0.0.0.0,nw_tos=0,nw_ecn=0,nw_ttl=0,tp_src=0,tp_dst=0,tcp_flags=syn|ack|[800]"},
		{"later fragment", set(EthType, EthTypeIPv4, IPProto, ProtoUDP, IPFrag, 3), HeaderStyle{Frag: true}, "udp,vlan_tci=0x0000," + eth + ",nw_src=0.0.0.0,nw_dst=0.0.0.0,nw_tos=0,nw_ecn=0,nw_ttl=0,nw_frag=later"},
		{"IGMP", set(EthType, EthTypeIPv4, IPProto, ProtoIGMP, TPSrc, 0x16), HeaderStyle{}, "ip,vlan_tci=0x0000," + eth + ",nw_src=0.0.0.0,nw_dst=0.0.0.0,nw_proto=2,nw_tos=0,nw_ecn=0,nw_ttl=0,tp_src=22,tp_dst=0"},
		{"IGMP of old", set(EthType, EthTypeIPv4, IPProto, ProtoIGMP, TPSrc, 0x16), HeaderStyle{IGMP: true}, "igmp,vlan_tci=0x0000," + eth + ",nw_src=0.0.0.0,nw_dst=0.0.0.0,nw_tos=0,nw_ecn=0,nw_ttl=0,igmp_type=22,igmp_code=0"},
		{"neighbor advertisement", v6, HeaderStyle{}, "icmp6,vlan_tci=0x0000," + eth + ",ipv6_src=::,ipv6_dst=::,ipv6_label=0x00000,nw_tos=0,nw_ecn=0,nw_ttl=255,icmp_type=136,icmp_code=0,nd_target=fd00::1,nd_sll=00:00:00:00:00:00,nd_tll=00:00:00:00:00:05"},
		{"connection", tracked, HeaderStyle{}, "ct_state=new|trk,ct_nw_src=10.0.0.1,ct_nw_dst=0.0.0.0,ct_nw_proto=6,ct_tp_src=0,ct_tp_dst=80,ip,vlan_tci=0x0000," + eth + ",nw_src=0.0.0.0,nw_dst=0.0.0.0,nw_proto=0,nw_tos=0,nw_ecn=0,nw_ttl=0"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.p.Header(tt.style); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestFormat(t *testing.T) {
	tests := []struct{ got, want string }{
		{string(AppendHex(nil, Value{})), "0"},
		{string(AppendHex(nil, Value{Hi: 1, Lo: 0xf})), "0x1000000000000000f"},
		{string(AppendIPv6(nil, FromAddr(netip.MustParseAddr("::1.2.3.4")))), "::1.2.3.4"},
		{string(AppendIPv6(nil, Uint(0xffff))), "::ffff"},
		{string(AppendIPv6(nil, MapIPv4(0x01020304))), "::ffff:1.2.3.4"},
		{string(AppendMapped(nil, MapIPv4(0x01020304))), "1.2.3.4"},
		{string(AppendMAC(nil, 0x0a1b2c3d4e5f)), "0a:1b:2c:3d:4e:5f"},
		{FormatCTState(CTNew | CTTracked | 0x300), "new|trk|0x300"},
		{FormatCTState(0), "0"},
		{IPFrag.Format(Uint(1)), "first"},
		{string(AppendIPv6(nil, LinkLocal(0x0a0000000001))), "fe80::800:ff:fe00:1"},
		{string(AppendIPv6(nil, SolicitedNode(FromAddr(netip.MustParseAddr("fd00::12:3456:789a"))))), "ff02::1:ff56:789a"},
		{string(AppendMAC(nil, MulticastMAC(FromAddr(netip.MustParseAddr("ff02::1:ff56:789a"))))), "33:33:ff:56:78:9a"},
	}
	for _, tt := range tests {
		if tt.got != tt.want {
			t.Errorf("got %s, want %s", tt.got, tt.want)
		}
	}
}

// TestValue compares the arithmetic with that of single bits.
func TestValue(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 2000 {
		v, w := Value{r.Uint64(), r.Uint64()}, Value{r.Uint64(), r.Uint64()}
		n := r.IntN(130)
		for i := range 128 {
			if bit := v.Shl(n).Bit(i); i >= n && bit != v.Bit(i-n) || i < n && bit != 0 {
				t.Fatalf("%x << %d", v, n)
			}
			if bit := v.Shr(n).Bit(i); i+n < 128 && bit != v.Bit(i+n) || i+n >= 128 && bit != 0 {
				t.Fatalf("%x >> %d", v, n)
			}
			if Ones(n).Bit(i) != map[bool]uint64{true: 1}[i < n] {
				t.Fatalf("Ones(%d)", n)
			}
			if v.Xor(w).Bit(i) != v.Bit(i)^w.Bit(i) || v.AndNot(w).Bit(i) != v.Bit(i)&^w.Bit(i) {
				t.Fatal("bitwise")
			}
		}
		if v.Cmp(w) != -w.Cmp(v) || v.Cmp(v) != 0 {
			t.Fatal("Cmp")
		}
		if ofs, k := Range(n%100, 1+n%28).Run(); ofs != n%100 || k != 1+n%28 {
			t.Fatalf("Run of Range(%d, %d): %d, %d", n%100, 1+n%28, ofs, k)
		}
	}
	if _, n := Uint(0b101).Run(); n != 0 {
		t.Error("two runs are none")
	}
	if _, _, ok := Intersect(Uint(1), Uint(3), Uint(2), Uint(2)); ok {
		t.Error("bits disagree")
	}
}
