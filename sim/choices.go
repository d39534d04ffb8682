package sim

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/packet"
)

// ParseCTState reads a conntrack state as --ct of ovn-trace(8) takes it: names
// of flags with commas or blanks between them, such as "new" or "est,rpl".  The
// packet is tracked, whether or not trk is among them.
func ParseCTState(s string) (uint64, error) {
	state := uint64(packet.CTTracked)
	for _, name := range strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' }) {
		i := slices.Index(packet.CTStateNames, name)
		if i < 0 {
			return 0, fmt.Errorf("%s: unknown connection tracking state flag (known: %s)", name, strings.Join(packet.CTStateNames, ", "))
		}
		state |= 1 << i
	}
	return state, nil
}

// CTStateDoubts returns why no packet can have a conntrack state, in the words
// of ovn-trace, which traces it all the same.
func CTStateDoubts(state uint64) []string {
	var doubts []string
	doubt := func(holds bool, why string) {
		if holds {
			doubts = append(doubts, packet.FormatCTState(state)+": invalid connection state: "+why)
		}
	}
	has := func(bit uint64) bool { return state&bit != 0 }
	doubt(has(packet.CTInvalid) && state&^(packet.CTTracked|packet.CTInvalid) != 0, `when "inv" is set, only "trk" may also be set`)
	doubt(has(packet.CTNew) && has(packet.CTEstablished), `"new" and "est" are mutually exclusive`)
	doubt(has(packet.CTNew) && has(packet.CTReply), `"new" and "rpy" are mutually exclusive`)
	return doubts
}

// ParseBackend reads the back end of a load balancer: an IP address with or
// without a port, an IPv6 address with one in brackets.
func ParseBackend(s string) (Backend, error) {
	if a, err := netip.ParseAddr(strings.Trim(s, "[]")); err == nil && a.Zone() == "" {
		return Backend{Given: true, IPv6: a.Is6(), Addr: packet.FromAddr(a)}, nil
	}
	ap, err := netip.ParseAddrPort(s)
	if err != nil || ap.Addr().Zone() != "" {
		return Backend{}, fmt.Errorf("%s: bad address", s)
	}
	return Backend{Given: true, IPv6: ap.Addr().Is6(), Addr: packet.FromAddr(ap.Addr()), Port: ap.Port()}, nil
}
