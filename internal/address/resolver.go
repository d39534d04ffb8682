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

	hosts   cache[*lflow.Port, []Host]
	on      cache[*lflow.Datapath, neighbors]
	queries cache[arpQuery, uint64]
	gates   cache[*lflow.Datapath, []routerPort]
}

// cache has values that are computed when they are first needed. Goroutines that need one at
// the same time each compute it.
type cache[K comparable, V any] struct {
	mu    sync.Mutex
	known map[K]V
}

// get returns the value of a key, which find returns.
func (c *cache[K, V]) get(key K, find func() V) V {
	c.mu.Lock()
	v, ok := c.known[key]
	c.mu.Unlock()
	if ok {
		return v
	}
	v = find()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.known == nil {
		c.known = map[K]V{}
	}
	c.known[key] = v
	return v
}

// NewResolver returns the resolver of a network's addresses.
func NewResolver(n *lflow.Network) *Resolver {
	return &Resolver{n: n, names: names.New(names.Zone{Network: n}), given: sync.OnceValue(func() map[any][]*lflow.Port { return givenAddresses(n) })}
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
	return b.hosts.get(p, func() []Host { return b.findHosts(p) })
}

func (b *Resolver) findHosts(p *lflow.Port) (hosts []Host) {
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
	return hosts
}

// hasAddress reports whether one of the hosts has an IP address.
func hasAddress(hosts []Host) bool {
	return slices.ContainsFunc(hosts, func(h Host) bool { return len(h.IPs) > 0 })
}

// parseHost reads an Ethernet address and the IP addresses after it, with or
// without prefix lengths, up to the first word that is neither.
func parseHost(s string) (h Host, ok bool) {
	a, _, ok := ovstext.ParseAddresses(s)
	return Host{MAC: a.MAC, IPs: a.IPs}, ok
}
