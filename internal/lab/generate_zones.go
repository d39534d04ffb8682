package lab

import (
	"fmt"
	"iter"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
)

// GenerateZones generates a network of two to four interconnect zones for real chassis, as
// one Network for each zone. Zones have layer 3 networks joined by transit switches, layer
// 2 networks and transit routers whose other ports are remote, networks joined by connect
// routers, routers joined as by ovn-ic(8), and switches on one physical network, with
// services and policies over all zones. If ic is true, ovn-ic(8) makes some of the transit
// switches.
func GenerateZones(seed uint64, ic bool) []*Network {
	x := newInterconnect(seed)
	x.physical = &Switch{Name: "physical", V4: netip.MustParsePrefix("172.18.0.0/16"), V6: netip.MustParsePrefix("fd18::/64")}
	x.chassis()
	switch {
	case len(x.all()) > len(x.zones) || x.chance(.2):
		ic = ic && x.chance(.6)
		for range x.between(1, 2) {
			x.regions(ic)
		}
		if !ic && x.chance(.4) { // ovn-ic removes transit switches that it does not have
			x.layer2(false)
		}
	default:
		kinds := []func(){x.layer3, x.layer3, func() { x.layer2(true) }, func() { x.layer2(false) }, x.transitRouter, x.localnet}
		for range x.between(1, 2) {
			pick(x.Rand, kinds...)()
		}
		x.connect()
	}
	x.services()
	x.policies()
	x.hosts()
	return x.finish()
}

// interconnect generates the zones of one network. The parts share one source of random
// numbers. What all zones must agree on is generated once.
type interconnect struct {
	*rand.Rand
	zones    []*generator
	physical *Switch
	nets     []*zonedNetwork
	keys     int // of datapaths
}

// zonedNetwork is a network that extends over all zones.
type zonedNetwork struct {
	index    int
	prefix   string
	v4, v6   bool
	switches []*Switch // of each zone; the same one if all zones share it
	routers  []*Router // that the switches are behind, of each zone; empty for none
	gateways []*Router // of each zone; empty for none
	pods     [][]*Port // of each zone
	joined   []*Router // the router of each zone to which another network may be connected
}

func newInterconnect(seed uint64) *interconnect {
	x := &interconnect{Rand: rand.New(rand.NewPCG(seed, 0x7a6f6e6573)), keys: 16711680}
	for i := range x.between(2, 4) {
		g := newGenerator(seed)
		g.Rand, g.wire = x.Rand, true
		g.n.Name = fmt.Sprintf("zones-%d/z%d", seed, i+1)
		g.do("init")
		x.zones = append(x.zones, g)
	}
	return x
}

func (x *interconnect) chance(p float64) bool { return x.Float64() < p }

func (x *interconnect) between(low, high int) int { return low + x.IntN(high-low+1) }

// key returns a new tunnel key for a datapath that all zones share.
func (x *interconnect) key() int {
	x.keys++
	return x.keys
}

// each calls a function for each zone, numbered from 1.
func (x *interconnect) each(do func(z int, g *generator)) {
	for i, g := range x.zones {
		do(i+1, g)
	}
}

// others yields the zones but the given one, numbered from 1.
func (x *interconnect) others(z int) iter.Seq2[int, *generator] {
	return func(yield func(int, *generator) bool) {
		for i, g := range x.zones {
			if i+1 != z && !yield(i+1, g) {
				return
			}
		}
	}
}

// all returns the chassis of all zones.
func (x *interconnect) all() (all []Host) {
	for _, g := range x.zones {
		all = append(all, g.n.Hosts...)
	}
	return all
}

// chassis draws the chassis of each zone: one node, or a gateway and others. A
// chassis may have another name than its host.
func (x *interconnect) chassis() {
	several, ids := x.chance(.3), x.chance(.4)
	x.each(func(z int, g *generator) {
		count := 1
		if several {
			count = x.between(1, 2)
		}
		for i := range count {
			h := Host{Name: fmt.Sprintf("node%d", z), Mapped: true, Interconnects: i == 0 || x.chance(.5)}
			if i > 0 {
				h.Name += fmt.Sprintf("-%d", i)
			}
			if ids {
				h.Hostname, h.Name = h.Name, g.uuid()
			}
			g.n.Hosts = append(g.n.Hosts, h)
			g.hosts = append(g.hosts, h.Name)
		}
	})
}

// gateway returns the chassis of a zone that has tunnels to the other zones.
func (g *generator) gateway() string { return g.hosts[0] }

// newNetwork begins a network with a family or both.
func (x *interconnect) newNetwork() *zonedNetwork {
	n := &zonedNetwork{index: len(x.nets), v4: true, v6: x.chance(.4)}
	if n.v6 && x.chance(.2) {
		n.v4 = false
	}
	if n.index > 0 {
		n.prefix = pick(x.Rand, "tenant", "blue_net", "red.udn") + fmt.Sprint(n.index) + "_"
	}
	n.pods = make([][]*Port, len(x.zones))
	x.nets = append(x.nets, n)
	return n
}

// prefixes returns networks of the families that n has.
func (n *zonedNetwork) prefixes(v4, v6 string, args ...any) (all []netip.Prefix) {
	if n.v4 {
		all = append(all, netip.MustParsePrefix(fmt.Sprintf(v4, args...)))
	}
	if n.v6 {
		all = append(all, netip.MustParsePrefix(fmt.Sprintf(v6, args...)))
	}
	return all
}

// subnet returns the networks of the zone's own switch, with the address of the router.
func (n *zonedNetwork) subnet(z int) []netip.Prefix {
	return n.prefixes("10.%[1]d.%[2]d.1/24", "fd%[1]x:0:0:%[2]x::1/64", 20+n.index, z)
}

// addressOf returns the address of a network's prefixes in the family of another address,
// or the zero address.
func addressOf(nets []netip.Prefix, like netip.Addr) netip.Addr {
	for _, n := range nets {
		if n.Addr().Is4() == like.Is4() {
			return n.Addr()
		}
	}
	return netip.Addr{}
}

// anyPrefix returns the prefix of all addresses of a family.
func anyPrefix(like netip.Addr) string {
	if like.Is4() {
		return "0.0.0.0/0"
	}
	return "::/0"
}

// newSwitchIn adds a switch to one zone.
func (g *generator) newSwitchIn(s *Switch, config ...string) *Switch {
	g.n.Switches = append(g.n.Switches, s)
	g.do("ls-add %s", s.Name)
	g.set("logical_switch", s.Name, config...)
	return s
}

// newRouterIn adds a router to one zone.
func (g *generator) newRouterIn(name string, options ...string) *Router {
	r := &Router{Name: name}
	g.n.Routers = append(g.n.Routers, r)
	g.do("lr-add %s", name)
	g.set("logical_router", name, options...)
	return r
}

// link connects a router to a switch. key is the tunnel key of the switch's port, 0 for
// none.
func (g *generator) link(s *Switch, lsp string, r *Router, lrp, mac string, nets []netip.Prefix, key int) *RouterPort {
	p := r.attach(&RouterPort{Name: lrp, MAC: mac, Nets: nets, Switch: s})
	g.north.Add(append([]string{"lrp-add", r.Name, lrp, mac}, texts(nets)...)...)
	g.do("lsp-add %s %s", s.Name, lsp)
	g.set("logical_switch_port", lsp, "type=router", "addresses=router", option("options", "router-port", lrp))
	if key != 0 {
		g.set("logical_switch_port", lsp, option("options", "requested-tnl-key", key))
	}
	return p
}

// peers links two routers of a zone without a switch.
func (g *generator) peers(a *Router, an, amac string, anets []netip.Prefix, b *Router, bn, bmac string, bnets []netip.Prefix) {
	one := a.attach(&RouterPort{Name: an, MAC: amac, Nets: anets})
	two := b.attach(&RouterPort{Name: bn, MAC: bmac, Nets: bnets})
	one.remote, two.remote = two, one
	g.north.Add(append(append([]string{"lrp-add", a.Name, an, amac}, texts(anets)...), "peer="+bn)...)
	g.north.Add(append(append([]string{"lrp-add", b.Name, bn, bmac}, texts(bnets)...), "peer="+an)...)
}

// remote adds a port of another zone to a switch.
func (g *generator) remote(s *Switch, lsp, addresses, chassis string, key int) {
	g.do("lsp-add %s %s", s.Name, lsp)
	g.set("logical_switch_port", lsp, "type=remote", setOf("addresses", []string{addresses}),
		option("options", "requested-tnl-key", key), option("options", "requested-chassis", chassis))
	g.n.remote(chassis, lsp)
}

// remote records the chassis of a remote port.
func (n *Network) remote(chassis, port string) {
	if n.RemotePorts == nil {
		n.RemotePorts = map[string][]string{}
	}
	n.RemotePorts[chassis] = append(n.RemotePorts[chassis], port)
}

// pod adds a port with a host behind it; key is its tunnel key, 0 for none.
func (g *generator) pod(s *Switch, name string, a Addr, chassis string, secure bool, key int) *Port {
	p := &Port{Name: name, Switch: s, Addrs: []Addr{a}}
	s.Ports = append(s.Ports, p)
	g.do("lsp-add %s %s", s.Name, name)
	g.set("logical_switch_port", name, setOf("addresses", []string{a.String()}))
	if secure {
		g.set("logical_switch_port", name, setOf("port_security", []string{a.String()}))
	}
	if key != 0 {
		g.set("logical_switch_port", name, option("options", "requested-tnl-key", key))
	}
	if g.chance(.5) {
		g.set("logical_switch_port", name, option("options", "requested-chassis", chassis))
	}
	g.n.ChassisRows.Bound = append(g.n.ChassisRows.Bound, Binding{Port: name, Chassis: chassis})
	return p
}

// hosts adds hosts to the physical network. Most gateways have their Ethernet addresses.
func (x *interconnect) hosts() {
	if len(x.physical.Routers) == 0 && len(x.physical.Ports) == 0 {
		return
	}
	g := x.zones[0]
	g.n.Switches = append(g.n.Switches, x.physical)
	for i := range x.between(1, 2) {
		o := Outside{Name: fmt.Sprintf("outside%d", i), Switch: x.physical, Addr: Addr{MAC: fmt.Sprintf("02:42:ac:12:00:%x", 0xfe-i)}}
		o.IPs = []netip.Addr{host(x.physical.V4, 0xfe-i), host(x.physical.V6, 0xfe-i)}
		g.n.Outside = append(g.n.Outside, o)
	}
	x.each(func(_ int, at *generator) {
		for _, p := range x.physical.Routers {
			if !at.owns(p) {
				continue
			}
			know := func(ip netip.Addr, mac string, probability float64) {
				if addressOf(p.Nets, ip).IsValid() && x.chance(probability) {
					at.north.Add("create", "static_mac_binding", "logical_port="+p.Name, "ip="+Quote(ip.String()), "mac="+Quote(mac))
				}
			}
			for _, o := range g.n.Outside {
				for _, ip := range o.IPs {
					know(ip, o.MAC, .9)
				}
			}
			for _, other := range x.physical.Routers {
				if other != p {
					for _, net := range other.Nets {
						know(net.Addr(), other.MAC, .7)
					}
				}
			}
		}
	})
}

// owns reports whether a router's port is in the zone.
func (g *generator) owns(p *RouterPort) bool {
	return slices.Contains(g.n.Routers, p.Router)
}

// finish returns the networks of the zones, with the chassis of other zones in each.
func (x *interconnect) finish() (all []*Network) {
	bound := x.chance(.7)
	for i, g := range x.zones {
		g.n.North = g.north
		for _, other := range x.others(i + 1) {
			for _, h := range other.n.Hosts {
				if h.Interconnects || x.chance(.5) {
					g.n.Elsewhere = append(g.n.Elsewhere, h)
				}
			}
		}
		if !bound {
			g.n.RemotePorts = nil
		}
		all = append(all, g.n)
	}
	return all
}

// mac returns an Ethernet address made of numbers.
func mac(a, b, c, d int) string {
	return strings.ToLower(fmt.Sprintf("0a:58:%02x:%02x:%02x:%02x", a, b, c, d))
}
