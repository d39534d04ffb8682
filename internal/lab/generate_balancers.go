package lab

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// balancers draws load balancers and puts them on switches and routers, singly
// or as a group.
func (g *generator) balancers() {
	if !g.with("load balancers", .65) {
		return
	}
	for i := range g.between(1, 5) {
		g.balancer(i)
	}
	// A load balancer is either attached directly or in a group: the northd of 23.03
	// crashes if it is both.
	single, grouped := g.balanced, ""
	if g.chance(.3) {
		split := g.between(1, min(2, len(single)))
		grouped = g.create("load_balancer_group", "name=lbg", "load_balancer=["+join(single[:split], ",")+"]")
		single = single[split:]
	}
	put := func(table, owner string, group bool) {
		for _, id := range some(g.Rand, single, g.between(0, len(single))) {
			g.do("add %s %s load_balancer %s", table, owner, id)
		}
		if grouped != "" && group && g.chance(.6) {
			g.do("add %s %s load_balancer_group %s", table, owner, grouped)
		}
	}
	for _, s := range g.n.Switches {
		if g.chance(.8) {
			put("logical_switch", s.Name, true)
		}
	}
	for _, r := range g.n.Routers {
		if g.chance(.75) {
			// It also crashes if a switch has a group itself and through its router.
			put("logical_router", r.Name, !g.features["load balancers of routers on switches"])
			g.forceSNAT(r)
		}
	}
}

// balancer adds one load balancer with one to three virtual addresses.
func (g *generator) balancer(i int) {
	v6 := g.chance(.3) && len(g.n.addresses(true)) > 0
	protocol := pick(g.Rand, "tcp", "tcp", "tcp", "udp", "udp", "sctp")
	ported := !g.chance(.2)
	words := []string{fmt.Sprintf("name=lb%d", i)}
	if ported {
		words = append(words, "protocol="+protocol)
	}
	var addr netip.Addr
	var checked []string
	for j := range g.between(1, 3) {
		if j == 0 || g.chance(.5) { // else another port of the same address
			addr = g.vipAddress(v6, i, j)
		}
		port := uint16(0)
		if ported {
			port = pick(g.Rand, uint16(53), 80, 443, 8080) + uint16(j)
		}
		backends := g.backends(v6, ported)
		key := addr.String()
		if ported {
			key = fmt.Sprintf("%s:%d", bracketed(addr), port)
		}
		words = append(words, option("vips", key, strings.Join(backends, ",")))
		g.n.VIPs = append(g.n.VIPs, VIP{Addr: addr, Port: port, Protocol: protocol, Backends: backends})
		if ported && len(backends) > 0 && g.chance(.15) && !g.wire {
			checked = append(checked, key)
		}
	}
	add := g.adder(&words)
	add(.25, "reject", "true")
	add(.2, "event", "true")
	switch {
	case g.chance(.15):
		add(1, "skip_snat", "true")
	case g.chance(.2):
		add(1, "hairpin_snat_ip", pick(g.Rand, "42.42.42.42", "42.42.42.42 fd42::42"))
	}
	if ported {
		add(.25, "affinity_timeout", 60)
	}
	add(.15, "add_route", "true")
	add(.25, "neighbor_responder", pick(g.Rand, "all", "reachable", "none"))
	if g.chance(.2) {
		words = append(words, "selection_fields="+pick(g.Rand, "ip_src,ip_dst", "eth_src,ip_dst,tp_dst"))
	}
	g.balanced = append(g.balanced, g.create("load_balancer", words...))
	for _, key := range checked {
		g.healthCheck(fmt.Sprintf("lb%d", i), key)
	}
}

// vipAddress generates an address for a VIP of its own, and sometimes one of a switch's
// subnet or of a router port.
func (g *generator) vipAddress(v6 bool, i, j int) netip.Addr {
	n := i*4 + j
	if len(g.n.Externals) > 0 && g.chance(.3) {
		if a := pick(g.Rand, g.n.Externals...); a.Is6() == v6 {
			return a
		}
	}
	s := pick(g.Rand, g.n.Switches...)
	switch {
	case g.chance(.1) && len(g.n.Routers) > 0:
		if ports := pick(g.Rand, g.n.Routers...).Ports; len(ports) > 0 {
			if a := pick(g.Rand, ports...).ip(v6); a.IsValid() {
				return a
			}
		}
	case g.chance(.35) && !v6 && s.V4.IsValid() && s.V4.Bits() <= 24:
		return host(s.V4, 150+n)
	case g.chance(.35) && v6 && s.V6.IsValid():
		return host(s.V6, 150+n)
	}
	if v6 {
		return netip.MustParseAddr(fmt.Sprintf("fd96::%x", 0x10+n))
	}
	return netip.AddrFrom4([4]byte{10, 96, 0, byte(10 + n)})
}

// backends generates zero to three backends, which need not exist.
func (g *generator) backends(v6, ported bool) []string {
	pool := g.n.addresses(v6)
	var all []string
	for range pick(g.Rand, 0, 1, 1, 2, 2, 2, 3) {
		a := netip.MustParseAddr("192.0.2.200")
		if v6 {
			a = netip.MustParseAddr("2001:db8::200")
		}
		if len(pool) > 0 && !g.chance(.05) {
			a = pick(g.Rand, pool...)
		}
		text := a.String()
		if ported {
			text = fmt.Sprintf("%s:%d", bracketed(a), pick(g.Rand, 80, 8080, 5353))
		}
		if !slices.Contains(all, text) {
			all = append(all, text)
		}
	}
	return all
}

// healthCheck adds a health check of one VIP's backends, from an address of their switch.
func (g *generator) healthCheck(name, key string) {
	g.n.MACs = append(g.n.MACs, "12:34:56:78:9a:bc")
	g.createIn("load_balancer", name, "health_check", "load_balancer_health_check", "vip="+Quote(key), option("options", "interval", 5))
	for _, s := range g.n.Switches {
		for _, p := range s.vifs() {
			for _, a := range p.ips() {
				if s.V4.IsValid() {
					g.n.Remote = append(g.n.Remote, host(s.V4, 250))
				}
				if !a.Is4() || !s.V4.IsValid() {
					continue
				}
				g.set("load_balancer", name, option("ip_port_mappings", a.String(), p.Name+":"+host(s.V4, 250).String()))
				if g.chance(.3) {
					g.n.ChassisRows.Offline = append(g.n.ChassisRows.Offline, a.String())
				}
			}
		}
	}
}

// forceSNAT sets a router's options that translate the source of translated traffic.
func (g *generator) forceSNAT(r *Router) {
	if !r.Gateway && !g.chance(.1) {
		return
	}
	for _, key := range []string{"lb_force_snat_ip", "dnat_force_snat_ip"} {
		if !g.chance(.35) || len(r.Ports) == 0 {
			continue
		}
		p := pick(g.Rand, r.Ports...)
		var ips []string
		for _, v6 := range []bool{false, true} {
			if a := p.ip(v6); a.IsValid() {
				ips = append(ips, a.String())
			}
		}
		value := strings.Join(ips, " ")
		if key == "lb_force_snat_ip" && g.chance(.4) {
			value = "router_ip"
		}
		g.set("logical_router", r.Name, option("options", key, value))
	}
}
