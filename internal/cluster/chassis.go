package cluster

import (
	"maps"
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/dialect"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/bridge"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// Chassis is a hypervisor or gateway.
type Chassis struct {
	Name     string
	Hostname string
	Number   uint64 // in its cluster, from 1
	Zone     *Zone
	Down     bool
	Remote   bool // whether it belongs to another zone

	interconnects bool // whether it has tunnels to chassis of other zones
	userspace     bool // whether it has the userspace datapath of Open vSwitch
	monitorsAll   bool // whether ovn-controller monitors all rows, not only those of its datapaths

	uuid      ovsdb.UUID
	mappings  map[string]string // physical networks to bridges
	macs      []networkMAC      // in place of those of routers
	encaps    []lflow.Encap     // of its tunnels
	transport []string          // zones, outside of which it has no tunnels
	local     map[*lflow.Datapath]bool
	doubtful  map[*lflow.Datapath]bool // those of local that MayLack returns
	zones     ctZones
}

// addChassis adds the rows of table Chassis with the given value of is-remote.
func (z *Zone) addChassis(remote bool) {
	for _, c := range z.source.Chassis {
		if c.Remote == remote {
			z.Chassis = append(z.Chassis, &Chassis{
				Name: c.Name, Hostname: c.Hostname, Zone: z, uuid: ovsdb.UUID(c.UUID), Remote: remote,
				interconnects: c.Interconnects, mappings: c.Mappings, local: map[*lflow.Datapath]bool{},
			})
		}
	}
}

func (z *Zone) chassis(u ovsdb.UUID) *Chassis {
	for _, h := range z.Chassis {
		if h.uuid == u {
			return h
		}
	}
	return nil
}

// readDatapaths reads which chassis monitor all rows, their Ethernet addresses, and which have the userspace
// datapath: those with datapath type netdev, or with dummy interfaces, as ovs-vswitchd --enable-dummy has them.
func (z *Zone) readDatapaths() {
	for r := range bridge.Snapshot(z.Network).Table("Chassis").Rows() {
		c := columns{r}
		if h := z.named(c.text("name")); h != nil {
			h.macs = parseMACs(c.get("other_config", "ovn-chassis-mac-mappings"))
			h.monitorsAll = c.get("other_config", "ovn-monitor-all") == "true"
			h.userspace = c.get("other_config", "datapath-type") == "netdev" ||
				slices.Contains(strings.Split(c.get("other_config", "iface-types"), ","), "dummy")
		}
	}
}

// InUserspace reports whether the chassis has the userspace datapath. It has no routes for tunneled
// packets with a pkt.mark: those of Open vSwitch itself are for packets without one.
func (h *Chassis) InUserspace() bool { return h.userspace }

// Carries reports whether the chassis has the flows of a datapath.
func (h *Chassis) Carries(d *lflow.Datapath) bool { return h.local[d] }

// MayLack reports whether the chassis carries a datapath only if ovn-controller had its rows before:
// a gateway router of another chassis whose peer is a router. ovn-controller monitors the rows of the
// datapaths that it carries, and finds their peers in the rows of their ports. Those of gateway routers
// are not monitored, unless it has them since it started.
func (h *Chassis) MayLack(d *lflow.Datapath) bool { return h.doubtful[d] }

// place finds the datapaths that each chassis carries: those of the ports that it has or may take
// over, and those connected to them.
func (z *Zone) place() {
	beyond := map[*Chassis][]*lflow.Datapath{}
	for _, b := range z.bindings {
		for _, h := range b.hosts() {
			z.carry(h, b.Port.Datapath, beyond)
		}
	}
	for _, h := range z.Chassis {
		if len(beyond[h]) == 0 {
			continue
		}
		known := maps.Clone(h.local)
		for len(beyond[h]) > 0 {
			d := beyond[h][0]
			beyond[h] = beyond[h][1:]
			z.carry(h, d, beyond)
		}
		h.doubtful = maps.Clone(h.local)
		maps.DeleteFunc(h.doubtful, func(d *lflow.Datapath, _ bool) bool { return known[d] })
	}
}

// carry adds a datapath to those of a chassis, and the datapaths that it reaches from there. Those whose
// rows it does not have are added to beyond.
func (z *Zone) carry(h *Chassis, d *lflow.Datapath, beyond map[*Chassis][]*lflow.Datapath) {
	if h == nil || h.local[d] {
		return
	}
	h.local[d] = true
	for _, b := range z.of[d] {
		peer := b.Port.Peer
		if peer == nil {
			continue
		}
		switch q := z.bindings[peer]; {
		case q == nil || !z.extends(h, b, q):
		case h.monitorsAll || peer.Type != "l3gateway" || q.Chassis == h:
			z.carry(h, peer.Datapath, beyond)
		default:
			beyond[h] = append(beyond[h], peer.Datapath)
		}
	}
}

// extends reports whether a chassis that carries a port's datapath also carries that of its peer.
func (z *Zone) extends(h *Chassis, b, peer *Binding) bool {
	switch b.Port.Type {
	case "l3gateway": // a peer of type patch is not bound
		return b.Chassis == h && (peer.Chassis == h || !z.Network.Dialect.Has(dialect.GatewayDatapathLocal))
	case "patch":
	default:
		return false
	}
	own, other := z.ports[b.Redirect], z.ports[peer.Redirect]
	if own == nil && other == nil {
		return b.Redirect == ""
	}
	if other != nil && z.Network.Dialect.Has(dialect.GatewayDatapathLocal) && b.Port.Datapath.Type == "logical-switch" && peer.Port.Datapath.Type == "logical-router" {
		return other.mayBeOn(h)
	}
	if own == nil || !own.AlwaysRedirect {
		return true
	}
	return own.mayBeOn(h)
}
