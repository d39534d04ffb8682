// Package ovstext parses addresses outside of the match language as Open vSwitch does, which has two
// parsers that accept different texts.  Port security, FDB and MAC_Binding are parsed by ovs_scan,
// where numbers may have any number of digits and are truncated to the low bits.  Keys of load
// balancers are parsed as socket addresses, where an IPv4 address has four octets without leading
// zeros, like a constant of the lexer.
package ovstext

import (
	"net/netip"
	"strings"

	"github.com/ovnwalk/ovnwalk/packet"
)

// scanner parses a text from left to right by the rules of ovs_scan in Open vSwitch's lib/util.c.  A
// method that fails does not consume text.
type scanner struct{ rest string }

// blanks are the white-space characters of the C locale.
const blanks = " \t\n\v\f\r"

// number parses a number in base 10 or 16 as the conversions %u, %d and %x do: leading blanks are
// skipped, it may have a sign and, in base 16, the prefix 0x, and it is taken modulo 2**64.
func (s *scanner) number(base uint64) (v uint64, ok bool) {
	t := strings.TrimLeft(s.rest, blanks)
	negative := strings.HasPrefix(t, "-")
	if negative || strings.HasPrefix(t, "+") {
		t = t[1:]
	}
	if base == 16 && (strings.HasPrefix(t, "0x") || strings.HasPrefix(t, "0X")) {
		t = t[2:]
	}
	digits := 0
	for ; digits < len(t); digits++ {
		d := digit(t[digits])
		if d >= base {
			break
		}
		v = v*base + d
	}
	if digits == 0 {
		return 0, false
	}
	if negative {
		v = -v
	}
	s.rest = t[digits:]
	return v, true
}

// digit returns the value of a hexadecimal digit, 16 for another character.
func digit(c byte) uint64 {
	switch {
	case '0' <= c && c <= '9':
		return uint64(c - '0')
	case 'a' <= c && c <= 'f':
		return uint64(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return uint64(c-'A') + 10
	}
	return 16
}

// literal consumes a given byte.
func (s *scanner) literal(c byte) bool {
	if s.rest == "" || s.rest[0] != c {
		return false
	}
	s.rest = s.rest[1:]
	return true
}

// octets parses numbers with a separator between them, and returns their low eight bits.
func (s *scanner) octets(n int, separator byte, base uint64) (v uint64, ok bool) {
	t := *s
	for i := range n {
		if i > 0 && !t.literal(separator) {
			return 0, false
		}
		o, ok := t.number(base)
		if !ok {
			return 0, false
		}
		v = v<<8 | o&0xff
	}
	*s = t
	return v, true
}

func (s *scanner) ethernet() (uint64, bool) { return s.octets(6, ':', 16) }

func (s *scanner) ipv4() (uint64, bool) { return s.octets(4, '.', 10) }

// prefixLength parses a slash and a decimal number, and returns its low 32 bits as a signed number.
func (s *scanner) prefixLength() (n int32, ok bool) {
	t := *s
	if !t.literal('/') {
		return 0, false
	}
	v, ok := t.number(10)
	if ok {
		*s = t
	}
	return int32(v), ok
}

// maxIPv6 is the maximum length of an IPv6 address in the scanner.
const maxIPv6 = 46

// ipv6 consumes the characters that an IPv6 address can have; valid reports whether they are one.
func (s *scanner) ipv6() (v packet.Value, some, valid bool) {
	n := 0
	for n < min(len(s.rest), maxIPv6) && strings.IndexByte("0123456789abcdefABCDEF:.", s.rest[n]) >= 0 {
		n++
	}
	if n == 0 {
		return v, false, false
	}
	v, valid = packet.ParseIPv6(s.rest[:n])
	s.rest = s.rest[n:]
	return v, true, valid
}

// ipv4Prefix parses an IPv4 address with an optional mask, which must be that of a prefix.  If only
// the mask is invalid, both are consumed.
func (s *scanner) ipv4Prefix() (netip.Prefix, bool) {
	v, ok := s.ipv4()
	if !ok {
		return netip.Prefix{}, false
	}
	bits := int32(32)
	if mask := *s; mask.literal('/') {
		if m, ok := mask.ipv4(); ok {
			*s = mask
			bits = prefixOf(packet.Uint(m), 32)
		} else if n, ok := s.prefixLength(); ok {
			bits = n
		}
	}
	if bits < 0 || bits > 32 {
		return netip.Prefix{}, false
	}
	return netip.PrefixFrom(packet.Uint(v).Addr4(), int(bits)), true
}

// ipv6Prefix is ipv4Prefix for IPv6.  A mask that begins with a decimal digit is parsed as a length.
func (s *scanner) ipv6Prefix() (netip.Prefix, bool) {
	s.rest = strings.TrimLeft(s.rest, blanks)
	v, _, valid := s.ipv6()
	if !valid {
		return netip.Prefix{}, false
	}
	bits, ok := s.prefixLength()
	if !ok {
		bits = 128
		if mask := *s; mask.literal('/') {
			if m, some, valid := mask.ipv6(); some {
				*s = mask
				if bits = prefixOf(m, 128); !valid {
					bits = -1
				}
			}
		}
	}
	if bits < 0 || bits > 128 {
		return netip.Prefix{}, false
	}
	return netip.PrefixFrom(v.Addr16(), int(bits)), true
}

// prefixOf returns the prefix length of a mask, or -1 if it is not that of a prefix.
func prefixOf(mask packet.Value, width int) int32 {
	n := mask.OnesCount()
	if mask != packet.Range(width-n, n) {
		return -1
	}
	return int32(n)
}

// ParseEthernet parses an Ethernet address in the form of FDB, MAC_Binding and the lexer: six
// hexadecimal numbers.
func ParseEthernet(s string) (mac uint64, ok bool) {
	t := scanner{s}
	mac, ok = t.ethernet()
	return mac, ok && t.rest == ""
}

// Addresses are an Ethernet address and the IP addresses after it.
type Addresses struct {
	MAC uint64
	IPs []netip.Prefix // with the full length if the text has no mask
}

// ParseAddresses parses an Ethernet address and the IP addresses after it, in the form of port
// security and addresses of ports.  It returns the text after the last address.  An IPv4 address
// whose mask is not that of a prefix is skipped if an IPv6 address follows, as in Open vSwitch.
func ParseAddresses(s string) (a Addresses, rest string, ok bool) {
	t := scanner{s}
	if a.MAC, ok = t.ethernet(); !ok {
		return a, s, false
	}
	for t.rest != "" {
		u := t
		p, ok := u.ipv4Prefix()
		if !ok {
			p, ok = u.ipv6Prefix()
		}
		if !ok {
			break
		}
		a.IPs, t = append(a.IPs, p), u
	}
	return a, t.rest, true
}
