package lex

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/ovstext"
	"github.com/ovnwalk/ovnwalk/packet"
)

// Format is the form in which a number is written and printed.
type Format uint8

// The formats of numbers.
const (
	Decimal Format = iota
	Hex
	IPv4
	IPv6
	Ethernet
)

// Number is an integer constant, with or without a mask. Bits outside the mask are zero.
type Number struct {
	Value  packet.Value
	Mask   packet.Value
	Masked bool
	Format Format

	// Excess is the width in bits of a hexadecimal constant (or its mask) that does
	// not fit in 128, up to 1024; Value and Mask then hold the low bits. No field is
	// that wide, so such a number occurs only in errors.
	Excess int
}

// Width returns the minimum width in bits of a field that can hold n.
func (n Number) Width() int {
	switch {
	case n.Excess > 0:
		return n.Excess
	case n.Masked:
		return n.Mask.Len()
	}
	switch n.Format {
	case IPv4:
		return 32
	case IPv6:
		return 128
	case Ethernet:
		return 48
	default:
	}
	return n.Value.Len()
}

// Append appends n in a form that parses as the same number.
func (n Number) Append(b []byte) []byte {
	f := n.Format
	if !n.fits(f) {
		f = Hex
	}
	b = appendAs(b, n.Value, f)
	if !n.Masked {
		return b
	}
	b = append(b, '/')
	switch {
	case f == IPv4 && isPrefix(n.Mask, 32), n.Format == IPv6 && isPrefix(n.Mask, 128):
		return strconv.AppendInt(b, int64(n.Mask.OnesCount()), 10)
	}
	return appendAs(b, n.Mask, f)
}

// String returns n as Append writes it.
func (n Number) String() string { return string(n.Append(nil)) }

func (n Number) fits(f Format) bool {
	bits := map[Format]int{Decimal: 64, Hex: 128, IPv4: 32, IPv6: 128, Ethernet: 48}[f]
	return n.Value.Len() <= bits && n.Mask.Len() <= bits
}

func appendAs(b []byte, v packet.Value, f Format) []byte {
	switch f {
	case Decimal:
		return strconv.AppendUint(b, v.Lo, 10)
	case IPv4:
		return packet.AppendIPv4(b, v.Lo)
	case IPv6:
		return packet.AppendIPv6(b, v)
	case Ethernet:
		return packet.AppendMAC(b, v.Lo)
	default:
	}
	return packet.AppendHex(b, v)
}

// isPrefix reports whether mask is the mask of a CIDR prefix, width bits wide.
func isPrefix(mask packet.Value, width int) bool {
	n := mask.OnesCount()
	return mask == packet.Range(width-n, n)
}

// ParseNumber parses s as a number.
func (r Rules) ParseNumber(s string) (Number, error) {
	var n Number
	end, err := r.parseNumber(s, &n)
	if err == nil && end != len(s) {
		err = errors.New("Invalid numeric constant.")
	}
	return n, err
}

// parseNumber parses the number at the beginning of s, with its mask if it has one. It
// returns the number of bytes that it used, or scanned before an error.
func (r Rules) parseNumber(s string, n *Number) (end int, err error) {
	*n, end, err = parseUnmasked(s)
	if err != nil || at(s, end) != '/' {
		return end, err
	}
	m, mlen, err := parseUnmasked(s[end+1:])
	end += 1 + mlen
	if err != nil {
		return end, err
	}
	bits := uint32(m.Value.Lo)
	switch {
	case n.Format == m.Format:
		n.Mask = m.Value
	case n.Format == IPv4 && m.Format == Decimal && bits <= 32:
		n.Mask = packet.Range(32-int(bits), int(bits))
	case n.Format == IPv6 && m.Format == Decimal && bits <= 128:
		n.Mask = packet.Range(128-int(bits), int(bits))
	case n.Format == Decimal && m.Format == Hex && n.Value.Lo == 0:
		n.Format, n.Mask = Hex, m.Value
	default:
		return end, errors.New("Value and mask have incompatible formats.")
	}
	if r.StrictMask && !n.Value.AndNot(n.Mask).IsZero() {
		return end, errors.New("Value contains unmasked 1-bits.")
	}
	n.Masked = true
	n.Value = n.Value.And(n.Mask)
	n.Excess = m.Excess
	return end, nil
}

// parseUnmasked parses a constant without mask. Its end is found first, by its characters
// alone: two consecutive dots end it, as does a colon after a dot, as in 10.0.0.1:80. IP
// addresses are those that inet_pton (RFC 3493) accepts, without octets over 255 or with
// leading zeros; Ethernet addresses may have octets of more than two digits.
func parseUnmasked(s string) (Number, int, error) {
	if n, end, ok := parseCommon(s); ok {
		return n, end, nil
	}
	end, dotted := 0, false
scan:
	for end < len(s) {
		switch c := s[end]; {
		case c == '.':
			if at(s, end+1) == '.' {
				break scan
			}
			dotted = true
		case c == ':':
			if dotted {
				break scan
			}
		case !isAlnum(c):
			break scan
		}
		end++
	}
	text := s[:end]
	if end == 0 {
		return Number{}, end, errors.New("Integer constant expected.")
	}
	if strings.Trim(text, "0123456789") == "" {
		n, err := parseDecimal(text)
		return n, end, err
	}
	if len(text) == 17 {
		if mac, ok := ovstext.ParseEthernet(text); ok {
			return Number{Value: packet.Uint(mac), Format: Ethernet}, end, nil
		}
	}
	if text[0] == '0' && (at(text, 1) == 'x' || at(text, 1) == 'X') {
		n, err := parseHex(text)
		return n, end, err
	}
	if len(text) < 46 {
		if v, ok := packet.ParseIPv4(text); ok {
			return Number{Value: packet.Uint(v), Format: IPv4}, end, nil
		}
		if v, ok := packet.ParseIPv6(text); ok {
			return Number{Value: v, Format: IPv6}, end, nil
		}
	}
	return Number{}, end, errors.New("Invalid numeric constant.")
}

// parseCommon parses a short decimal number or an IPv4 address in the usual form in one
// pass; ok is false for all others.
func parseCommon(s string) (n Number, end int, ok bool) {
	var v, octet uint64
	dots, start := 0, 0
	for ; end < len(s); end++ {
		c := s[end]
		switch {
		case isDigit(c):
			octet = octet*10 + uint64(c-'0')
			if end-start >= 18 {
				return Number{}, 0, false
			}
			continue
		case c == '.' && end > start && dots < 3 && isOctet(s[start:end], octet) && isDigit(at(s, end+1)):
			v, octet = v<<8|octet, 0
			dots++
			start = end + 1
			continue
		}
		break
	}
	if end == start || class[at(s, end)] != 0 || at(s, end) == ':' && dots == 0 {
		return Number{}, 0, false
	}
	switch {
	case dots == 3 && isOctet(s[start:end], octet):
		return Number{Value: packet.Uint(v<<8 | octet), Format: IPv4}, end, true
	case dots == 0 && (s[0] != '0' || end == 1):
		return Number{Value: packet.Uint(octet)}, end, true
	}
	return Number{}, 0, false
}

// isOctet reports whether a decimal number is an octet of an IPv4 address.
func isOctet(s string, v uint64) bool { return v < 256 && (s[0] != '0' || len(s) == 1) }

func parseDecimal(s string) (Number, error) {
	if s[0] == '0' && len(s) > 1 {
		return Number{}, errors.New("Decimal constants must not have leading zeros.")
	}
	v, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		return Number{}, errors.New("Decimal constants must be less than 2**64.")
	}
	return Number{Value: packet.Uint(v)}, nil
}

// maxHexBits bounds a hexadecimal constant, as in upstream.
const maxHexBits = 1024

func parseHex(s string) (Number, error) {
	if len(s) == 2 {
		return Number{}, fmt.Errorf("Hex digits expected following 0%c.", s[1])
	}
	n := Number{Format: Hex}
	d := s[2:]
	for i := len(d) - 1; i >= 0; i-- {
		v, ok := hexit(d[i])
		if !ok {
			return Number{}, errors.New("Invalid syntax in hexadecimal constant.")
		}
		place := 4 * (len(d) - 1 - i)
		switch {
		case v == 0:
		case place >= maxHexBits:
			return Number{}, fmt.Errorf("Hexadecimal constant requires more than %d bits.", maxHexBits)
		case place >= 128:
			n.Excess = place + packet.Uint(uint64(v)).Len()
		default:
			n.Value = n.Value.Or(packet.Uint(uint64(v)).Shl(place))
		}
	}
	return n, nil
}

func hexit(c byte) (byte, bool) {
	switch {
	case isDigit(c):
		return c - '0', true
	case isHexLetter(c):
		return c | 0x20 - 'a' + 10, true
	}
	return 0, false
}
