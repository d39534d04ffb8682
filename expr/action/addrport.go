package action

import (
	"net/netip"
	"strconv"
	"strings"
)

// parseAddrPort reads an address and perhaps a port as load balancers have them:
// 10.0.0.1, 10.0.0.1:80, ::1, [::1], [::1]:80.  The port is 0 where there is
// none.
func parseAddrPort(s string) (netip.AddrPort, bool) {
	host, port := splitPort(s)
	var n int64
	if port != "" {
		var err error
		n, err = strconv.ParseInt(strings.TrimLeft(port, " \t\n\v\f\r"), 10, 32)
		if err != nil || n < 0 || n > 65535 {
			return netip.AddrPort{}, false
		}
	}
	v6 := strings.Contains(host, ":")
	if v6 {
		var scope string
		host, scope, _ = strings.Cut(host, "%")
		scope, _, _ = strings.Cut(scope, "%")
		if strings.Trim(scope, "0123456789") != "" {
			return netip.AddrPort{}, false // an interface of this machine
		}
	}
	addr, err := netip.ParseAddr(host)
	if err != nil || addr.Is4() == v6 || addr.Zone() != "" {
		return netip.AddrPort{}, false
	}
	return netip.AddrPortFrom(addr, uint16(n)), true
}

// splitPort splits at the only colon outside of brackets; with two or more all
// of s is an address.
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
