package lab

import (
	"fmt"
	"net/netip"
)

// topology generates switches and routers with their connections: tenant switches behind
// routers, a public switch with a localnet port, a join switch and links from router to
// router.
func (g *generator) topology() {
	routers := pick(g.Rand, 0, 1, 1, 1, 1, 2, 2, 2, 3)
	for i := range routers {
		g.router(i)
	}
	for range g.between(1, 3) {
		s := g.newSwitch("sw", fmt.Sprintf("10.%d.0.0", 10+len(g.n.Switches)), pick(g.Rand, 24, 24, 24, 28, 16))
		reach := g.n.Routers
		if len(reach) > 0 {
			reach = some(g.Rand, reach, pick(g.Rand, 0, 1, 1, 1, 1, 1, 1, 2))
		}
		for _, r := range reach {
			g.connect(r, s)
		}
	}
	if routers > 0 && g.chance(.7) {
		g.public()
	}
	if routers > 1 && g.chance(.4) {
		s := g.newSwitch("join", "100.64.0.0", 16)
		for _, r := range g.n.Routers {
			g.connect(r, s)
		}
	}
	for i := 1; i < routers; i++ {
		if g.chance(.35) {
			g.peer(g.n.Routers[i-1], g.n.Routers[i])
		}
	}
}

// newSwitch adds a switch with an IPv4 subnet, an IPv6 one, or both.
func (g *generator) newSwitch(kind, base string, bits int) *Switch {
	i := len(g.n.Switches)
	s := &Switch{Name: fmt.Sprintf("%s%d", kind, i), index: i, hosts: 10}
	if g.chance(.15) {
		s.Name = "neutron-" + g.uuid()
		s.Alias = fmt.Sprintf("net-%s-%d", kind, i)
	}
	if !g.chance(.08) {
		s.V4 = netip.PrefixFrom(netip.MustParseAddr(base), bits)
	}
	if g.chance(.65) || !s.V4.IsValid() {
		s.V6 = netip.MustParsePrefix(fmt.Sprintf("fd%02x::/64", 0x10+i))
	}
	g.n.Switches = append(g.n.Switches, s)
	g.do("ls-add %s", s.Name)
	if s.Alias != "" {
		g.set("logical_switch", s.Name, option("external_ids", "neutron:network_name", s.Alias))
	}
	set := g.setter("logical_switch", s.Name, "other_config")
	set(.06, "vlan-passthru", "true")
	set(.06, "requested-tnl-key", 100+i)
	if g.chance(.07) && !g.wire {
		g.set("logical_switch", s.Name, option("other_config", "interconn-ts", s.Name))
		s.transit = true
	}
	return s
}

// router adds a router: distributed, or bound to a chassis as a gateway.
func (g *generator) router(i int) {
	r := &Router{Name: fmt.Sprintf("lr%d", i), index: i, Gateway: g.chance(.3)}
	if g.chance(.12) {
		r.Name = "neutron-" + g.uuid()
		r.Alias = fmt.Sprintf("router-%d", i)
	}
	g.n.Routers = append(g.n.Routers, r)
	g.do("lr-add %s", r.Name)
	if r.Alias != "" {
		g.set("logical_router", r.Name, option("external_ids", "neutron:router_name", r.Alias))
	}
	set := g.setter("logical_router", r.Name, "options")
	if r.Gateway {
		set(1, "chassis", g.host())
	}
	set(.3, "dynamic_neigh_routers", "true")
	set(.3, "always_learn_from_arp_request", "false")
	set(.15, "snat-ct-zone", 7)
	set(.06, "requested-tnl-key", 200+i)
	if !g.wire {
		set(.15, "mac_binding_age_threshold", 60)
	}
	set(.3, "mcast_relay", "true")
	if g.chance(.03) {
		g.set("logical_router", r.Name, "enabled=false")
	}
}

// connect connects a router to a switch by a port.
func (g *generator) connect(r *Router, s *Switch) *RouterPort {
	p := r.attach(&RouterPort{
		Name:   fmt.Sprintf("lrp-%d-%d", r.index, s.index),
		MAC:    fmt.Sprintf("00:00:00:%02x:%02x:01", 0x10+r.index, s.index),
		Nets:   g.gatewayNets(r, s),
		Switch: s,
	})
	g.addRouterPort(p, "")
	lsp := p.peerName()
	g.do("lsp-add %s %s", s.Name, lsp)
	g.set("logical_switch_port", lsp, "type=router", option("options", "router-port", p.Name))
	switch {
	case g.chance(.8):
		g.set("logical_switch_port", lsp, "addresses=router")
	case g.chance(.5):
		g.set("logical_switch_port", lsp, "addresses="+Quote(p.MAC))
	default:
		g.set("logical_switch_port", lsp, "addresses="+Quote(fmt.Sprintf("%s %s", p.MAC, p.Nets[0].Addr())))
	}
	set := g.setter("logical_switch_port", lsp, "options")
	if r.Gateway || s.Name == "public" {
		set(.5, "nat-addresses", "router")
		set(.2, "exclude-lb-vips-from-garp", "true")
	}
	if s.V4.IsValid() {
		set(.12, "arp_proxy", fmt.Sprintf("%s 169.254.239.254", host(s.V4, 200)))
	} else {
		set(.12, "arp_proxy", "169.254.239.254 fe80::a1 fd7b:6b4d::1")
	}
	set(.1, "mcast_flood", "true")
	set(.1, "mcast_flood_reports", "true")
	return p
}

// gatewayNets returns the networks of a router's port on a switch, sometimes two of one
// family.
func (g *generator) gatewayNets(r *Router, s *Switch) []netip.Prefix {
	var nets []netip.Prefix
	if s.V4.IsValid() {
		nets = append(nets, netip.PrefixFrom(host(s.V4, 1+r.index), s.V4.Bits()))
		if g.chance(.12) {
			nets = append(nets, netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 200, byte(s.index), byte(1 + r.index)}), 24))
		}
	}
	if s.V6.IsValid() {
		nets = append(nets, netip.PrefixFrom(host(s.V6, 1+r.index), 64))
		if g.chance(.1) {
			nets = append(nets, netip.MustParsePrefix(fmt.Sprintf("fdcc:%x::%x/64", s.index, 1+r.index)))
		}
	}
	return nets
}

// addRouterPort writes the row of a router port with its options.
func (g *generator) addRouterPort(p *RouterPort, peer string) {
	words := append([]string{"lrp-add", p.Router.Name, p.Name, p.MAC}, texts(p.Nets)...)
	if peer != "" {
		words = append(words, "peer="+peer)
	}
	g.north.Add(words...)
	set := g.setter("logical_router_port", p.Name, "options")
	set(.15, "gateway_mtu", 1500)
	if g.chance(.1) {
		set(1, "gateway_mtu", 1400)
		set(.7, "gateway_mtu_bypass", pick(g.Rand, "icmp4", "tcp", "ip4 && udp.dst == 53"))
	}
	set(.1, "mcast_flood", "true")
	set(.12, "route_table", pick(g.Rand, "rtb-1", "rtb-2"))
	set(.05, "requested-tnl-key", 50+p.Router.index)
	if p.v6().IsValid() {
		g.advertise(p)
		if g.chance(.08) && !g.wire {
			set(1, "prefix_delegation", "true")
			set(.5, "prefix", "true")
		}
	}
	if g.chance(.03) {
		g.set("logical_router_port", p.Name, "enabled=false")
	}
}

// advertise draws a router port's IPv6 router advertisements.
func (g *generator) advertise(p *RouterPort) {
	if !g.chance(.6) {
		return
	}
	set := g.setter("logical_router_port", p.Name, "ipv6_ra_configs")
	p.Advertises = true
	set(1, "address_mode", pick(g.Rand, "slaac", "dhcpv6_stateful", "dhcpv6_stateless"))
	set(.5, "mtu", 1442)
	set(.3, "send_periodic", "true")
	set(.3, "rdnss", "fd00::53")
	set(.3, "dnssl", "example.org,example.net")
	set(.3, "route_info", pick(g.Rand, "HIGH-fd33::/64", "LOW-fd34::/48,MEDIUM-fd35::/64"))
	set(.4, "router_preference", pick(g.Rand, "LOW", "MEDIUM", "HIGH"))
}

// public adds the switch to the physical network and connects routers to it.
func (g *generator) public() {
	s := g.newSwitch("public", "172.24.5.0", 24)
	for _, r := range g.n.Routers {
		if !g.chance(.85) {
			continue
		}
		p := g.connect(r, s)
		if r.Gateway || !g.chance(.85) {
			continue
		}
		p.Distributed = true
		g.gatewayPort(p)
		if g.wire && g.chance(.2) {
			if second := pick(g.Rand, r.Ports...); second != p && second.Switch != nil {
				second.Distributed = true
				g.gatewayPort(second)
			}
		}
	}
}

// gatewayPort makes a router port a distributed gateway port.
func (g *generator) gatewayPort(p *RouterPort) {
	if g.chance(.6) {
		for i, h := range some(g.Rand, g.hosts, g.between(1, len(g.hosts))) {
			g.do("lrp-set-gateway-chassis %s %s %d", p.Name, h, 30-10*i)
		}
	} else {
		g.set("logical_router_port", p.Name, "ha_chassis_group="+g.failover("grp-"+p.Name))
	}
	g.setter("logical_router_port", p.Name, "options")(.25, "redirect-type", pick(g.Rand, "overlay", "bridged"))
	for _, other := range p.Router.Ports {
		if other != p {
			g.setter("logical_router_port", other.Name, "options")(.25, "reside-on-redirect-chassis", "true")
		}
	}
}

// failover adds a group of chassis and returns a reference to its row.
func (g *generator) failover(name string) string {
	id := g.row()
	var members []string
	for i, h := range g.hosts {
		members = append(members, g.create("ha_chassis", "chassis_name="+h, fmt.Sprintf("priority=%d", 30-10*i)))
	}
	g.do("--id=%s create ha_chassis_group name=%s ha_chassis=[%s]", id, name, join(members, ","))
	return id
}

// peer connects two routers without a switch between them.
func (g *generator) peer(a, b *Router) {
	if a.Gateway && b.Gateway {
		return // routers on different chassis could not communicate
	}
	end := func(r, other *Router, side int) *RouterPort {
		p := &RouterPort{
			Name: fmt.Sprintf("lrp-%d-peer-%d", r.index, other.index),
			MAC:  fmt.Sprintf("00:00:00:%02x:fe:%02x", 0x10+r.index, other.index),
			Nets: []netip.Prefix{netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 77, byte(a.index), byte(side)}), 30)},
		}
		if side == 1 && g.with("peer6", .5) || side == 2 && g.features["peer6"] {
			p.Nets = append(p.Nets, netip.MustParsePrefix(fmt.Sprintf("fd77:%x::%x/64", a.index, side)))
		}
		return r.attach(p)
	}
	one, two := end(a, b, 1), end(b, a, 2)
	one.remote, two.remote = two, one
	g.addRouterPort(one, two.Name)
	g.addRouterPort(two, one.Name)
}

// host returns the n-th address of a prefix.
func host(p netip.Prefix, n int) netip.Addr {
	bytes := p.Masked().Addr().AsSlice()
	bytes[len(bytes)-1] = byte(int(bytes[len(bytes)-1]) + n)
	if n > 255 {
		bytes[len(bytes)-2] += byte(n >> 8)
	}
	a, _ := netip.AddrFromSlice(bytes)
	return a
}
