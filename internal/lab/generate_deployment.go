package lab

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
)

// deployment draws what real chassis are configured with, and features that depend on where
// networks end. It is drawn last, so that the rest of a network does not depend on it.
func (g *generator) deployment() {
	g.tunnels()
	if g.chance(.25) {
		for i := range g.n.Hosts {
			if g.chance(.85) {
				g.hostSetting(i, "ovn-chassis-mac-mappings", fmt.Sprintf("%s:aa:bb:cc:00:00:%02x", DefaultPhysical, i+1))
			}
		}
	}
	for _, r := range g.n.Routers {
		if g.chance(.25) {
			g.routingDaemon(r)
		}
		if g.chance(.3) {
			g.foreignHops(r)
		}
		if gateways := r.gateways(); len(gateways) > 0 && g.chance(.3) {
			g.floatingElsewhere(r, pick(g.Rand, gateways...))
		}
		if g.chance(.3) {
			g.linkLocals(r)
		}
	}
	for _, s := range g.n.Switches {
		for _, p := range s.Ports {
			if p.Type == "localnet" && p.VLAN != 0 {
				g.setter("logical_switch_port", p.Name, "options")(.2, "ethtype", "802.1ad")
			}
		}
	}
	for _, r := range g.n.Routers {
		g.setter("logical_router", r.Name, "options")(.08, "disable_garp_rarp", "true")
	}
}

// hostSetting adds a setting of a chassis.
func (g *generator) hostSetting(i int, key, value string) {
	h := &g.n.Hosts[i]
	h.Settings = append(h.Settings, key+"="+value)
}

// tunnels draws types of tunnels other than Geneve, and transport zones.
func (g *generator) tunnels() {
	var types []string
	switch n := g.IntN(10); {
	case n == 0:
		types = []string{"vxlan"}
	case n == 1:
		types = []string{"geneve", "vxlan", "geneve,vxlan", "geneve,vxlan"}
	}
	zoned := g.chance(.08)
	for i := range g.n.Hosts {
		if types != nil {
			g.hostSetting(i, "ovn-encap-type", pick(g.Rand, types...))
		}
		if zoned && g.chance(.8) {
			g.hostSetting(i, "ovn-transport-zones", pick(g.Rand, "one", "one,two", "two"))
		}
	}
}

// routingDaemon has a router's port send packets of routing protocols to a VIF of its switch.
func (g *generator) routingDaemon(r *Router) {
	var near []*RouterPort
	for _, p := range r.Ports {
		if p.Switch != nil && len(p.Switch.vifs()) > 0 {
			near = append(near, p)
		}
	}
	if len(near) == 0 {
		return
	}
	p := pick(g.Rand, near...)
	g.set("logical_router_port", p.Name, option("options", "routing-protocol-redirect", pick(g.Rand, p.Switch.vifs()...).Name),
		option("options", "routing-protocols", pick(g.Rand, "BGP", "BFD", "BGP,BFD")))
	g.n.Services = append(g.n.Services, 179, 3784)
}

// foreignHops adds routes of one family whose next hops are of the other.
func (g *generator) foreignHops(r *Router) {
	hops := g.hops(r, true)
	for i := range g.between(1, 2) {
		if len(hops) == 0 {
			return
		}
		prefix := netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 151, byte(10*r.index + i), 0}), 24)
		h := pick(g.Rand, hops...)
		g.routeRow(r, prefix, h.addr.String(), "output_port="+h.port.Name)
		g.n.Remote = append(g.n.Remote, host(prefix, 9))
	}
}

// floatingElsewhere adds NAT rules with addresses that are not in the network of a gateway port.
func (g *generator) floatingElsewhere(r *Router, gateway *RouterPort) {
	beyond := *gateway
	beyond.Nets = []netip.Prefix{netip.MustParsePrefix("10.240.0.1/24"), netip.MustParsePrefix("fdf0::1/64")}
	for i := range g.between(1, 2) {
		g.nat(r, &beyond, 6+i)
	}
}

// linkLocals has packets sent to the link-local addresses of a router.
func (g *generator) linkLocals(r *Router) {
	for _, p := range r.Ports {
		mac, err := net.ParseMAC(p.MAC)
		if err != nil || !p.v6().IsValid() {
			continue
		}
		a := netip.AddrFrom16([16]byte{0xfe, 0x80, 8: mac[0] ^ 2, 9: mac[1], 10: mac[2], 11: 0xff, 12: 0xfe, 13: mac[3], 14: mac[4], 15: mac[5]})
		if !slices.Contains(g.n.Externals, a) {
			g.n.Externals = append(g.n.Externals, a)
		}
	}
}
