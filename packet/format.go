package packet

import (
	"encoding/binary"
	"net/netip"
	"strconv"
)

// AppendHex appends v in hexadecimal with a 0x prefix and no leading zeros;
// zero is a lone 0.
func AppendHex(b []byte, v Value) []byte {
	if v.IsZero() {
		return append(b, '0')
	}
	b = append(b, "0x"...)
	// The first byte has one digit if it is below 0x10, the others have two: there
	// are no leading zeros.
	if v.Hi == 0 {
		return strconv.AppendUint(b, v.Lo, 16)
	}
	b = strconv.AppendUint(b, v.Hi, 16)
	for s := 60; s >= 0; s -= 4 {
		b = append(b, "0123456789abcdef"[v.Lo>>s&15])
	}
	return b
}

// AppendMAC appends a 48-bit Ethernet address as six colon-separated octets.
func AppendMAC(b []byte, v uint64) []byte {
	const digits = "0123456789abcdef"
	for s := 40; s >= 0; s -= 8 {
		o := v >> s
		b = append(b, digits[o>>4&15], digits[o&15])
		if s > 0 {
			b = append(b, ':')
		}
	}
	return b
}

// AppendIPv4 appends a 32-bit address in dotted form.
func AppendIPv4(b []byte, v uint64) []byte {
	for s := 24; s >= 0; s -= 8 {
		b = strconv.AppendUint(b, v>>s&255, 10)
		if s > 0 {
			b = append(b, '.')
		}
	}
	return b
}

// AppendIPv6 appends a 128-bit address as inet_ntop(3) writes it: the longest
// run of two or more zero groups shortened, and an address that maps or is
// compatible with IPv4 ending in dotted form.
func AppendIPv6(b []byte, v Value) []byte {
	if v.Hi == 0 && v.Lo>>32 == 0 && v.Lo > 0xffff {
		b = append(b, "::"...)
		return AppendIPv4(b, v.Lo)
	}
	return v.Addr16().AppendTo(b)
}

// AppendMapped appends an IPv6 address; one that maps an IPv4 address in dotted form of
// the latter.
func AppendMapped(b []byte, v Value) []byte {
	if v.Hi == 0 && v.Lo>>32 == 0xffff {
		return AppendIPv4(b, v.Lo&0xffffffff)
	}
	return AppendIPv6(b, v)
}

// AppendFlags appends the names of the set bits of flags, joined by |, lowest
// bit first; unknown bits follow as one hexadecimal number, and no bit at all
// is 0.
func AppendFlags(b []byte, flags uint64, names []string) []byte {
	if flags == 0 {
		return append(b, '0')
	}
	var bad uint64
	start := len(b)
	for i := 0; flags>>i != 0 && i < 64; i++ {
		if flags>>i&1 == 0 {
			continue
		}
		if i >= len(names) {
			bad |= 1 << i
			continue
		}
		if len(b) > start {
			b = append(b, '|')
		}
		b = append(b, names[i]...)
	}
	if bad != 0 {
		if len(b) > start {
			b = append(b, '|')
		}
		b = append(b, "0x"...)
		b = strconv.AppendUint(b, bad, 16)
	}
	return b
}

// CTStateFlags are the names of the conntrack state's bits, lowest first.
var CTStateFlags = []string{"new", "est", "rel", "rpl", "inv", "trk", "snat", "dnat"}

var tcpFlagNames = []string{"fin", "syn", "rst", "psh", "ack", "urg", "ece", "cwr", "ns", "[200]", "[400]", "[800]"}

// FormatCTState returns a conntrack state as its flags' names joined by |.
func FormatCTState(state uint64) string { return string(AppendFlags(nil, state, CTStateFlags)) }

// Append appends v as a value of f is written in OpenFlow.
func (f *Field) Append(b []byte, v Value) []byte {
	switch f.Kind {
	case KindHexadecimal:
		return AppendHex(b, v)
	case KindDecimal:
		return strconv.AppendUint(b, v.Lo, 10)
	case KindEthernet:
		return AppendMAC(b, v.Lo)
	case KindIPv4:
		return AppendIPv4(b, v.Lo)
	case KindIPv6:
		return AppendIPv6(b, v)
	case KindFrag:
		return append(b, fragName(v.Lo)...)
	case KindTCPFlags:
		return AppendFlags(b, v.Lo, tcpFlagNames)
	case KindCTState:
		return AppendFlags(b, v.Lo, CTStateFlags)
	}
	return b
}

// Format returns v as a value of f is written in OpenFlow.
func (f *Field) Format(v Value) string { return string(f.Append(nil, v)) }

func fragName(frag uint64) string {
	switch frag & (fragAny | fragLater) {
	case 0:
		return "no"
	case fragAny:
		return "first"
	case fragAny | fragLater:
		return "later"
	}
	return "<error>"
}

// SolicitedNode returns the solicited-node multicast address of an IPv6
// address, RFC 4291 section 2.7.1.
func SolicitedNode(v Value) Value {
	return Value{Hi: 0xff02 << 48, Lo: 0x1ff000000 | v.Lo&0xffffff}
}

// MulticastMAC returns the Ethernet address of an IPv6 multicast group, RFC
// 2464 section 7.
func MulticastMAC(v Value) uint64 { return 0x3333<<32 | v.Lo&0xffffffff }

// LinkLocal returns the IPv6 link-local address made from an Ethernet address,
// RFC 4291 appendix A.
func LinkLocal(mac uint64) Value {
	mac ^= 2 << 40
	return Value{Hi: 0xfe80 << 48, Lo: mac>>24<<40 | 0xfffe<<24 | mac&0xffffff}
}

// MapIPv4 returns the IPv6 address that maps a 32-bit IPv4 address, RFC 4291
// section 2.5.5.2.
func MapIPv4(v uint64) Value { return Value{Lo: 0xffff<<32 | v&0xffffffff} }

// ParseMAC reads an Ethernet address of six two-digit octets.
func ParseMAC(s string) (uint64, bool) {
	if len(s) != 17 {
		return 0, false
	}
	var v uint64
	for i := range 17 {
		if i%3 == 2 {
			if s[i] != ':' {
				return 0, false
			}
			continue
		}
		d, ok := hexDigit(s[i])
		if !ok {
			return 0, false
		}
		v = v<<4 | uint64(d)
	}
	return v, true
}

// ParseIPv4 reads an IPv4 address in dotted form.
func ParseIPv4(s string) (uint64, bool) {
	a, err := netip.ParseAddr(s)
	if err != nil || !a.Is4() {
		return 0, false
	}
	b := a.As4()
	return uint64(binary.BigEndian.Uint32(b[:])), true
}

// ParseIPv6 reads an IPv6 address without a zone.
func ParseIPv6(s string) (Value, bool) {
	a, err := netip.ParseAddr(s)
	if err != nil || !a.Is6() || a.Zone() != "" {
		return Value{}, false
	}
	return FromAddr(a), true
}

func hexDigit(c byte) (byte, bool) {
	switch {
	case '0' <= c && c <= '9':
		return c - '0', true
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10, true
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}
