package cluster

import (
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/packet"
)

// MAC returns an Ethernet address for an IP address (IPv4 mapped into IPv6): that of the port that
// has it, or else MadeUpMAC.
func (c *Cluster) MAC(ip packet.Value) uint64 {
	for _, z := range c.Zones {
		if !z.HasIP(ip) || !z.Enter() {
			continue
		}
		for _, d := range z.Network.Datapaths {
			for _, b := range z.of[d] {
				if mac, ok := b.MACOf(ip); ok {
					return mac
				}
			}
		}
	}
	return MadeUpMAC(ip)
}

// MadeUpMAC returns a locally administered Ethernet address derived from an IP address.
func MadeUpMAC(ip packet.Value) uint64 { return 0x020000000000 | ip.Lo&0xffffffff }

// MACOf returns the Ethernet address that a port has with an IP address (IPv4
// mapped into IPv6).
func (b *Binding) MACOf(ip packet.Value) (mac uint64, ok bool) {
	for _, text := range b.MAC {
		fields := strings.Fields(text)
		if len(fields) == 0 {
			continue
		}
		mac, isMAC := packet.ParseMAC(fields[0])
		for _, f := range fields[1:] {
			addr, _, _ := strings.Cut(f, "/")
			if a, isIP := ParseIP(addr); isMAC && isIP && a == ip {
				return mac, true
			}
		}
	}
	return 0, false
}

// Suggest returns the chassis to which a port would be bound: the requested one, or else the first
// candidate, the one with the given name, or the first of its zone.  It returns nil if all of them
// are down.
func (c *Cluster) Suggest(b *Binding, named string) *Chassis {
	z := c.ZoneOf(b.Port.Datapath.Network())
	all := append([]*Chassis{z.requested(b.row)}, b.Candidates...)
	all = append(append(all, z.named(named)), z.Chassis...)
	i := slices.IndexFunc(all, func(h *Chassis) bool { return h != nil && !h.Down && !h.Remote })
	if i < 0 {
		return nil
	}
	return all[i]
}
