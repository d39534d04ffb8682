package cluster

import (
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/packet"
)

// Station is an Ethernet address on a VLAN of a physical network, which Cluster.Segment names.
type Station struct {
	Segment string
	VID     uint64
	MAC     uint64
}

// Announced returns where the switches of the physical networks know Ethernet addresses
// to be from gratuitous ARP, which ovn-controller sends for the VIFs of a switch with a
// localnet port and for what Port_Binding.nat_addresses names.  It has those of the zones
// that were entered.
func (c *Cluster) Announced() map[Station]*Chassis {
	if c.announced != nil {
		return c.announced
	}
	all := map[Station]*Chassis{}
	for _, z := range c.Zones {
		if z.Network == nil {
			continue
		}
		for _, d := range z.Network.Datapaths {
			for _, ln := range z.of[d] {
				if ln.Port.Type == "localnet" {
					z.announce(ln, all)
				}
			}
		}
	}
	c.announced = all
	return all
}

// announce adds what chassis announce by a localnet port.
func (z *Zone) announce(ln *Binding, all map[Station]*Chassis) {
	add := func(text string, h *Chassis) bool {
		first, _, _ := strings.Cut(text, " ")
		mac, ok := packet.ParseMAC(first)
		if ok && h != nil && h.plugged(ln) {
			all[Station{z.cluster.Segment(ln.Network), uint64(ln.Tag) & 0xfff, mac}] = h
		}
		return ok
	}
	for _, b := range z.of[ln.Port.Datapath] {
		if b.Port.Type == "" && b.Parent == "" {
			for _, text := range b.MAC { // of a VIF its first Ethernet address is announced
				if add(text, b.Chassis) {
					break
				}
			}
		}
		for _, text := range b.natAddresses {
			add(text, z.announcer(b, text))
		}
	}
}

// announcer returns the chassis that announces an entry of nat_addresses: the one on which
// the port is resident that the entry names, else the one of a gateway router.
func (z *Zone) announcer(b *Binding, text string) *Chassis {
	words := strings.Fields(text)
	i := slices.IndexFunc(words, func(w string) bool { return strings.HasPrefix(w, "is_chassis_resident(") })
	if i < 0 {
		return b.Chassis
	}
	port := z.ports[strings.Trim(strings.TrimPrefix(words[i], "is_chassis_resident("), `")`)]
	if port == nil {
		return nil
	}
	return port.Chassis
}
