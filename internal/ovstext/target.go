package ovstext

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/ovnwalk/ovnwalk/packet"
)

// ErrIPv6 is the error for an IPv6 address with a wrong syntax, which Open vSwitch does not log.
var ErrIPv6 = errors.New("bad IP address")

// Target is an IP address with an optional port, in the form of keys of load balancers and of
// --lb-dst of ovn-trace(8).
type Target struct {
	Addr  netip.Addr
	Scope uint32 // for an IPv6 address, 0 for none
	Port  uint16 // 0 for none
}

// Address returns the address with its scope and without the port.
func (t Target) Address() string {
	if t.Scope == 0 {
		if t.Addr.Is4() {
			return t.Addr.String()
		}
		return string(packet.AppendIPv6(nil, packet.FromAddr(t.Addr)))
	}
	return fmt.Sprintf("%s%%%d", packet.AppendIPv6(nil, packet.FromAddr(t.Addr)), t.Scope)
}

// ParseTarget parses an address with an optional port: 10.0.0.1, 10.0.0.1:80, ::1, [::1], [::1]:80.
// The rules are those of inet_parse_active in Open vSwitch's lib/socket-util.c; the scope of an IPv6
// address must be a number, since names would be those of local interfaces.
func ParseTarget(s string) (t Target, err error) {
	host, port := splitPort(s)
	if port != "" {
		n, err := strconv.ParseInt(strings.TrimLeft(port, blanks), 10, 32)
		if err != nil || n < 0 || n > 65535 {
			return t, fmt.Errorf("bad port number %q", port)
		}
		t.Port = uint16(n)
	}
	if !strings.Contains(host, ":") {
		v, ok := packet.ParseIPv4(host)
		if !ok {
			return t, fmt.Errorf("bad IP address %q", host)
		}
		t.Addr = packet.Uint(v).Addr4()
		return t, nil
	}
	addr, scope, _ := strings.Cut(host, "%")
	v, ok := packet.ParseIPv6(addr)
	if !ok {
		return t, fmt.Errorf("%w %q", ErrIPv6, addr)
	}
	t.Addr = v.Addr16()
	if scope, _, _ = strings.Cut(scope, "%"); scope != "" {
		n, err := strconv.ParseUint(scope, 10, 32)
		if err != nil {
			return t, fmt.Errorf("bad IPv6 scope %q", scope)
		}
		t.Scope = uint32(n)
	}
	return t, nil
}

// splitPort splits s at the only colon outside of brackets; with two or more, s is an address.
func splitPort(s string) (host, port string) {
	colon, colons, inside := 0, 0, false
	for i := range len(s) {
		switch s[i] {
		case '[':
			inside = true
		case ']':
			inside = false
		case ':':
			if !inside {
				colon = i
				colons++
			}
		}
	}
	switch colons {
	case 0:
		return unbracket(s), ""
	case 1:
		return unbracket(s[:colon]), unbracket(s[colon+1:])
	}
	return s, ""
}

func unbracket(s string) string {
	if rest, ok := strings.CutPrefix(s, "["); ok {
		return strings.TrimSuffix(rest, "]")
	}
	return s
}
