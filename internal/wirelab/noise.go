package wirelab

import (
	"bytes"
	"encoding/binary"
)

// monitored is the Ethernet address to which Open vSwitch sends BFD packets in
// tunnels (lib/bfd.c).
var monitored = []byte{0x00, 0x23, 0x20, 0x00, 0x00, 0x01}

// genevePort is the UDP port of Geneve (RFC 8926).
const genevePort = 6081

// ICMPv6 types that routers and snooping switches send on their own.
const multicastQuery, routerAdvertisement, multicastReport = 130, 134, 143

// noise reports whether ovn-controller sent a frame on its own: an announcement (gratuitous
// or reverse ARP), a multicast query or a router advertisement.
func noise(b []byte) bool {
	f := decode(b)
	switch {
	case f.ethType == typeRARP:
		return true
	case f.ethType == typeARP:
		return f.ipSrc == f.ipDst
	case f.ethType == typeIPv4:
		return f.proto == protoIGMP
	case f.ethType == typeIPv6 && f.proto == protoICMP6:
		return f.icmpType == routerAdvertisement || f.icmpType == multicastQuery || f.icmpType == multicastReport
	}
	// Multicast listener queries have a hop-by-hop header.
	return f.ethType == typeIPv6 && f.proto == 0
}

// monitors reports whether a frame between chassis only monitors the tunnel.
func monitors(b []byte) bool {
	const tunnel = 14 + 20 + 8 // after Ethernet, IPv4 and UDP headers
	if len(b) < tunnel+8 || binary.BigEndian.Uint16(b[12:]) != typeIPv4 {
		return true // ARP of the tunnels' own network, for example
	}
	inner := tunnel + 8
	if binary.BigEndian.Uint16(b[tunnel-6:]) == genevePort {
		inner += int(b[tunnel]&0x3f) * 4 // its options; VXLAN has none
	}
	return len(b) >= inner+6 && bytes.Equal(b[inner:inner+6], monitored) || announces(b, inner)
}

// announces reports whether a tunnel carries noise.
func announces(b []byte, inner int) bool { return len(b) > inner+14 && noise(b[inner:]) }
