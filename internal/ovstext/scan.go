// Package ovstext reads the texts of addresses outside of the match language as
// Open vSwitch does.  There are two ways, and they differ in what they take.
// Port security, FDB and MAC_Binding go through its scanner of formats, where
// numbers are as long as their digits and keep the low bits that fit.  Keys of
// load balancers go through its reader of socket addresses, where an IPv4
// address is of four octets without leading zeros, as in a constant of the
// lexer.
package ovstext

import (
	"net/netip"
	"strings"

	"github.com/ovnwalk/ovnwalk/packet"
)

// scanner reads a text from left to right by the rules of ovs_scan in Open
// vSwitch's lib/util.c.  A method that fails leaves the text as it was.
type scanner struct{ rest string }

// blanks is what separates words in C's locale.
const blanks = " \t\n\v\f\r"

// number reads a number in base 10 or 16 as the conversions %u, %d and %x do:
// blanks before it are passed over, it may have a sign, it may have the prefix
// 0x in base 16, and it counts modulo 2**64.
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

// digit returns the value of a hexadecimal digit, 16 for what is none.
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

// literal passes over one byte that must be there.
func (s *scanner) literal(c byte) bool {
	if s.rest == "" || s.rest[0] != c {
		return false
	}
	s.rest = s.rest[1:]
	return true
}

// octets reads numbers with a separator between them, of which the low eight
// bits count.
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

// prefixLength reads a slash and a decimal number, of which the low 32 bits
// count as a signed number.
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

// maxIPv6 is how many characters the scanner takes for an IPv6 address.
const maxIPv6 = 46

// ipv6 reads the characters that an IPv6 address can have; valid reports whether
// they are one.  Without such a character the scanner stays.
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

// ipv4Prefix reads an IPv4 address with or without a mask, which must be that
// of a prefix.  Where only the mask is at fault the scanner has passed over both.
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

// ipv6Prefix is ipv4Prefix for IPv6.  A mask that begins with a decimal digit is
// read as a length.
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

// prefixOf returns the length of the prefix that a mask is of, -1 where it is of
// none.
func prefixOf(mask packet.Value, width int) int32 {
	n := mask.OnesCount()
	if mask != packet.Range(width-n, n) {
		return -1
	}
	return int32(n)
}

// ParseEthernet reads the Ethernet address that is all of s, as FDB,
// MAC_Binding and the lexer have it: six hexadecimal numbers.
func ParseEthernet(s string) (mac uint64, ok bool) {
	t := scanner{s}
	mac, ok = t.ethernet()
	return mac, ok && t.rest == ""
}

// Addresses are an Ethernet address and the IP addresses after it.
type Addresses struct {
	MAC uint64
	IPs []netip.Prefix // each as long as its address where the text gives no mask
}

// ParseAddresses reads an Ethernet address and the IP addresses after it, as
// port security and the addresses of ports have them, up to what is none.  It
// returns what follows.  An IPv4 address whose mask is not that of a prefix is
// passed over where an IPv6 address follows, as the real tool has it.
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
