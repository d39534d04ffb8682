package address

import (
	"net/netip"
	"slices"
	"sync"

	"github.com/ovnwalk/ovnwalk/internal/names"
	"github.com/ovnwalk/ovnwalk/internal/ovstext"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// The datapath types that lflow.Datapath.Type distinguishes.
const (
	router  = "logical-router"
	vswitch = "logical-switch"
)

// Resolver looks up the addresses of a network and caches them.  It may be used
// by several goroutines.
type Resolver struct {
	n     *lflow.Network
	names *names.Index
	given func() map[any][]*lflow.Port // the switches' ports by each IP and Ethernet address

	mu      sync.Mutex
	hosts   map[*lflow.Port][]Host
	on      map[*lflow.Datapath]neighbors
	queries map[arpQuery]uint64
	gates   map[*lflow.Datapath][]routerPort
}

// NewResolver returns the resolver of a network's addresses.
func NewResolver(n *lflow.Network) *Resolver {
	return &Resolver{
		n: n, names: names.New(names.Zone{Network: n}), given: sync.OnceValue(func() map[any][]*lflow.Port { return givenAddresses(n) }),
		hosts: map[*lflow.Port][]Host{}, on: map[*lflow.Datapath]neighbors{}, queries: map[arpQuery]uint64{},
		gates: map[*lflow.Datapath][]routerPort{},
	}
}

// Network returns the network of the resolver.
func (b *Resolver) Network() *lflow.Network { return b.n }

// Host is an Ethernet address and the IP addresses that go with it.
type Host struct {
	MAC uint64

	// IPs are the addresses, each with the length of its network's prefix; that
	// of a single address is its whole length.
	IPs []netip.Prefix
}

// address returns the host's first address of a family. It returns a link-local IPv6 address only if
// there is no other.
func (h Host) address(f family) (netip.Addr, bool) {
	var last netip.Addr
	for _, p := range h.IPs {
		switch ip := p.Addr(); {
		case ip.Is4() != (f == ipv4):
		case !ip.IsLinkLocalUnicast() || ip.Is4():
			return ip, true
		default:
			last = ip
		}
	}
	return last, last.IsValid()
}

// owns reports whether an IP address is the host's own.
func (h Host) owns(ip netip.Addr) bool {
	return slices.ContainsFunc(h.IPs, func(p netip.Prefix) bool { return p.Addr() == ip })
}

// Hosts returns the addresses of a port: those in the database; for a switch's port to a router those of
// the router's port; if the database has only "dynamic" or nothing, those in the logical flows.
func (b *Resolver) Hosts(p *lflow.Port) []Host {
	b.mu.Lock()
	hosts, ok := b.hosts[p]
	b.mu.Unlock()
	if ok {
		return hosts
	}
	for _, text := range p.AddressTexts() {
		if h, ok := parseHost(text); ok && (len(h.IPs) > 0 || p.Peer == nil) {
			hosts = append(hosts, h)
		}
	}
	switch {
	case p.Peer != nil && p.Datapath.Type == vswitch && p.Peer.Datapath.Type != vswitch && len(hosts) == 0:
		hosts = b.Hosts(p.Peer)
	case !hasAddress(hosts):
		if learned := b.addressesFromFlows(p); len(learned) > 0 {
			hosts = learned
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.hosts[p] = hosts
	return hosts
}

// hasAddress reports whether one of the hosts has an IP address.
func hasAddress(hosts []Host) bool {
	for _, h := range hosts {
		if len(h.IPs) > 0 {
			return true
		}
	}
	return false
}

// parseHost reads an Ethernet address and the IP addresses after it, with or
// without prefix lengths, up to the first word that is neither.
func parseHost(s string) (h Host, ok bool) {
	a, _, ok := ovstext.ParseAddresses(s)
	return Host{MAC: a.MAC, IPs: a.IPs}, ok
}
