package packet_test

import (
	"fmt"
	"net/netip"

	"github.com/ovnwalk/ovnwalk/packet"
)

// A packet is a value whose fields are set and read one by one.  Its header is the first line of a
// trace.
func Example() {
	var p packet.Packet
	p.SetUint(packet.Reg(14), 1) // the tunnel key of the logical port
	p.Set(packet.EthSrc, packet.FromMAC([6]byte{0x40, 0x44, 0, 0, 0, 1}))
	p.SetUint(packet.EthType, packet.EthTypeIPv4)
	p.Set(packet.IPv4Src, packet.FromAddr(netip.MustParseAddr("192.168.0.11")))
	p.SetUint(packet.IPProto, packet.ProtoTCP)
	p.SetUint(packet.TCPDst, 443)
	p.SetMasked(packet.Reg(0), packet.Uint(0x200), packet.Range(8, 4)) // reg0[8..11] = 2
	fmt.Println(p.Header(packet.HeaderStyle{Frag: true}))
	// Output: tcp,reg0=0x200,reg14=0x1,vlan_tci=0x0000,dl_src=40:44:00:00:00:01,dl_dst=00:00:00:00:00:00,nw_src=192.168.0.11,nw_dst=0.0.0.0,nw_tos=0,nw_ecn=0,nw_ttl=0,nw_frag=no,tp_src=0,tp_dst=443,tcp_flags=0
}

// Lookup finds a field by its OpenFlow name.  Has reports whether a packet's protocols have it.
func ExampleLookup() {
	var p packet.Packet
	p.SetUint(packet.EthType, packet.EthTypeIPv6)
	p.SetUint(packet.IPProto, packet.ProtoUDP)
	for _, name := range []string{"ipv6_dst", "nw_ttl", "tcp_dst", "nw_lifetime"} {
		f, ok := packet.Lookup(name)
		if !ok {
			fmt.Println(name, "is unknown")
			continue
		}
		fmt.Println(name, f.Bits, "bits", p.Has(f))
	}
	// Output:
	// ipv6_dst 128 bits true
	// nw_ttl 8 bits true
	// tcp_dst 16 bits false
	// nw_lifetime is unknown
}

// A value is as wide as an IPv6 address, the widest field.  Here the mask of a prefix separates
// network and host.
func ExampleValue() {
	addr := packet.FromAddr(netip.MustParseAddr("fd00:1:2:3::4"))
	mask := packet.Ones(64).Shl(64)
	fmt.Println(addr.And(mask).Addr16(), addr.AndNot(mask).Addr16())
	// Output: fd00:1:2:3:: ::4
}
