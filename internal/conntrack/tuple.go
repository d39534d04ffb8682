// Package conntrack implements a connection table like that of Open vSwitch's datapath: zones,
// entries with both tuples, conntrack states, address translation in both directions, marks and
// labels.  It does not depend on logical networks.
package conntrack

import (
	"fmt"

	"github.com/ovnwalk/ovnwalk/packet"
)

// Endpoint is one side of a tuple: an address and a transport port.  For ICMP queries, the port is
// the identifier, and each side has the type that it sends.
type Endpoint struct {
	Addr packet.Value
	Port uint16
	Type uint8 // for ICMP
}

// Tuple identifies the packets of one direction of a connection.
type Tuple struct {
	Zone     uint16
	IPv6     bool
	Proto    uint8
	Src, Dst Endpoint
}

// Reverse returns the tuple of the other direction.
func (t Tuple) Reverse() Tuple {
	t.Src, t.Dst = t.Dst, t.Src
	return t
}

// String returns the tuple in a readable form.
func (t Tuple) String() string {
	return fmt.Sprintf("zone=%d proto=%d %s -> %s", t.Zone, t.Proto, t.Src.text(t.IPv6), t.Dst.text(t.IPv6))
}

func (e Endpoint) text(v6 bool) string {
	if v6 {
		return fmt.Sprintf("[%s]:%d", packet.AppendIPv6(nil, e.Addr), e.Port)
	}
	return fmt.Sprintf("%s:%d", packet.AppendIPv4(nil, e.Addr.Lo), e.Port)
}

// ICMP and ICMPv6 types of queries and replies.
const (
	icmpEchoReply   = 0
	icmpEcho        = 8
	icmpTimestamp   = 13
	icmpInfo        = 15
	icmp6Echo       = 128
	icmp6EchoReply  = 129
	icmpUnreachable = 3
	icmpQuench      = 4
	icmpRedirect    = 5
	icmpTimeExceed  = 11
	icmpParameter   = 12
	icmp6ErrorFirst = 1
	icmp6ErrorLast  = 4
)

// TupleOf returns the tuple of a packet.  For an ICMP error it is the reverse of the quoted packet's
// tuple, and related is true.  ok is false for a packet that cannot belong to a connection.
func TupleOf(zone uint16, p, quoted *packet.Packet) (t Tuple, related, ok bool) {
	if !p.IsIP() {
		return t, false, false
	}
	t = Tuple{Zone: zone, IPv6: p.IsIPv6(), Proto: uint8(p.Uint(packet.IPProto))}
	t.Src.Addr, t.Dst.Addr = p.Get(packet.IPv4Src), p.Get(packet.IPv4Dst)
	if t.IPv6 {
		t.Src.Addr, t.Dst.Addr = p.Get(packet.IPv6Src), p.Get(packet.IPv6Dst)
	}
	typ := p.Uint(packet.TPSrc)
	switch {
	case p.Has(packet.ICMPType):
		switch typ {
		case icmpEcho, icmpEchoReply, icmpTimestamp, icmpTimestamp + 1, icmpInfo, icmpInfo + 1:
			t.Src.Type, t.Dst.Type = uint8(typ), reverseType(uint8(typ))
			return t, false, true
		case icmpUnreachable, icmpQuench, icmpRedirect, icmpTimeExceed, icmpParameter:
			return quotedTuple(zone, quoted)
		}
		return t, false, false
	case p.Has(packet.ICMPv6Type):
		switch {
		case typ == icmp6Echo || typ == icmp6EchoReply:
			t.Src.Type, t.Dst.Type = uint8(typ), reverseType6(uint8(typ))
			return t, false, true
		case typ >= icmp6ErrorFirst && typ <= icmp6ErrorLast:
			return quotedTuple(zone, quoted)
		}
		return t, false, false
	case t.Proto == packet.ProtoTCP || t.Proto == packet.ProtoUDP || t.Proto == packet.ProtoSCTP:
		t.Src.Port, t.Dst.Port = uint16(p.Uint(packet.TPSrc)), uint16(p.Uint(packet.TPDst))
	}
	return t, false, true
}

// quotedTuple returns the tuple of an ICMP error in the connection of the quoted packet.
func quotedTuple(zone uint16, quoted *packet.Packet) (t Tuple, related, ok bool) {
	if quoted == nil {
		return t, true, false
	}
	t, nested, ok := TupleOf(zone, quoted, nil)
	return t.Reverse(), true, ok && !nested
}

func reverseType(t uint8) uint8 {
	switch t {
	case icmpEcho:
		return icmpEchoReply
	case icmpEchoReply:
		return icmpEcho
	case icmpTimestamp, icmpInfo:
		return t + 1
	}
	return t - 1
}

func reverseType6(t uint8) uint8 { return t ^ 1 }
