package connect

import (
	"testing"

	"github.com/ovnwalk/ovnwalk/packet"
)

// TestReplyTo makes the packets that answer others.
func TestReplyTo(t *testing.T) {
	set := func(values ...any) (p packet.Packet) {
		for i := 0; i < len(values); i += 2 {
			p.SetUint(values[i].(*packet.Field), uint64(values[i+1].(int)))
		}
		return p
	}
	eth := []any{packet.EthSrc, 1, packet.EthDst, 2}
	back := []any{packet.EthSrc, 2, packet.EthDst, 1}
	with := func(base []any, more ...any) packet.Packet { return set(append(append([]any{}, base...), more...)...) }
	tests := []struct {
		name    string
		p, want packet.Packet
		err     string
	}{
		{
			"TCP",
			with(eth, packet.EthType, 0x800, packet.IPv4Src, 3, packet.IPv4Dst, 4, packet.IPProto, 6, packet.TPSrc, 5, packet.TPDst, 6, packet.IPTTL, 9),
			with(back, packet.EthType, 0x800, packet.IPv4Src, 4, packet.IPv4Dst, 3, packet.IPProto, 6, packet.TPSrc, 6, packet.TPDst, 5, packet.IPTTL, 64, packet.TCPFlags, 0x10), "",
		},
		{
			"TCP that opens",
			with(eth, packet.EthType, 0x800, packet.IPProto, 6, packet.TCPFlags, 0x02, packet.IPDSCP, 46, packet.IPECN, 3),
			with(back, packet.EthType, 0x800, packet.IPProto, 6, packet.TCPFlags, 0x12, packet.IPTTL, 64), "",
		},
		{
			"UDP over IPv6",
			with(eth, packet.EthType, 0x86dd, packet.IPv6Src, 3, packet.IPv6Dst, 4, packet.IPProto, 17, packet.TPSrc, 5, packet.TPDst, 6),
			with(back, packet.EthType, 0x86dd, packet.IPv6Src, 4, packet.IPv6Dst, 3, packet.IPProto, 17, packet.TPSrc, 6, packet.TPDst, 5, packet.IPTTL, 64), "",
		},
		{
			"SCTP",
			with(eth, packet.EthType, 0x800, packet.IPProto, 132, packet.TPSrc, 5),
			with(back, packet.EthType, 0x800, packet.IPProto, 132, packet.TPDst, 5, packet.IPTTL, 64), "",
		},
		{
			"another protocol",
			with(eth, packet.EthType, 0x800, packet.IPv4Src, 3, packet.IPProto, 47),
			with(back, packet.EthType, 0x800, packet.IPv4Dst, 3, packet.IPProto, 47, packet.IPTTL, 64), "",
		},
		{
			"ping",
			with(eth, packet.EthType, 0x800, packet.IPProto, 1, packet.TPSrc, 8),
			with(back, packet.EthType, 0x800, packet.IPProto, 1, packet.TPSrc, 0, packet.IPTTL, 64), "",
		},
		{
			"IPv6 ping",
			with(eth, packet.EthType, 0x86dd, packet.IPProto, 58, packet.TPSrc, 128),
			with(back, packet.EthType, 0x86dd, packet.IPProto, 58, packet.TPSrc, 129, packet.IPTTL, 64), "",
		},
		{
			"ARP",
			with(eth, packet.EthType, 0x806, packet.ARPOp, 1, packet.ARPSPA, 3, packet.ARPTPA, 4, packet.ARPSHA, 1),
			with(back, packet.EthType, 0x806, packet.ARPOp, 2, packet.ARPSPA, 4, packet.ARPTPA, 3, packet.ARPTHA, 1), "",
		},
		{
			"what the network noted goes",
			with(eth, packet.EthType, 0x800, packet.Reg(0), 7, packet.Outport, 2, packet.PktMark, 1, packet.CTState, 0x22, packet.CTMark, 3, packet.VLANTCI, 0x1005),
			with(back, packet.EthType, 0x800, packet.IPTTL, 64, packet.VLANTCI, 0x1005), "",
		},
		{"ARP reply", with(eth, packet.EthType, 0x806, packet.ARPOp, 2), packet.Packet{}, "of ARP packets, only requests have replies"},
		{"ICMP error", with(eth, packet.EthType, 0x800, packet.IPProto, 1, packet.TPSrc, 3), packet.Packet{}, "of ICMP packets, only echo requests have replies"},
		{"neighbor discovery", with(eth, packet.EthType, 0x86dd, packet.IPProto, 58, packet.TPSrc, 135), packet.Packet{}, "of ICMP packets, only echo requests have replies"},
		{"neither IP nor ARP", with(eth, packet.EthType, 0x88cc), packet.Packet{}, "the reply to a packet that is neither IP nor ARP is unknown"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := ReplyTo(&tt.p)
			if tt.err != "" {
				if err == nil || err.Error() != tt.err {
					t.Errorf("got %v, want %s", err, tt.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got != tt.want {
				t.Errorf("got  %s\nwant %s", got.Header(packet.HeaderStyle{}), tt.want.Header(packet.HeaderStyle{}))
			}
		})
	}
}
