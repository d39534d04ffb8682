// Package conntrack is a connection table as Open vSwitch's datapath keeps one:
// zones, entries with both tuples, the states that a packet is given, address
// translation in both directions, marks and labels.  It does not depend on logical
// networks and may be used alone.
package conntrack

import (
	"fmt"

	"github.com/ovnwalk/ovnwalk/packet"
)

// Endpoint is one side of a tuple: an address and a transport port.  ICMP has
// the identifier of the query for a port, and on each side the type that it
// sends.
type Endpoint struct {
	Addr packet.Value
	Port uint16
	Type uint8 // ICMP's
}

// Tuple is what identifies the packets of one direction of a connection.
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

// String returns the tuple for people.
func (t Tuple) String() string {
	return fmt.Sprintf("zone=%d proto=%d %s -> %s", t.Zone, t.Proto, t.Src.text(t.IPv6), t.Dst.text(t.IPv6))
}

func (e Endpoint) text(v6 bool) string {
	if v6 {
		return fmt.Sprintf("[%s]:%d", packet.AppendIPv6(nil, e.Addr), e.Port)
	}
	return fmt.Sprintf("%s:%d", packet.AppendIPv4(nil, e.Addr.Lo), e.Port)
}

// The types of ICMP that make and answer a query, with those of ICMPv6.
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

// TupleOf returns the tuple of a packet.  Of an ICMP error it is that of the
// packet that it quotes, reversed, and related is true.  It is false for a
// packet that cannot be part of a connection.
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

// quotedTuple returns the tuple by which an error belongs to the connection of
// the packet that it quotes.
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
