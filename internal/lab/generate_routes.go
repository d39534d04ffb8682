package lab

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// hop is a next hop that a router can reach, with the port that leads to it.
type hop struct {
	addr netip.Addr
	port *RouterPort
}

// String returns the address.
func (h hop) String() string { return h.addr.String() }

// hops returns the neighbors of a router: other routers' ports, hosts on its switches, and
// unused addresses.
func (g *generator) hops(r *Router, v6 bool) []hop {
	var all []hop
	for _, p := range r.Ports {
		var near []netip.Addr
		if p.remote != nil {
			near = append(near, p.remote.v4(), p.remote.v6())
		}
		if p.Switch != nil {
			for _, other := range p.Switch.Routers {
				if other != p {
					near = append(near, other.v4(), other.v6())
				}
			}
			for _, host := range p.Switch.vifs() {
				near = append(near, host.ips()...)
			}
			if p.Switch.V4.IsValid() {
				near = append(near, host(p.Switch.V4, 9))
			}
		}
		for _, a := range near {
			if a.IsValid() && a.Is6() == v6 {
				all = append(all, hop{a, p})
			}
		}
	}
	return all
}

// routes draws static routes: default routes, those to other routers'
// networks, ECMP, by source, through route tables, with BFD, and black holes.
func (g *generator) routes() {
	for _, r := range g.n.Routers {
		for _, v6 := range []bool{false, true} {
			hops := g.hops(r, v6)
			if len(hops) == 0 {
				continue
			}
			g.reach(r, hops, v6)
			for range g.between(0, 4) {
				g.route(r, hops, v6)
			}
		}
	}
}

// reach adds routes to a router: for networks of other routers, through their port on a
// shared network, and for others through any hop.
func (g *generator) reach(r *Router, hops []hop, v6 bool) {
	for _, other := range g.n.Routers {
		if other == r || !g.chance(.75) {
			continue
		}
		for _, h := range hops {
			if !other.owns(h.addr) {
				continue
			}
			for _, p := range other.Ports {
				for _, n := range p.Nets {
					if n.Addr().Is6() == v6 && !r.connected(n) {
						g.routeRow(r, n.Masked(), h.addr.String(), "")
					}
				}
			}
			break
		}
	}
	if g.chance(.6) {
		next := pick(g.Rand, hops...).addr
		for _, o := range g.n.Outside {
			if p := r.on(o.Switch); p != nil {
				for _, a := range o.IPs {
					if a.Is6() == v6 && p.reaches(a) {
						next = a
					}
				}
			}
		}
		g.routeRow(r, defaultRoute(v6), next.String(), "")
	}
}

func defaultRoute(v6 bool) netip.Prefix {
	if v6 {
		return netip.MustParsePrefix("::/0")
	}
	return netip.MustParsePrefix("0.0.0.0/0")
}

// owns reports whether one of the router's ports has the address.
func (r *Router) owns(a netip.Addr) bool {
	return r.hasNet(func(n netip.Prefix) bool { return n.Addr() == a })
}

// connected reports whether one of the router's ports is on the network.
func (r *Router) connected(net netip.Prefix) bool {
	return r.hasNet(func(n netip.Prefix) bool { return n.Masked() == net.Masked() })
}

// hasNet reports whether a network of one of the router's ports satisfies a condition.
func (r *Router) hasNet(fits func(netip.Prefix) bool) bool {
	return slices.ContainsFunc(r.Ports, func(p *RouterPort) bool { return slices.ContainsFunc(p.Nets, fits) })
}

// route adds one static route of a random kind.
func (g *generator) route(r *Router, hops []hop, v6 bool) {
	i := len(g.n.Remote)
	prefix := netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 150, byte(i), 0}), pick(g.Rand, 16, 24, 32))
	if v6 {
		prefix = netip.PrefixFrom(netip.MustParseAddr(fmt.Sprintf("fd50:%x::", i)), pick(g.Rand, 48, 64, 128))
	}
	prefix = prefix.Masked()
	g.n.Remote = append(g.n.Remote, host(prefix, 9), prefix.Addr())
	h := pick(g.Rand, hops...)
	switch g.IntN(8) {
	case 0, 1: // ECMP, some of it with symmetric replies
		columns := ""
		if g.chance(.4) {
			columns = option("options", "ecmp_symmetric_reply", "true")
		}
		for _, h := range some(g.Rand, hops, g.between(2, 3)) {
			g.routeRow(r, prefix, h.addr.String(), columns)
		}
	case 2:
		src := prefix
		if len(g.n.addresses(v6)) > 0 {
			src = netip.PrefixFrom(pick(g.Rand, g.n.addresses(v6)...), pick(g.Rand, 24, 32)).Masked()
		}
		g.routeRow(r, src, h.addr.String(), "policy=src-ip")
	case 3:
		g.routeRow(r, prefix, "discard", "")
	case 4:
		g.routeRow(r, prefix, h.addr.String(), "output_port="+h.port.Name)
	case 5:
		g.routeRow(r, prefix, h.addr.String(), "route_table="+pick(g.Rand, "rtb-1", "rtb-2"))
	case 6:
		if g.wire { // no peer answers the session, which disables the route
			break
		}
		session := h.port.Name + " " + h.addr.String()
		if g.sessions[session] == "" {
			g.sessions[session] = g.create("bfd", "logical_port="+h.port.Name, "dst_ip="+Quote(h.addr.String()))
			g.n.Services = append(g.n.Services, 3784)
		}
		g.routeRow(r, prefix, h.addr.String(), "bfd="+g.sessions[session])
	default:
		columns := ""
		if g.chance(.3) {
			columns = option("options", "origin", "connected")
		}
		g.routeRow(r, prefix, h.addr.String(), columns)
	}
}

// routeRow writes the row of a static route.
func (g *generator) routeRow(r *Router, prefix netip.Prefix, next, column string) {
	words := []string{"ip_prefix=" + Quote(prefix.String()), "nexthop=" + Quote(next)}
	if column != "" {
		words = append(words, column)
	}
	g.createIn("logical_router", r.Name, "static_routes", "logical_router_static_route", words...)
}

// policies draws routing policies, and static MAC bindings while at it.
func (g *generator) policies() {
	for _, r := range g.n.Routers {
		if g.chance(.35) {
			for range g.between(1, 4) {
				g.policy(r)
			}
		}
		hops := append(g.hops(r, false), g.hops(r, true)...)
		if len(hops) > 0 && g.chance(.2) && !g.wire {
			h := pick(g.Rand, hops...)
			words := []string{
				"create", "static_mac_binding", "logical_port=" + h.port.Name, "ip=" + Quote(h.addr.String()),
				"mac=" + Quote("00:00:00:00:5b:01"),
			}
			if g.chance(.5) {
				words = append(words, "override_dynamic_mac=true")
			}
			g.north.Add(words...)
		}
	}
}

// policy adds one routing policy, with further columns.
func (g *generator) policy(r *Router, columns ...string) {
	text := g.layer3(pick(g.Rand, "src", "src", "dst"))
	if g.chance(.4) {
		text += " && " + g.transport()
	}
	if len(r.Ports) > 0 && g.chance(.3) {
		text = fmt.Sprintf("inport == %s && %s", Quote(pick(g.Rand, r.Ports...).Name), text)
	}
	action := pick(g.Rand, "allow", "drop", "reroute", "reroute", "reroute")
	words := []string{fmt.Sprintf("priority=%d", g.between(1, 30)*10), "match=" + Quote(text)}
	if action == "reroute" {
		hops := g.hops(r, strings.Contains(text, "ip6") && !strings.Contains(text, "ip4"))
		if len(hops) == 0 {
			action = "allow"
		} else if chosen := some(g.Rand, hops, pick(g.Rand, 1, 1, 2, 3)); g.chance(.3) && len(chosen) == 1 {
			words = append(words, "nexthop="+Quote(chosen[0].addr.String()))
		} else {
			words = append(words, setOf("nexthops", texts(chosen)))
		}
	}
	words = append(words, "action="+action)
	if action != "drop" && g.chance(.25) {
		words = append(words, option("options", "pkt_mark", g.between(1, 1000)))
	}
	g.createIn("logical_router", r.Name, "policies", "logical_router_policy", append(words, columns...)...)
}
