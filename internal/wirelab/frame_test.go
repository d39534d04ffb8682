package wirelab

import (
	"net/netip"
	"reflect"
	"testing"
)

// TestChecksum is the example of RFC 1071, section 3.
func TestChecksum(t *testing.T) {
	if got, want := checksum([]byte{0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7}), ^uint16(0xddf2); got != want {
		t.Errorf("got %#x, want %#x", got, want)
	}
}

// TestFrameRoundTrip also checks the checksums: the sum over a packet with its checksum is zero.
func TestFrameRoundTrip(t *testing.T) {
	v4 := frame{
		src: "50:54:00:00:00:0b", dst: "50:54:00:00:00:0c", ethType: typeIPv4, ttl: 64,
		ipSrc: netip.MustParseAddr("10.0.0.1"), ipDst: netip.MustParseAddr("10.0.0.2"), payload: []byte("ovnwalk"),
	}
	v6 := v4
	v6.ethType, v6.ipSrc, v6.ipDst = typeIPv6, netip.MustParseAddr("fd00::1"), netip.MustParseAddr("fd00::2")
	for _, base := range []frame{v4, v6} {
		for _, vlan := range []int{0, 100} {
			tcp, udp, echo := base, base, base
			tcp.proto, tcp.srcPort, tcp.dstPort, tcp.flags, tcp.seq, tcp.ack = protoTCP, 20000, 443, flagACK, 1, 2
			udp.proto, udp.srcPort, udp.dstPort = protoUDP, 20000, 53
			echo.proto, echo.icmpType, echo.icmpID = protoICMP, echoRequest, 7
			if base.ipSrc.Is6() {
				echo.proto, echo.icmpType = protoICMP6, echoRequest6
			}
			for _, f := range []frame{tcp, udp, echo} {
				f.vlan = vlan
				data := f.encode()
				if got := decode(data); !reflect.DeepEqual(got, f) {
					t.Errorf("%+v becomes %+v", f, got)
				}
				segment := f.segment()
				at := len(data) - len(segment)
				covered := data[at:]
				if f.proto != protoICMP {
					pseudo := append(f.ipSrc.AsSlice(), f.ipDst.AsSlice()...)
					pseudo = append(pseudo, 0, 0, 0, byte(len(segment)), 0, 0, 0, byte(f.proto))
					covered = append(pseudo, covered...)
				}
				if sum := checksum(covered); sum != 0 {
					t.Errorf("protocol %d, IPv6 %t: the checksum leaves %#x", f.proto, f.ipSrc.Is6(), sum)
				}
				if f.ipSrc.Is4() {
					if sum := checksum(data[at-20 : at]); sum != 0 {
						t.Errorf("the checksum of the IPv4 header leaves %#x", sum)
					}
				}
			}
		}
	}
}

func TestNoise(t *testing.T) {
	data := func(f frame) []byte { return f.encode() }
	advertisement := frame{
		ethType: typeIPv6, proto: protoICMP6, icmpType: routerAdvertisement, src: "00:00:00:00:00:01", dst: "33:33:00:00:00:01",
		ipSrc: netip.MustParseAddr("fe80::1"), ipDst: netip.MustParseAddr("ff02::1"),
	}
	echo := advertisement
	echo.icmpType = echoRequest6
	if !noise(gratuitousARP("50:54:00:00:00:0b", netip.MustParseAddr("10.0.0.1"))) {
		t.Error("a gratuitous ARP request is no noise")
	}
	if !noise(data(advertisement)) {
		t.Error("a router advertisement is no noise")
	}
	if noise(data(echo)) {
		t.Error("an echo request is noise")
	}
}
