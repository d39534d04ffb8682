package cluster

import (
	"strings"

	"github.com/ovnwalk/ovnwalk/lflow"
)

// ctZones has the numbers of a chassis' conntrack zones by their names in ovn-controller(8).
type ctZones struct {
	numbers map[string]uint16
	names   map[uint16]string
	last    uint16
	nat     map[*lflow.Datapath][2]uint16 // cache of DNAT and SNAT zones
}

// ZoneName returns the name of a conntrack zone of the chassis, or "".
func (h *Chassis) ZoneName(number uint16) string { return h.zones.names[number] }

func (x *ctZones) set(name string, number uint16) {
	if x.numbers == nil {
		x.numbers, x.names = map[string]uint16{}, map[uint16]string{}
	}
	x.numbers[name] = number
	x.names[number] = name
}

// ZoneNamed returns the number of the zone with a name that ovn-controller uses: the name of a
// port, or the UUID or name of a datapath followed by _dnat or _snat.  ok is false if the chassis
// has no such zone.
func (h *Chassis) ZoneNamed(name string) (number uint16, ok bool) {
	if b := h.Zone.ports[name]; b != nil {
		number = h.PortZone(b)
		return number, number != 0
	}
	for _, d := range h.Zone.Network.Datapaths {
		own, _ := d.ExternalID("name")
		for _, prefix := range []string{d.UUID, own} {
			kind, ok := strings.CutPrefix(name, prefix+"_")
			if !ok || prefix == "" || !h.local[d] {
				continue
			}
			switch dnat, snat := h.NATZones(d); kind {
			case "dnat":
				return dnat, true
			case "snat":
				return snat, true
			}
		}
	}
	return 0, false
}

// number returns the number of a zone, and assigns an unused one to a new name.
func (h *Chassis) number(name string) uint16 {
	if z, ok := h.zones.numbers[name]; ok {
		return z
	}
	if h.zones.numbers == nil {
		for _, d := range h.Zone.Network.Datapaths { // requested numbers come first
			if z, ok := requestedZone(d); ok && h.local[d] {
				h.zones.set(natZone(d, "snat"), z)
			}
		}
		if z, ok := h.zones.numbers[name]; ok {
			return z
		}
	}
	for {
		h.zones.last++
		if _, taken := h.zones.names[h.zones.last]; !taken {
			break
		}
	}
	h.zones.set(name, h.zones.last)
	return h.zones.last
}

func natZone(d *lflow.Datapath, kind string) string {
	name, _ := d.ExternalID("name")
	return name + "_" + kind
}

// PortZone returns the conntrack zone of a port on the chassis, or 0.
func (h *Chassis) PortZone(b *Binding) uint16 {
	switch b.Port.Type {
	case "patch":
		if !b.ACLs || !h.local[b.Port.Datapath] {
			return 0
		}
	case "remote":
		return 0
	case "localnet":
	case "localport":
		if !h.Local(b) {
			return 0
		}
	default:
		if b.Parent != "" && !h.Local(b) || b.Parent == "" && !b.On(h) {
			return 0
		}
	}
	return h.number(b.Port.Name)
}

// NATZones returns the DNAT and SNAT zones of a datapath.
func (h *Chassis) NATZones(d *lflow.Datapath) (dnat, snat uint16) {
	if !h.local[d] {
		return 0, 0
	}
	zones, ok := h.zones.nat[d]
	if !ok {
		zones = [2]uint16{h.number(natZone(d, "dnat")), h.number(natZone(d, "snat"))}
		if h.zones.nat == nil {
			h.zones.nat = map[*lflow.Datapath][2]uint16{}
		}
		h.zones.nat[d] = zones
	}
	return zones[0], zones[1]
}

// CommonZoneIsSNAT reports whether a router's actions in the common zone use the SNAT zone, as they
// do if the router requests its number.
func CommonZoneIsSNAT(d *lflow.Datapath) bool {
	_, ok := d.ExternalID("snat-ct-zone")
	return ok
}
