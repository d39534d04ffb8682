package address

import (
	"fmt"
	"net/netip"

	"github.com/ovnwalk/ovnwalk/lflow"
)

// Elsewhere returns the IP address of a port of another interconnect zone, of the
// family of the port from which a packet comes; "" where the zone has no such port as
// its own.
func Elsewhere(n *lflow.Network, from string, other *lflow.Network, to string) (string, error) {
	family := func(netip.Addr) bool { return true }
	if p, err := n.Port(from); err == nil {
		for _, h := range NewResolver(n).Hosts(p) {
			if len(h.IPs) > 0 {
				family = func(ip netip.Addr) bool { return ip.Is4() == h.IPs[0].Addr().Is4() }
				break
			}
		}
	}
	resolver := NewResolver(other)
	p, err := resolver.Port(to)
	if err != nil || p.Type == "remote" {
		return "", nil
	}
	for _, h := range resolver.Hosts(p) {
		for _, ip := range h.IPs {
			if family(ip.Addr()) {
				return ip.Addr().String(), nil
			}
		}
	}
	return "", fmt.Errorf("destination %s: the port has no IP address of the family of %s; give one", to, from)
}
