package cluster

import (
	"slices"

	"github.com/ovnwalk/ovnwalk/internal/ovsdb/bridge"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
)

// Crossing is what happens to a packet between its chassis and that of its output port.
type Crossing uint8

const (
	Crosses       Crossing = iota // it arrives, with the key of its input port
	LosesInport                   // it arrives without that, by a tunnel of VXLAN
	NoTunnel                      // there is no tunnel between the chassis
	Unbound                       // no chassis has the interface of the output port, but of others
	ToPhysical                    // the same on a switch with a physical network, to which it goes instead
	NotDetermined                 // it depends on chassis that are not known
)

// uniform reports whether all chassis of a zone have tunnels of Geneve to all others, and those of other zones back. It
// reads the rows of chassis alone, so that bindings need not be read then.
func (p *Places) uniform() bool {
	p.tunnels.Do(func() { p.isUniform = !slices.ContainsFunc(p.networks, isMixed) && areJoined(p.networks) })
	return p.isUniform
}

func isMixed(n *lflow.Network) bool {
	isOther := func(e lflow.Encap) bool { return e.Type != "geneve" }
	return n.LacksInterconnection() || slices.ContainsFunc(n.Chassis(), func(c *lflow.Chassis) bool {
		return slices.ContainsFunc(n.Encaps(c), isOther) || len(n.TransportZones(c)) > 0
	})
}

// areJoined reports whether every zone that has the chassis of another one is one whose chassis that one has.
func areJoined(networks []*lflow.Network) bool {
	own, all, zoneOf := make([][]string, len(networks)), make([]map[string]bool, len(networks)), map[string]int{}
	for i, n := range networks {
		all[i] = map[string]bool{}
		for r := range bridge.Snapshot(n).Table("Chassis").Rows() {
			c := columns{r}
			name := c.text("name")
			all[i][name] = true
			if c.get("other_config", "is-remote") != "true" {
				own[i], zoneOf[name] = append(own[i], name), i
			}
		}
	}
	for i, names := range all {
		for name := range names {
			j, known := zoneOf[name]
			if known && slices.ContainsFunc(own[i], func(n string) bool { return !all[j][n] }) {
				return false
			}
		}
	}
	return true
}

// accepts reports whether a chassis accepts packets from tunnels of another one, which for a chassis of another zone is in
// the rows of its own. It is true if that zone is not known.
func (p *Places) accepts(to, from *Chassis) bool {
	if !to.Remote {
		return true
	}
	for _, zone := range p.zones {
		if z := zone(); z != nil {
			if own := z.named(to.Name); own != nil && !own.Remote {
				return own.Accepts(from)
			}
		}
	}
	return true
}

// Crossing returns what happens to a packet that is output to a port on the chassis of a number, or to the copy for the
// port in a flood.
func (p *Places) Crossing(number uint64, port *lflow.Port, flood bool) Crossing {
	if c, ok := p.CrossingFromAll(port, flood); ok {
		return c
	}
	z := p.zones[p.index[port.Datapath.Network()]]()
	b := z.binding(port)
	from, _ := p.Candidates(number)
	if p.isUnbound(p.index[port.Datapath.Network()], port) {
		if slices.ContainsFunc(from, func(name string) bool { c := z.named(name); return c != nil && z.LocalnetOn(c, port.Datapath) == nil }) {
			return NotDetermined
		}
		return ToPhysical
	}
	if b == nil || b.Bridged {
		return Crosses
	}
	to, _ := p.Candidates(p.At(port.Datapath, port.Key))
	known, first := false, Crosses
	for _, a := range from {
		for _, c := range to {
			one := p.crossing(z, z.named(a), z.named(c), b)
			if known && one != first {
				return NotDetermined
			}
			known, first = true, one
		}
	}
	return first
}

// CrossingFromAll returns what happens to packets that are output to a port; ok is false if it depends on the chassis
// where they are.
func (p *Places) CrossingFromAll(port *lflow.Port, flood bool) (c Crossing, ok bool) {
	found := &p.crossings
	if flood {
		found = &p.copies
	}
	v, known := found.Load(port)
	if !known {
		v, _ = found.LoadOrStore(port, p.crossingFromAll(port, flood))
	}
	c = v.(Crossing)
	return c, c != NotDetermined
}

// crossingFromAll returns NotDetermined for an unbound port on a switch with a physical network. Of a flood, only the copy for
// the localnet port goes there.
func (p *Places) crossingFromAll(port *lflow.Port, flood bool) Crossing {
	i, ok := p.index[port.Datapath.Network()]
	switch {
	case !ok || staysOnChassis(port):
		return Crosses
	case p.isUnbound(i, port):
		if z := p.zones[i](); !flood && z != nil && slices.ContainsFunc(z.of[port.Datapath], func(b *Binding) bool { return b.Port.Type == "localnet" }) {
			return NotDetermined
		}
		return Unbound
	case p.uniform():
		return Crosses
	}
	return NotDetermined
}

// staysOnChassis reports whether packets to a port stay on their chassis.
func staysOnChassis(port *lflow.Port) bool {
	switch port.Type {
	case "patch", "localnet", "localport", "external":
		return true
	}
	return false
}

// isUnbound reports whether a port is bound to no chassis, and others are. Chassis have no interface of a virtual port:
// frames for its IP address go to the Ethernet address of its parent.
func (p *Places) isUnbound(zone int, port *lflow.Port) bool {
	n := p.networks[zone]
	switch port.Type {
	case "remote":
		if _, ok := n.RemoteChassis(port); ok {
			return false
		}
	case "", "chassisredirect", "l3gateway", "l2gateway":
		if s := n.State(port); s != lflow.StateUnbound && s != lflow.StateLost {
			return false
		}
	case "virtual":
	default:
		return false
	}
	z := p.zones[zone]()
	b := z.binding(port)
	if b == nil || port.Type == "virtual" {
		return b != nil
	}
	parent := z.ports[b.Parent]
	return len(b.Others(nil)) == 0 && (parent == nil || len(parent.Others(nil)) == 0)
}

// binding returns the binding of a port; z may be nil.
func (z *Zone) binding(port *lflow.Port) *Binding {
	if z == nil {
		return nil
	}
	return z.bindings[port]
}

// crossing returns what happens to a packet to a port that goes from one chassis to another.
func (p *Places) crossing(z *Zone, from, to *Chassis, b *Binding) Crossing {
	switch {
	case from == nil || to == nil:
		return NotDetermined
	case from == to:
		return Crosses
	case z.LocalnetOn(from, b.Port.Datapath) != nil && !b.Multichassis() && !b.Function && !z.AlwaysTunnels():
		return Crosses // over the physical network
	case !from.Tunnels(to) || !p.accepts(to, from):
		return NoTunnel
	case !from.CarriesInport(to):
		return LosesInport
	}
	return Crosses
}

// Move moves a packet to the chassis of its output port. If the packet is lost on the way, it returns the code
// for that, else "".
func (p *Places) Move(q *packet.Packet, port *lflow.Port, flood bool) (lost string) {
	crossing := p.Crossing(q.Uint(packet.OnChassis), port, flood)
	if crossing == LosesInport {
		q.SetUint(packet.Inport, 0)
	}
	if number := p.Moves(port); number != 0 {
		q.SetUint(packet.OnChassis, number)
	}
	return crossing.Code()
}

// The codes of packets that are lost between chassis, as verdicts of package connect have them.
const (
	CodeNoTunnel = "no-tunnel"
	CodeUnbound  = "port-not-bound"
)

// Code returns the code of packets that are lost, else "".
func (c Crossing) Code() string {
	switch c {
	case NoTunnel:
		return CodeNoTunnel
	case Unbound:
		return CodeUnbound
	case Crosses, LosesInport, ToPhysical, NotDetermined:
	}
	return ""
}
