package conntrack

import (
	"testing"

	"github.com/ovnwalk/ovnwalk/packet"
)

// TestOpens has packets that open connections or not, as valid_new of lib/conntrack-tcp.c and lib/conntrack-icmp.c of Open
// vSwitch decides it.
func TestOpens(t *testing.T) {
	for _, tt := range []struct {
		name             string
		ethType, proto   uint64
		typeOrPort, flag uint64
		want             bool
	}{
		{"UDP", packet.EthTypeIPv4, packet.ProtoUDP, 53, 0, true},
		{"UDP over IPv6", packet.EthTypeIPv6, packet.ProtoUDP, 53, 0, true},
		{"a TCP packet of an open connection", packet.EthTypeIPv6, packet.ProtoTCP, 80, ackFlag, true},
		{"SYN and ACK", packet.EthTypeIPv6, packet.ProtoTCP, 80, synFlag | ackFlag, false},
		{"SYN and FIN", packet.EthTypeIPv4, packet.ProtoTCP, 80, synFlag | finFlag, false},
		{"an echo request", packet.EthTypeIPv4, packet.ProtoICMP, 8, 0, true},
		{"an echo reply", packet.EthTypeIPv4, packet.ProtoICMP, 0, 0, false},
		{"ICMPv6's type of IPv4", packet.EthTypeIPv4, packet.ProtoICMP, 128, 0, false},
		{"an echo request over IPv6", packet.EthTypeIPv6, packet.ProtoICMPv6, 128, 0, true},
		{"an echo reply over IPv6", packet.EthTypeIPv6, packet.ProtoICMPv6, 129, 0, false},
		{"an error over IPv6", packet.EthTypeIPv6, packet.ProtoICMPv6, 1, 0, false},
		{"a router solicitation", packet.EthTypeIPv6, packet.ProtoICMPv6, 133, 0, false},
		{"ICMP's type over IPv6", packet.EthTypeIPv6, packet.ProtoICMPv6, 8, 0, false},
		{"ARP", packet.EthTypeARP, 1, 0, 0, false},
	} {
		var p packet.Packet
		p.SetUint(packet.EthType, tt.ethType)
		p.SetUint(packet.IPProto, tt.proto)
		p.SetUint(packet.TPSrc, tt.typeOrPort)
		p.SetUint(packet.TCPFlags, tt.flag)
		if got := Opens(&p); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}
