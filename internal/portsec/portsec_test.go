package portsec

import (
	"testing"

	"github.com/ovnwalk/ovnwalk/packet"
)

// TestChassis checks port security as flows of ovn-controller (controller/lflow.c,
// consider_port_sec_flows) have it.
func TestChassis(t *testing.T) {
	const own, other = 0x0a0000000001, 0x0a0000000002
	ipv4 := func(mac, src, dst uint64) (p packet.Packet) {
		p.SetUint(packet.EthType, packet.EthTypeIPv4)
		p.SetUint(packet.EthSrc, mac)
		p.SetUint(packet.EthDst, mac)
		p.SetUint(packet.IPv4Src, src)
		p.SetUint(packet.IPv4Dst, dst)
		return p
	}
	arp := func(sha, spa uint64) (p packet.Packet) {
		p.SetUint(packet.EthType, packet.EthTypeARP)
		p.SetUint(packet.EthSrc, own)
		p.SetUint(packet.ARPSHA, sha)
		p.SetUint(packet.ARPSPA, spa)
		return p
	}
	const net, inNet, host, broadcast = 0x0a000000, 0x0a00000e, 0x0a000005, 0x0a0000ff
	tests := []struct {
		name            string
		entries         []string
		packet          packet.Packet
		sends, receives bool
	}{
		{"none", nil, ipv4(other, host, host), true, true},
		{"no Ethernet address", []string{"10.0.0.5"}, ipv4(other, host, host), true, true},
		{"another Ethernet address", []string{"0a:00:00:00:00:01"}, ipv4(other, host, host), false, false},
		{"Ethernet address alone", []string{"0a:00:00:00:00:01"}, ipv4(own, host, host), true, true},
		{"prefix without host part", []string{"0a:00:00:00:00:01 10.0.0.0/28"}, ipv4(own, inNet, inNet), true, true},
		{"outside of the prefix", []string{"0a:00:00:00:00:01 10.0.0.0/28"}, ipv4(own, 0x0a000010, 0x0a000010), false, false},
		{"prefix with host part", []string{"0a:00:00:00:00:01 10.0.0.5/24"}, ipv4(own, inNet, inNet), false, false},
		{"its broadcast address", []string{"0a:00:00:00:00:01 10.0.0.5/24"}, ipv4(own, broadcast, broadcast), false, true},
		{"its address", []string{"0a:00:00:00:00:01 10.0.0.5/24"}, ipv4(own, host, host), true, true},
		{"every address", []string{"0a:00:00:00:00:01 0.0.0.0/0"}, ipv4(own, net, host), true, true},
		{"second entry", []string{"0a:00:00:00:00:01 10.0.0.9", "0a:00:00:00:00:01 10.0.0.5"}, ipv4(own, host, host), true, true},
		{"IPv6 alone", []string{"0a:00:00:00:00:01 fd00::5"}, ipv4(own, host, host), false, false},
		{"multicast", []string{"0a:00:00:00:00:01 10.0.0.5"}, ipv4(own, host, 0xe0000001), true, true},
		{"ARP", []string{"0a:00:00:00:00:01 10.0.0.0/28"}, arp(own, inNet), true, false},
		{"ARP of another", []string{"0a:00:00:00:00:01 10.0.0.0/28"}, arp(other, inNet), false, false},
		{"ARP with IPv6 alone", []string{"0a:00:00:00:00:01 fd00::5"}, arp(own, host), false, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for _, secured := range []bool{false, true} {
				if got := !Refuses(chassis(test.entries, secured, true), &test.packet); got != test.sends {
					t.Errorf("sends: %t", got)
				}
				if got := !Refuses(chassis(test.entries, secured, false), &test.packet); got != test.receives {
					t.Errorf("receives: %t", got)
				}
			}
		})
	}
}

// TestSolicits checks neighbor discovery, and the entries of virtual routers, before and since
// releases secure solicitations (build_in_port_sec_nd_flows, build_port_sec_entry_vrrp_flows).
func TestSolicits(t *testing.T) {
	const own, other, virtual = 0x0a0000000001, 0x0a0000000002, 0x00005e000105
	nd := func(typ, src, mac uint64) (p packet.Packet) {
		p.SetUint(packet.EthType, packet.EthTypeIPv6)
		p.SetUint(packet.EthSrc, src)
		p.Set(packet.IPv6Src, packet.Value{Hi: 0xfd00 << 48, Lo: 1})
		p.SetUint(packet.IPProto, packet.ProtoICMPv6)
		p.SetUint(packet.IPTTL, 255)
		p.SetUint(packet.TPSrc, typ)
		p.Set(packet.NDTarget, packet.Value{Hi: 0xfd00 << 48, Lo: 1})
		p.SetUint(packet.NDSLL, mac)
		p.SetUint(packet.NDTLL, mac)
		return p
	}
	ipv4 := func(src, dst uint64) (p packet.Packet) {
		p.SetUint(packet.EthType, packet.EthTypeIPv4)
		p.SetUint(packet.EthSrc, src)
		p.SetUint(packet.EthDst, dst)
		p.SetUint(packet.IPv4Src, 0x0a000001)
		p.SetUint(packet.IPv4Dst, 0x0a000001)
		return p
	}
	short := nd(packet.NDAdvertise, own, other)
	short.SetUint(packet.IPTTL, 64)
	const both = "0a:00:00:00:00:01 10.0.0.1 fd00::1"
	tests := []struct {
		name            string
		entries         []string
		packet          packet.Packet
		sends           bool
		before, secured bool
	}{
		{"solicitation", []string{both}, nd(packet.NDSolicit, own, own), true, true, true},
		{"solicitation without a link", []string{both}, nd(packet.NDSolicit, own, 0), true, true, true},
		{"solicitation of another link", []string{both}, nd(packet.NDSolicit, own, other), true, true, false},
		{"advertisement", []string{both}, nd(packet.NDAdvertise, own, own), true, true, true},
		{"advertisement of another link", []string{both}, nd(packet.NDAdvertise, own, other), true, false, false},
		{"no advertisement, by its hop limit", []string{both}, short, true, true, true},
		{"advertisement by another entry", []string{both, "0a:00:00:00:00:02"}, nd(packet.NDAdvertise, own, other), true, true, false},
		{"invalid part", []string{both + " x"}, ipv4(other, other), true, false, true},
		{"virtual router", []string{"VRRPv3 " + both}, ipv4(virtual, 0), true, true, true},
		{"virtual router's own address", []string{"VRRPv3 " + both}, ipv4(own, 0), true, true, false},
		{"one virtual router", []string{"VRRPv3 0a:00:00:00:00:01 00:00:5e:00:01:05 10.0.0.1"}, ipv4(virtual, 0), true, true, true},
		{"another virtual router", []string{"VRRPv3 0a:00:00:00:00:01 00:00:5e:00:01:06 10.0.0.1"}, ipv4(virtual, 0), true, true, false},
		{"packets to a virtual router", []string{"VRRPv3 0a:00:00:00:00:01 00:00:5e:00:01:00/40 10.0.0.1"}, ipv4(0, virtual), false, true, true},
		{"packets to an address that is none", []string{"VRRPv3 0a:00:00:00:00:01 00:00:5e:00:01:00 10.0.0.1"}, ipv4(0, other), false, true, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for secured, want := range map[bool]bool{false: test.before, true: test.secured} {
				if got := !Refuses(chassis(test.entries, secured, test.sends), &test.packet); got != want {
					t.Errorf("secured %t: allowed: %t", secured, got)
				}
			}
		})
	}
}
