package cluster

import (
	"slices"

	"github.com/ovnwalk/ovnwalk/internal/ovsdb/bridge"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// readTunnels reads the types of tunnels that each chassis has, and its transport zones.
func (z *Zone) readTunnels() {
	for _, c := range z.Network.Chassis() {
		if h := z.named(c.Name); h != nil {
			h.encaps, h.transport = z.Network.Encaps(c), z.Network.TransportZones(c)
		}
	}
}

// Tunnels reports whether a chassis has a tunnel to another one: to a chassis of another zone only if
// it is an interconnection gateway, and only if they have a type of tunnels in common, and
// a transport zone if one of them has any. A chassis without types of tunnels, of
// which ovn-controller makes none, is taken to have all.
func (h *Chassis) Tunnels(to *Chassis) bool {
	switch {
	case to.Remote && !h.interconnects:
		return false
	case len(h.transport) == 0 && len(to.transport) == 0:
	case !slices.ContainsFunc(h.transport, func(t string) bool { return slices.Contains(to.transport, t) }):
		return false
	}
	return len(h.encaps) == 0 || len(to.encaps) == 0 || lflow.TunnelType(h.encaps, to.encaps) != ""
}

// Accepts reports whether a chassis accepts packets from tunnels of another one: those of chassis to which it has a
// tunnel itself, by the rows of its own zone. Open vSwitch drops the others.
func (h *Chassis) Accepts(from *Chassis) bool {
	back := h.Zone.named(from.Name)
	return back != nil && h.Tunnels(back)
}

// CarriesInport reports whether tunnels from a chassis to another carry the key of the port
// by which a packet came in. Those of VXLAN have 12 bits for the output port, and none for that.
func (h *Chassis) CarriesInport(to *Chassis) bool {
	return lflow.TunnelType(h.encaps, to.encaps) != "vxlan"
}

// claims reports whether a candidate for a port claims it: if it is the only one, or if of the candidates that its tunnels monitor with
// BFD none has a higher priority. A chassis that monitors no other candidate does so only if it monitors a chassis that uses the port,
// because its own connection may be lost otherwise (controller/ha-chassis.c).
func (z *Zone) claims(h *Chassis, b *Binding) bool {
	if h.Down || len(b.Candidates) == 1 {
		return !h.Down
	}
	monitors := func(other *Chassis) bool { return other != nil && other != h && !other.Down && h.Tunnels(other) }
	if i := slices.IndexFunc(b.Candidates, monitors); i >= 0 {
		return slices.Index(b.Candidates, h) < i
	}
	return slices.ContainsFunc(z.users(b), monitors)
}

// users returns the chassis that use a port with several candidates.
func (z *Zone) users(b *Binding) (all []*Chassis) {
	groups := bridge.Snapshot(z.Network).Table("HA_Chassis_Group")
	for _, u := range b.row.refs("ha_chassis_group") {
		if r, ok := groups.Get(u); ok {
			for _, c := range (columns{r}).refs("ref_chassis") {
				all = append(all, z.chassis(c))
			}
		}
	}
	return all
}
