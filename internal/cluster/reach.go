package cluster

import (
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/names"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
)

// These functions decide from the description of a zone whether a packet enters it, so that its
// database need not be read.

// Has reports whether an Ethernet address is that of a port, or one with which a router port
// answers for other addresses.
func (z *Zone) Has(mac uint64) bool {
	z.readAddresses()
	return z.macs[mac]
}

// HasIP reports whether an IP address (IPv4 mapped into IPv6) is that of a port, or one for which
// a router port answers.
func (z *Zone) HasIP(ip packet.Value) bool {
	z.readAddresses()
	return z.ips[ip]
}

// HasOutside reports whether an Ethernet address is that of an external port, whose host is on a physical network.
func (z *Zone) HasOutside(mac uint64) bool {
	z.readAddresses()
	return z.external[mac]
}

// MACOutside returns the Ethernet address of the external port with an IP address (IPv4 mapped into IPv6).
func (z *Zone) MACOutside(ip packet.Value) (mac uint64, ok bool) {
	z.readAddresses()
	mac, ok = z.outside[ip]
	return mac, ok
}

// readAddresses reads the addresses of all ports, once.
func (z *Zone) readAddresses() {
	if z.macs != nil {
		return
	}
	z.macs, z.ips = map[uint64]bool{}, map[packet.Value]bool{}
	z.external, z.outside = map[uint64]bool{}, map[packet.Value]uint64{}
	for _, p := range z.source.Ports() {
		for _, text := range p.Addresses {
			first, _, _ := strings.Cut(text, " ")
			mac, ok := packet.ParseMAC(first)
			if ok {
				z.macs[mac] = true
				z.external[mac] = p.Type == "external"
			}
			for _, word := range strings.Fields(text) {
				addr, _, _ := strings.Cut(word, "/")
				if v, ok := ParseIP(addr); ok {
					z.ips[v] = true
					if p.Type == "external" {
						z.outside[v] = mac
					}
				}
			}
		}
	}
}

// Takes reports whether a frame on a physical network may have a receiver in the zone: a port with
// its Ethernet address or with the address that it requests, or a host on a switch with that
// network.
func (z *Zone) Takes(network string, p *packet.Packet) bool {
	if z.Network != nil {
		return true
	}
	mine, known := z.has(p)
	if !known || mine || z.hasHosts(network) {
		return z.leads(network)
	}
	return z.leads(network) && z.cluster.mayHide(network, p)
}

// has reports whether a frame is for an address of the zone's ports; known is false for a
// broadcast or multicast frame.
func (z *Zone) has(p *packet.Packet) (mine, known bool) {
	mac := p.Uint(packet.EthDst)
	switch {
	case mac>>40&1 == 0:
		return z.Has(mac), true
	case p.IsARP() && p.Uint(packet.ARPOp) == 1:
		return z.HasIP(packet.MapIPv4(p.Uint(packet.ARPTPA))), true
	case p.IsND() && p.Uint(packet.TPSrc) == packet.NDSolicit:
		return z.HasIP(p.Get(packet.NDTarget)), true
	}
	return false, false
}

// maxUnread is the maximum number of zones that are read to find an address that no description of
// a zone has.
const maxUnread = 8

// mayHide reports whether a frame may be for an address that only flows of a zone have, such as
// those of NAT rules and load balancers: no port of any zone has it, and at most maxUnread zones
// have not been entered.
func (c *Cluster) mayHide(network string, p *packet.Packet) bool {
	unread := 0
	for _, z := range c.Zones {
		if z.Network != nil || z.failed || !z.leads(network) {
			continue
		}
		if unread++; unread > maxUnread {
			return false
		}
	}
	return !slices.ContainsFunc(c.Zones, func(z *Zone) bool {
		mine, _ := z.has(p)
		return mine
	})
}

// hasHosts reports whether a switch with a physical network has ports of hosts.
func (z *Zone) hasHosts(network string) bool {
	var switches []lflow.UUID
	for _, p := range z.source.Ports() {
		if p.Network != "" && z.cluster.Joined(p.Network, network) {
			switches = append(switches, p.Datapath)
		}
	}
	return slices.ContainsFunc(z.source.Ports(), func(p lflow.ZonePort) bool {
		switch p.Type {
		case "localnet", "patch", "l3gateway", "remote":
			return false
		}
		return slices.Contains(switches, p.Datapath)
	})
}

// Holding returns the zones in which a name may be that of an own port: the name in the database,
// a name of the orchestrator such as NAMESPACE/NAME, an IP address, or a prefix of a UUID.  If a
// database has the exact name, its zone is the only one.
func (c *Cluster) Holding(name string) (found []*Zone) {
	best := 0
	for _, z := range c.Zones {
		if p, ok := z.source.Port(name); ok && p.Type != "remote" {
			return []*Zone{z}
		}
		switch fit := z.fits(name); {
		case fit > best:
			best, found = fit, []*Zone{z}
		case fit == best && fit > 0:
			found = append(found, z)
		}
	}
	return found
}

// HasPort reports whether the database has a port with a name, including remote ports.
func (z *Zone) HasPort(port string) bool {
	_, ok := z.source.Port(port)
	return ok
}

// fits returns how well a name matches one of the zone's own ports, 0 if not at all.
func (z *Zone) fits(name string) int {
	if ip, ok := ParseIP(name); ok {
		if z.HasIP(ip) {
			return 1
		}
		return 0
	}
	return names.Fit(z.source.Ports(), name)
}
