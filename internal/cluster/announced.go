package cluster

import (
	"math"
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/dialect"
	"github.com/ovnwalk/ovnwalk/packet"
)

// Station is an Ethernet address on a VLAN of a segment (see Cluster.Segment).
type Station struct {
	Segment string
	VID     uint64
	MAC     uint64
}

// Announcement is how ovn-controller announces an Ethernet address: by gratuitous ARP packets or
// a RARP packet.
type Announcement struct {
	On   *Chassis
	From *Binding // the port of the switch through which the packets enter
	MAC  uint64
	IPv4 []uint64 // one for each packet, 0 for RARP

	isWalked bool
	seen     []*Chassis
}

// Seen returns the chassis from which the last frames with the address came to the physical network, none
// if no packet reaches it. Announcements pass through the pipelines of the switch, where ACLs may drop
// them, and other chassis may reply to them with the same address as source; walk, which is called once,
// returns those chassis for a packet.
func (a *Announcement) Seen(walk func(ipv4 uint64) []*Chassis) []*Chassis {
	if a.isWalked {
		return a.seen
	}
	a.isWalked = true
	own := []*Chassis{a.On}
	for _, ip := range a.IPv4 {
		switch seen := walk(ip); {
		case len(seen) == 0:
		case len(a.seen) == 0 || slices.Equal(a.seen, own):
			a.seen = seen
		case !slices.Equal(seen, own): // replies come after all packets
			for _, h := range seen {
				if !slices.Contains(a.seen, h) {
					a.seen = append(a.seen, h)
				}
			}
		}
	}
	return a.seen
}

// Announced returns the announcements by which physical switches learn Ethernet addresses:
// ovn-controller announces the VIFs of a switch with a localnet port and the addresses in
// Port_Binding.nat_addresses.  Zones that were not entered are not included.
func (c *Cluster) Announced() map[Station]*Announcement {
	if c.announced != nil {
		return c.announced
	}
	all := map[Station]*Announcement{}
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

// announce adds the announcements through a localnet port.
func (z *Zone) announce(ln *Binding, all map[Station]*Announcement) {
	add := func(text string, h *Chassis, from *Binding, most int) bool {
		first, rest, _ := strings.Cut(text, " ")
		mac, ok := packet.ParseMAC(first)
		if !ok || h == nil || !h.plugged(ln) {
			return ok
		}
		var addresses []uint64
		for _, word := range strings.Fields(rest) {
			if ip, ok := packet.ParseIPv4(word); ok && len(addresses) < most {
				addresses = append(addresses, ip)
			}
		}
		if len(addresses) == 0 {
			addresses = []uint64{0}
		}
		s := Station{z.cluster.Segment(ln.Network), uint64(ln.Tag) & 0xfff, mac}
		if a := all[s]; a != nil && a.On == h && a.From == from {
			addresses = append(a.IPv4, addresses...)
		}
		all[s] = &Announcement{On: h, From: from, MAC: mac, IPv4: addresses}
		return ok
	}
	for _, b := range z.of[ln.Port.Datapath] {
		if !z.announces(b) {
			continue
		}
		if b.Port.Type == "" && b.Parent == "" {
			for _, text := range b.MAC { // a VIF's first Ethernet address is announced, with its first IPv4 address
				if add(text, b.Chassis, b, 1) {
					break
				}
			}
		}
		for _, text := range b.natAddresses {
			add(text, z.announcer(b, text), b, math.MaxInt)
		}
	}
}

// announces reports whether neither the port nor the router of its peer has announcements disabled.
func (z *Zone) announces(b *Binding) bool {
	const key = "disable_garp_rarp"
	if b.row.get("options", key) == "true" && z.Network.Dialect.Has(dialect.DisablesAnnouncements) {
		return false
	}
	peer := z.Binding(b.Port.Peer)
	if peer == nil {
		return true
	}
	text, _ := peer.Port.Datapath.ExternalID(key)
	return text != "true"
}

// announcer returns the chassis that announces an entry of nat_addresses: the one where the
// port that the entry names is resident, or else that of the gateway router.
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
