package packet_test

import (
	"fmt"
	"net/netip"

	"github.com/ovnwalk/ovnwalk/packet"
)

// A value is as wide as an IPv6 address, so that one type does for all fields.
// Here is the mask of a prefix, put together with an address.
func ExampleValue() {
	addr := packet.FromAddr(netip.MustParseAddr("fd00:1:2:3::4"))
	mask := packet.Ones(64).Shl(64)
	host := addr.AndNot(mask)
	fmt.Println(addr.And(mask).Addr16())
	fmt.Println(host.Or(packet.FromAddr(netip.MustParseAddr("fe80::"))).Addr16())
	fmt.Println(host.Shr(2).Lo, host.Xor(packet.Uint(5)).Lo)
	// Output:
	// fd00:1:2:3::
	// fe80::4
	// 1 1
}

// Addresses are read from text without going through strings of another type,
// and report whether they were any.
func ExampleParseMAC() {
	mac, ok := packet.ParseMAC("40:44:00:00:00:01")
	fmt.Printf("%012x %v\n", mac, ok)
	ip, ok := packet.ParseIPv4("192.168.0.11")
	fmt.Printf("%08x %v\n", ip, ok)
	ip6, ok := packet.ParseIPv6("fd00::1")
	fmt.Printf("%x %x %v\n", ip6.Hi, ip6.Lo, ok)
	_, ok = packet.ParseIPv4("192.168.0.256")
	fmt.Println(ok)
	// Output:
	// 404400000001 true
	// c0a8000b true
	// fd00000000000000 1 true
	// false
}

// The bits of a value may be looked at one by one, counted and inverted.
func ExampleValue_Bit() {
	v := packet.Uint(0b1010_0000)
	fmt.Println("bits needed:", v.Len())
	fmt.Println("bits set:", v.OnesCount())
	fmt.Println("lowest bit set:", v.TrailingZeros())
	fmt.Println("bit 6:", v.Bit(6), "inverted:", v.Flip(6).Bit(6))
	fmt.Println("less than 256:", v.Cmp(packet.Uint(256)) < 0)
	// Output:
	// bits needed: 8
	// bits set: 2
	// lowest bit set: 5
	// bit 6: 0 inverted: 1
	// less than 256: true
}

// Two constraints on one field hold together unless they disagree on a bit that
// both of them fix.
func ExampleIntersect() {
	network := packet.FromAddr(netip.MustParseAddr("10.0.0.0"))
	for _, addr := range []string{"10.0.0.7", "10.0.1.7"} {
		v, m, ok := packet.Intersect(network, packet.Range(8, 24), packet.FromAddr(netip.MustParseAddr(addr)), packet.Ones(32))
		fmt.Println(v.Addr4(), m.OnesCount(), ok)
	}
	// Output:
	// 10.0.0.7 32 true
	// 0.0.0.0 0 false
}
