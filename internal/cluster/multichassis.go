package cluster

import (
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/dialect"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/bridge"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
)

// During live migration a port is on its chassis and on additional ones, all of which receive a
// copy of each packet for it: see requested-chassis in ovn-nb(5).

// Multichassis reports whether the database has the port on additional chassis.
func (b *Binding) Multichassis() bool { return len(b.row.refs("additional_chassis")) > 0 }

// ChecksLength reports whether a chassis compares the length of IP packets from and to the port
// with the MTU of tunnels: it has the port, the switch has a physical network there, and packets
// between the port and other chassis take tunnels nevertheless.
func (z *Zone) ChecksLength(h *Chassis, b *Binding) bool {
	d := b.Port.Datapath
	if !d.Network().Dialect.Has(dialect.ChecksMultichassisMTU) || z.LocalnetOn(h, d) == nil || z.AlwaysTunnels() || !b.Multichassis() || !b.On(h) {
		return false
	}
	return slices.ContainsFunc(d.Ports(), func(p *lflow.Port) bool {
		o := z.Binding(p)
		switch p.Type {
		case "patch", "l3gateway", "chassisredirect", "localnet", "localport":
			return false
		}
		return o != nil && o.Chassis != nil && o.Chassis != h && !o.Multichassis() && !o.Function
	})
}

// Others returns the chassis that have the port, except h.
func (b *Binding) Others(h *Chassis) (all []*Chassis) {
	for _, other := range append([]*Chassis{b.Chassis}, b.Additional...) {
		if other != nil && other != h {
			all = append(all, other)
		}
	}
	return all
}

// Inactive reports whether h is an additional chassis on which the port is not yet activated, so
// that packets from and to it are dropped there.
func (b *Binding) Inactive(h *Chassis) bool {
	return slices.Contains(b.Additional, h) && len(b.activations()) > 0 &&
		!slices.Contains(strings.Split(b.row.get("options", "additional-chassis-activated"), ","), h.Name)
}

// Activates reports whether a packet from the port activates it.
func (b *Binding) Activates(p *packet.Packet) bool {
	for _, strategy := range b.activations() {
		switch {
		case strategy == "rarp" && p.Uint(packet.EthType) == packet.EthTypeRARP,
			strategy == "garp" && p.Uint(packet.EthType) == packet.EthTypeARP && p.Uint(packet.ARPSPA) == p.Uint(packet.ARPTPA),
			strategy == "na" && p.IsND() && p.Uint(packet.TPSrc) == packet.NDAdvertise && p.Get(packet.IPv6Src) == p.Get(packet.NDTarget):
			return true
		}
	}
	return false
}

// activations returns the kinds of packets that activate the port.  If there are several,
// ovn-controller has flows for each address of the port, so that nothing is dropped for a port
// without addresses.
func (b *Binding) activations() (all []string) {
	known := []string{"rarp"}
	words := []string{b.row.get("options", "activation-strategy")}
	if b.Port.Datapath.Network().Dialect.Has(dialect.ActivationStrategies) {
		if !slices.ContainsFunc(b.MAC, isAddress) {
			return nil
		}
		known, words = []string{"rarp", "garp", "na"}, strings.Split(words[0], ",")
	}
	for _, word := range words {
		if slices.Contains(known, word) {
			all = append(all, word)
		}
	}
	return all
}

// isAddress reports whether an address of a port begins with an Ethernet address.
func isAddress(text string) bool {
	first, _, _ := strings.Cut(text, " ")
	_, ok := packet.ParseMAC(first)
	return ok
}

// AlwaysTunnels reports whether packets take tunnels to other chassis although the switch has a
// physical network (always_tunnel in ovn-nb(5)).
func (z *Zone) AlwaysTunnels() bool {
	return z.alwaysTunnels && z.Network.Dialect.Has(dialect.TunnelsProviderNetworks)
}

// readTunneling reads always_tunnel.
func (z *Zone) readTunneling() {
	for r := range bridge.Snapshot(z.Network).Table("SB_Global").Rows() {
		z.alwaysTunnels = columns{r}.get("options", "always_tunnel") == "true"
	}
}
