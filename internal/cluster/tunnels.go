package cluster

import (
	"slices"

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
