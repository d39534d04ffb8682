package cluster

import (
	"testing"

	"github.com/ovnwalk/ovnwalk/packet"
)

// TestSecurity checks port security as flows of ovn-controller (controller/lflow.c,
// consider_port_sec_flows) have it.
func TestSecurity(t *testing.T) {
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
			s := securityOf(test.entries)
			if got := s.Sends(&test.packet); got != test.sends {
				t.Errorf("sends: %t", got)
			}
			if got := s.Receives(&test.packet); got != test.receives {
				t.Errorf("receives: %t", got)
			}
		})
	}
}
