package wirelab

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"net"
	"net/netip"
)

// Ethernet types and IP protocols.
const (
	typeIPv4, typeARP, typeRARP, typeIPv6                = 0x0800, 0x0806, 0x8035, 0x86dd
	typeVLAN, typeServiceVLAN                            = 0x8100, 0x88a8 // of 802.1Q and 802.1ad
	protoICMP, protoIGMP, protoTCP, protoUDP, protoICMP6 = 1, 2, 6, 17, 58
	protoSCTP                                            = 132
	echoRequest, echoReply, echoRequest6, echoReply6     = 8, 0, 128, 129
	neighborSolicit, neighborAdvertise                   = 135, 136
	flagSYN, flagACK                                     = 0x02, 0x10
	sctpInitAck, sctpTag                                 = 2, 7
)

// A frame is an Ethernet frame, as far as connections need it. Addresses of other families
// are zero.
type frame struct {
	src, dst string // Ethernet addresses
	vlan     int    // 0 for none
	ethType  int

	arpOp    int // of ARP, whose addresses follow
	sha, tha string

	ipSrc, ipDst netip.Addr // of ARP too
	ttl, proto   int

	srcPort, dstPort int
	flags            int
	seq, ack         uint32

	icmpType, icmpCode, icmpID int

	// Of a neighbor solicitation or advertisement.
	target   netip.Addr
	sll, tll string // the source and target link-layer addresses, "" for none

	payload []byte
}

func macText(b []byte) string { return net.HardwareAddr(b).String() }

// isTagged reports whether the Ethernet header of a frame is followed by a VLAN tag.
func isTagged(b []byte) bool {
	t := binary.BigEndian.Uint16(b[12:])
	return t == typeVLAN || t == typeServiceVLAN
}

// vlanOf returns the VLAN ID of a frame, 0 if it has no tag.
func vlanOf(b []byte) int {
	if len(b) < 16 || !isTagged(b) {
		return 0
	}
	return int(binary.BigEndian.Uint16(b[14:]) & 0xfff)
}

// decode reads the headers of a frame. It omits headers that are truncated.
func decode(b []byte) frame {
	f := frame{}
	if len(b) < 14 {
		return f
	}
	f.dst, f.src = macText(b[:6]), macText(b[6:12])
	f.vlan = vlanOf(b)
	at := 12
	if isTagged(b) && len(b) >= 18 {
		at = 16
	}
	f.ethType = int(binary.BigEndian.Uint16(b[at:]))
	b = b[at+2:]
	switch {
	case f.ethType == typeARP && len(b) >= 28:
		f.arpOp = int(binary.BigEndian.Uint16(b[6:]))
		f.sha, f.tha = macText(b[8:14]), macText(b[18:24])
		f.ipSrc, f.ipDst = address(b[14:18]), address(b[24:28])
	case f.ethType == typeIPv4 && len(b) >= 20:
		f.ttl, f.proto = int(b[8]), int(b[9])
		f.ipSrc, f.ipDst = address(b[12:16]), address(b[16:20])
		length := min(max(int(binary.BigEndian.Uint16(b[2:])), 20), len(b))
		f.transport(b[min(int(b[0]&15)*4, length):length])
	case f.ethType == typeIPv6 && len(b) >= 40:
		f.ttl, f.proto = int(b[7]), int(b[6])
		f.ipSrc, f.ipDst = address(b[8:24]), address(b[24:40])
		f.transport(b[40:min(40+int(binary.BigEndian.Uint16(b[4:])), len(b))])
	}
	return f
}

func address(b []byte) netip.Addr {
	a, _ := netip.AddrFromSlice(b)
	return a
}

func (f *frame) transport(b []byte) {
	switch {
	case f.proto == protoTCP && len(b) >= 20:
		f.flags = int(binary.BigEndian.Uint16(b[12:]) & 0xfff)
		f.seq, f.ack = binary.BigEndian.Uint32(b[4:]), binary.BigEndian.Uint32(b[8:])
		f.payload = b[min(int(b[12]>>4)*4, len(b)):]
	case f.proto == protoUDP && len(b) >= 8:
		f.payload = b[8:]
	case f.proto == protoSCTP && len(b) >= 12:
		f.payload = b[12:]
	case (f.proto == protoICMP || f.proto == protoICMP6) && len(b) >= 8:
		f.icmpType, f.icmpCode, f.icmpID = int(b[0]), int(b[1]), int(binary.BigEndian.Uint16(b[4:]))
		f.payload = b[8:]
		if f.proto == protoICMP6 && (f.icmpType == neighborSolicit || f.icmpType == neighborAdvertise) && len(b) >= 24 {
			f.target = address(b[8:24])
			f.linkLayer(b[24:])
		}
		return
	default:
		return
	}
	f.srcPort, f.dstPort = int(binary.BigEndian.Uint16(b)), int(binary.BigEndian.Uint16(b[2:]))
}

// linkLayer reads the options of a message of neighbor discovery.
func (f *frame) linkLayer(b []byte) {
	for ; len(b) >= 8 && b[1] > 0; b = b[min(int(b[1])*8, len(b)):] {
		switch b[0] {
		case 1:
			f.sll = macText(b[2:8])
		case 2:
			f.tll = macText(b[2:8])
		}
	}
}

// encode returns the bytes of a packet, with its checksums.
func (f *frame) encode() []byte {
	if f.ethType == typeARP {
		return f.arp()
	}
	segment := f.segment()
	pseudo := append(f.ipSrc.AsSlice(), f.ipDst.AsSlice()...)
	pseudo = binary.BigEndian.AppendUint32(pseudo, uint32(len(segment)))
	pseudo = append(pseudo, 0, 0, 0, byte(f.proto))
	switch f.proto {
	case protoICMP:
		binary.BigEndian.PutUint16(segment[2:], checksum(segment))
	case protoICMP6:
		binary.BigEndian.PutUint16(segment[2:], checksum(append(pseudo, segment...)))
	case protoTCP:
		binary.BigEndian.PutUint16(segment[16:], checksum(append(pseudo, segment...)))
	case protoUDP:
		binary.BigEndian.PutUint16(segment[6:], checksum(append(pseudo, segment...)))
	case protoSCTP:
		binary.LittleEndian.PutUint32(segment[8:], crc32.Checksum(segment, crc32.MakeTable(crc32.Castagnoli)))
	}
	var header []byte
	if f.ipSrc.Is6() {
		header = binary.BigEndian.AppendUint32(nil, 6<<28)
		header = binary.BigEndian.AppendUint16(header, uint16(len(segment)))
		header = append(header, byte(f.proto), byte(f.ttl))
		header = append(append(header, f.ipSrc.AsSlice()...), f.ipDst.AsSlice()...)
	} else {
		header = []byte{0x45, 0}
		header = binary.BigEndian.AppendUint16(header, uint16(20+len(segment)))
		header = append(header, 0, 1, 0, 0, byte(f.ttl), byte(f.proto), 0, 0)
		header = append(append(header, f.ipSrc.AsSlice()...), f.ipDst.AsSlice()...)
		binary.BigEndian.PutUint16(header[10:], checksum(header))
	}
	return append(f.ethernet(), append(header, segment...)...)
}

// gratuitousARP returns the request by which a host announces its address.
func gratuitousARP(mac string, ip netip.Addr) []byte {
	f := frame{src: mac, dst: "ff:ff:ff:ff:ff:ff", ethType: typeARP, arpOp: 1, sha: mac, tha: noMAC, ipSrc: ip, ipDst: ip}
	return f.arp()
}

// arp returns the bytes of an ARP packet.
func (f *frame) arp() []byte {
	b := append(f.ethernet(), 0, 1, 8, 0, 6, 4, 0, byte(f.arpOp))
	b = append(append(b, macBytes(f.sha)...), f.ipSrc.AsSlice()...)
	return append(append(b, macBytes(f.tha)...), f.ipDst.AsSlice()...)
}

// macBytes returns the bytes of an Ethernet address of a network's description.
func macBytes(text string) []byte {
	mac, err := net.ParseMAC(text)
	if err != nil {
		panic(err) // a fault of the generator
	}
	return mac
}

func (f *frame) ethernet() []byte {
	b := append(macBytes(f.dst), macBytes(f.src)...)
	if f.vlan != 0 {
		b = binary.BigEndian.AppendUint16(b, typeVLAN)
		b = binary.BigEndian.AppendUint16(b, uint16(f.vlan))
	}
	return binary.BigEndian.AppendUint16(b, uint16(f.ethType))
}

// segment returns the transport header, with checksum 0, and the payload.
func (f *frame) segment() []byte {
	if f.proto == protoICMP || f.proto == protoICMP6 {
		b := []byte{byte(f.icmpType), byte(f.icmpCode), 0, 0}
		b = binary.BigEndian.AppendUint16(b, uint16(f.icmpID))
		return append(append(b, 0, 0), f.payload...)
	}
	if f.proto == protoIGMP {
		return f.payload
	}
	b := binary.BigEndian.AppendUint16(nil, uint16(f.srcPort))
	b = binary.BigEndian.AppendUint16(b, uint16(f.dstPort))
	if f.proto == protoUDP {
		b = binary.BigEndian.AppendUint16(b, uint16(8+len(f.payload)))
		return append(append(b, 0, 0), f.payload...)
	}
	if f.proto == protoSCTP { // the verification tag and the checksum follow the ports
		b = binary.BigEndian.AppendUint32(b, f.ack)
		return append(append(b, 0, 0, 0, 0), f.payload...)
	}
	b = binary.BigEndian.AppendUint32(b, f.seq)
	b = binary.BigEndian.AppendUint32(b, f.ack)
	b = binary.BigEndian.AppendUint16(b, uint16(5<<12|f.flags))
	b = binary.BigEndian.AppendUint16(b, 8192)
	return append(append(b, 0, 0, 0, 0), f.payload...)
}

// checksum returns the one's complement sum of RFC 1071.
func checksum(b []byte) uint16 {
	var sum uint32
	for i := 0; i < len(b); i += 2 {
		sum += uint32(b[i]) << 8
		if i+1 < len(b) {
			sum += uint32(b[i+1])
		}
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}

// noMAC is the Ethernet address of nobody.
const noMAC = "00:00:00:00:00:00"

// Fields are the fields of a frame, by their names in traces.
type Fields map[string]any

func (f *frame) fields() Fields {
	m := Fields{"eth.src": f.src, "eth.dst": f.dst}
	if f.vlan != 0 {
		m["vlan.vid"] = f.vlan
	}
	family := ""
	switch f.ethType {
	case typeARP:
		m["arp.op"], m["arp.sha"], m["arp.tha"] = f.arpOp, f.sha, f.tha
		m["arp.spa"], m["arp.tpa"] = f.ipSrc.String(), f.ipDst.String()
	case typeIPv4:
		family = "ip4"
	case typeIPv6:
		family = "ip6"
	}
	if family == "" {
		return m
	}
	m[family+".src"], m[family+".dst"] = f.ipSrc.String(), f.ipDst.String()
	m["ip.ttl"], m["ip.proto"] = f.ttl, f.proto
	switch {
	case f.proto == protoICMP && family == "ip4", f.proto == protoICMP6 && family == "ip6":
		icmp := fmt.Sprintf("icmp%c", family[2])
		m[icmp+".type"], m[icmp+".code"] = f.icmpType, f.icmpCode
		if f.target.IsValid() {
			m["nd.target"] = f.target.String()
			m["nd.sll"], m["nd.tll"] = cmp.Or(f.sll, noMAC), cmp.Or(f.tll, noMAC)
		}
	case f.proto == protoTCP:
		m["tcp.src"], m["tcp.dst"], m["tcp.flags"] = f.srcPort, f.dstPort, f.flags
	case f.proto == protoUDP:
		m["udp.src"], m["udp.dst"] = f.srcPort, f.dstPort
	case f.proto == protoSCTP:
		m["sctp.src"], m["sctp.dst"] = f.srcPort, f.dstPort
	}
	return m
}
