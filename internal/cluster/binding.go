package cluster

import (
	"slices"
	"strconv"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/ovsdb/bridge"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
)

// Binding is the location of a logical port.
type Binding struct {
	Port       *lflow.Port
	Chassis    *Chassis   // nil if it is not bound
	Additional []*Chassis // additional chassis

	Candidates []*Chassis // for a port that moves between chassis: those that may have it, by preference

	Network        string // for a localnet or l2gateway port, the physical network
	Tag            int64  // the VLAN, 0 for none
	EveryVLAN      bool   // for a localnet or l2gateway port: it accepts frames with any tag
	Parent         string // for a nested container or a port of type mirror, the port that carries its frames
	Redirect       string // for a distributed gateway port, its chassisredirect port
	AlwaysRedirect bool   // for a chassisredirect port
	Bridged        bool   // for a chassisredirect port: over the physical network instead of tunnels
	Function       bool   // whether it is the port of a network function: frames for it take tunnels, also back to their chassis
	ACLs           bool   // for a patch port: it has a conntrack zone because ACLs apply to it
	MAC            []string

	natAddresses []string // for a switch's port to a router: the addresses that chassis announce
	row          columns
}

// readBindings reads table Port_Binding, except for the chassis of the ports.
func (z *Zone) readBindings() {
	n := z.Network
	z.bindings, z.ports, z.of = map[*lflow.Port]*Binding{}, map[string]*Binding{}, map[*lflow.Datapath][]*Binding{}
	for r := range bridge.Snapshot(n).Table("Port_Binding").Rows() {
		c := columns{r}
		p, err := n.Port(c.text("logical_port"))
		if err != nil || z.bindings[p] != nil {
			continue
		}
		b := &Binding{
			row: c, Port: p, Network: c.get("options", "network_name"), Redirect: c.get("options", "chassis-redirect-port"),
			AlwaysRedirect: c.get("options", "always-redirect") == "true", Bridged: c.get("options", "redirect-type") == "bridged",
			ACLs: c.get("options", "enable_router_port_acl") == "true", Function: c.get("options", "is-nf") == "true",
			MAC: p.AddressTexts(), natAddresses: c.texts("nat_addresses"),
		}
		b.Parent, b.Tag = p.Parent()
		b.EveryVLAN = b.Tag == 0 && c.get("options", "vlan-passthru") == "true"
		for _, g := range n.Gateways(p) {
			if h := z.named(g.Chassis.Name); h != nil {
				b.Candidates = append(b.Candidates, h)
			}
		}
		z.bindings[p], z.ports[p.Name] = b, b
		z.of[p.Datapath] = append(z.of[p.Datapath], b)
	}
	for _, all := range z.of {
		slices.SortFunc(all, func(a, b *Binding) int { return int(a.Port.Key) - int(b.Port.Key) })
	}
}

// bind binds the ports to their chassis.
func (z *Zone) bind() {
	for _, b := range z.bindings {
		b.Chassis, b.Additional = z.bound(b), nil
		for _, u := range b.row.refs("additional_chassis") {
			if h := z.chassis(u); h != nil && !h.Down && h != b.Chassis {
				b.Additional = append(b.Additional, h)
			}
		}
	}
}

// bound returns the chassis of a port: the one in the options, or else the one in the database,
// or if that is down a candidate that takes the port over.
func (z *Zone) bound(b *Binding) *Chassis {
	if name, ok := z.cluster.options.Bound[b.Port.Name]; ok {
		return z.named(name)
	}
	var h *Chassis
	c := b.row
	if all := c.refs("chassis"); len(all) > 0 {
		h = z.chassis(all[0])
	}
	if h != nil && !h.Down {
		return h
	}
	if i := slices.IndexFunc(b.Candidates, func(c *Chassis) bool { return z.claims(c, b) }); i >= 0 {
		return b.Candidates[i]
	}
	if h == nil && (b.Port.Type == "l3gateway" || b.Port.Type == "l2gateway") {
		h = z.named(c.get("options", b.Port.Type+"-chassis"))
	}
	if h != nil && h.Down {
		return nil
	}
	return h
}

// requested returns the requested chassis of a port, or nil.
func (z *Zone) requested(c columns) *Chassis {
	if all := c.refs("requested_chassis"); len(all) > 0 {
		return z.chassis(all[0])
	}
	name := c.get("options", "requested-chassis")
	if h := z.named(name); h != nil || name == "" {
		return h
	}
	i := slices.IndexFunc(z.Chassis, func(h *Chassis) bool { return h.Hostname == name })
	if i < 0 {
		return nil
	}
	return z.Chassis[i]
}

func (z *Zone) named(name string) *Chassis {
	i := slices.IndexFunc(z.Chassis, func(h *Chassis) bool { return h.Name == name })
	if i < 0 {
		return nil
	}
	return z.Chassis[i]
}

// Binding returns the binding of a port.
func (z *Zone) Binding(p *lflow.Port) *Binding { return z.bindings[p] }

// BindingNamed returns the binding of the port with a name, or nil.
func (z *Zone) BindingNamed(name string) *Binding { return z.ports[name] }

// On reports whether the port is bound to a chassis.
func (b *Binding) On(h *Chassis) bool {
	return h != nil && (b.Chassis == h || slices.Contains(b.Additional, h))
}

// mayBeOn reports whether the port may move to a chassis.
func (b *Binding) mayBeOn(h *Chassis) bool { return slices.Contains(b.Candidates, h) }

// hosts returns the chassis that carry the port's datapath because of this port.
func (b *Binding) hosts() []*Chassis {
	switch b.Port.Type {
	case "patch", "localnet", "localport", "remote":
		return nil
	case "chassisredirect", "external":
		return append(slices.Clone(b.Candidates), b.Chassis)
	}
	return append(slices.Clone(b.Additional), b.Chassis)
}

// LocalnetOn returns the localnet port through which a chassis reaches the physical network of a
// switch, or nil.
func (z *Zone) LocalnetOn(h *Chassis, d *lflow.Datapath) *Binding {
	if !h.local[d] {
		return nil
	}
	for _, b := range z.of[d] {
		if b.Port.Type == "localnet" && h.plugged(b) {
			return b
		}
	}
	return nil
}

// Local reports whether a chassis has the interface of a logical port.
func (h *Chassis) Local(b *Binding) bool {
	switch b.Port.Type {
	case "localnet", "l2gateway":
		return h.plugged(b)
	case "localport":
		return h.local[b.Port.Datapath]
	case "patch", "l3gateway", "chassisredirect", "remote", "vtep", "external", "virtual": // frames for the address of a virtual port go to its parent
		return false
	}
	if b.Parent != "" {
		parent := h.Zone.ports[b.Parent]
		return parent != nil && parent.On(h)
	}
	return b.On(h)
}

// ReturnsContainers reports whether frames of nested containers leave a chassis through a port
// although they came in by the same interface: the port has the key of a parent of containers on its
// datapath.  The parent may be on another datapath, because ovn-controller compares only keys.
func (z *Zone) ReturnsContainers(h *Chassis, p *lflow.Port) bool {
	return slices.ContainsFunc(z.of[p.Datapath], func(b *Binding) bool {
		parent := z.ports[b.Parent]
		return parent != nil && b.Port.Type != "mirror" && parent.Port.Key == p.Key && h.Local(b)
	})
}

// ParseIP parses an IPv4 address, returned as mapped into IPv6, or an IPv6 address.
func ParseIP(s string) (packet.Value, bool) {
	if v, ok := packet.ParseIPv4(s); ok {
		return packet.MapIPv4(v), true
	}
	return packet.ParseIPv6(s)
}

// requestedZone returns the number of the SNAT zone that a router requests.
func requestedZone(d *lflow.Datapath) (uint16, bool) {
	text, ok := d.ExternalID("snat-ct-zone")
	if !ok {
		return 0, false
	}
	v, err := strconv.ParseUint(text, 10, 16)
	return uint16(v), err == nil
}

// External reports whether an Ethernet address on a switch is that of an external
// port that a chassis serves.
func (z *Zone) External(h *Chassis, d *lflow.Datapath, mac uint64) bool {
	for _, b := range z.of[d] {
		if b.Port.Type != "external" || b.Chassis != h {
			continue
		}
		for _, text := range b.MAC {
			if m, ok := packet.ParseMAC(strings.SplitN(text+" ", " ", 2)[0]); ok && m == mac {
				return true
			}
		}
	}
	return false
}
