package packet_test

import (
	"fmt"
	"net/netip"

	"github.com/ovnwalk/ovnwalk/packet"
)

// A packet is a value whose fields are set and read one by one, and its header
// is the line that heads a trace.
func Example() {
	var p packet.Packet
	p.SetUint(packet.Reg(14), 1) // the tunnel key of the logical port
	p.Set(packet.EthSrc, packet.FromMAC([6]byte{0x40, 0x44, 0, 0, 0, 1}))
	p.SetUint(packet.EthType, packet.EthTypeIPv4)
	p.Set(packet.IPv4Src, packet.FromAddr(netip.MustParseAddr("192.168.0.11")))
	p.SetUint(packet.IPProto, packet.ProtoTCP)
	p.SetUint(packet.TCPDst, 443)
	fmt.Println(p.Header(packet.HeaderStyle{Frag: true}))
	// Output: tcp,reg14=0x1,vlan_tci=0x0000,dl_src=40:44:00:00:00:01,dl_dst=00:00:00:00:00:00,nw_src=192.168.0.11,nw_dst=0.0.0.0,nw_tos=0,nw_ecn=0,nw_ttl=0,nw_frag=no,tp_src=0,tp_dst=443,tcp_flags=0
}

// A packet has only the fields of its own kind, which is how a tool knows which
// columns to show.
func ExamplePacket_Has() {
	var p packet.Packet
	p.SetUint(packet.EthType, packet.EthTypeIPv6)
	p.SetUint(packet.IPProto, packet.ProtoUDP)
	for _, f := range []*packet.Field{packet.IPv6Dst, packet.UDPDst, packet.TCPDst, packet.ARPSPA} {
		fmt.Println(f.Name, p.Has(f))
	}
	// Output:
	// ipv6_dst true
	// udp_dst true
	// tcp_dst false
	// arp_spa false
}

// A field is found by its OpenFlow name.  It says which packets have it and how
// its values are written.
func ExampleLookup() {
	f, _ := packet.Lookup("nw_ttl")
	needs := map[packet.Prereq]string{packet.Always: "any packet", packet.NeedIP: "an IP packet"}
	writes := map[packet.Kind]string{packet.KindDecimal: "in decimal", packet.KindHexadecimal: "in hexadecimal"}
	fmt.Printf("%s: %d bits of %s, written %s\n", f.Name, f.Bits, needs[f.Prereq], writes[f.Kind])
	fmt.Printf("%s\n", f.Append([]byte("ttl="), packet.Uint(64)))
	_, ok := packet.Lookup("nw_lifetime")
	fmt.Println(ok)
	// Output:
	// nw_ttl: 8 bits of an IP packet, written in decimal
	// ttl=64
	// false
}

// Only some bits of a field may be changed, as an action on a subfield does.
func ExamplePacket_SetMasked() {
	var p packet.Packet
	p.SetUint(packet.Reg(0), 0xff)
	p.SetMasked(packet.Reg(0), packet.Uint(0x200), packet.Range(8, 4)) // reg0[8..11] = 2
	fmt.Printf("%#x\n", p.Uint(packet.Reg(0)))
	// Output: 0x2ff
}
