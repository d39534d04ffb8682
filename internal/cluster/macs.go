package cluster

import (
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/packet"
)

// A router on several chassis that sends to a physical network has one Ethernet address there
// on each of them, lest switches see that of its port move: ovn-chassis-mac-mappings in
// ovn-controller(8).

// networkMAC is the Ethernet address of a chassis on a physical network.
type networkMAC struct {
	network string
	mac     uint64
}

// parseMACs reads the value of ovn-chassis-mac-mappings.
func parseMACs(text string) (all []networkMAC) {
	for part := range strings.SplitSeq(text, ",") {
		network, address, _ := strings.Cut(part, ":")
		if mac, ok := packet.ParseMAC(address); ok {
			all = append(all, networkMAC{network, mac})
		}
	}
	return all
}

// EgressSource returns the Ethernet source with which a frame leaves a chassis by a localnet port:
// in place of that of a router's port the chassis' own, unless the chassis is the port's gateway.
func (h *Chassis) EgressSource(ln *Binding, source uint64) uint64 {
	i := slices.IndexFunc(h.macs, func(m networkMAC) bool { return m.network == ln.Network })
	if i < 0 || ln.Port.Type != "localnet" {
		return source
	}
	for _, router := range h.routers(ln) {
		if cr := h.Zone.ports["cr-"+router.Port.Name]; router.mac == source && (cr == nil || cr.Chassis != h) {
			return h.macs[i].mac
		}
	}
	return source
}

// IngressSources returns the Ethernet sources, of which one replaces that of a frame that enters a chassis
// by a localnet port: those of the routers of the switch, if another chassis sent the frame in place
// of one, else none. The chassis uses that of the first of them that it finds.
func (h *Chassis) IngressSources(ln *Binding, source uint64) (all []uint64) {
	isChassis := func(other *Chassis) bool {
		return other != h && slices.ContainsFunc(other.macs, func(m networkMAC) bool { return m.mac == source })
	}
	if ln.Port.Type != "localnet" || !slices.ContainsFunc(h.Zone.Chassis, isChassis) {
		return nil
	}
	for _, router := range h.routers(ln) {
		if !slices.Contains(all, router.mac) {
			all = append(all, router.mac)
		}
	}
	return all
}

// routerPort is a port of a router with its Ethernet address.
type routerPort struct {
	*Binding
	mac uint64
}

// routers returns the routers' ports that the switch of a localnet port is joined to on the chassis, as far as
// the chassis carries the routers. Gateway routers are joined to it on their own chassis only.
func (h *Chassis) routers(ln *Binding) (all []routerPort) {
	for _, b := range h.Zone.of[ln.Port.Datapath] {
		peer := h.Zone.bindings[b.Port.Peer]
		if b.Port.Type == "l3gateway" && b.Chassis != h {
			continue
		}
		if peer == nil || !h.local[peer.Port.Datapath] || peer.Port.Datapath.Type != "logical-router" || len(peer.MAC) == 0 {
			continue
		}
		first, _, _ := strings.Cut(peer.MAC[0], " ")
		if mac, ok := packet.ParseMAC(first); ok {
			all = append(all, routerPort{peer, mac})
		}
	}
	return all
}
