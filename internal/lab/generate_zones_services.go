package lab

import (
	"fmt"
	"net/netip"
	"strings"
)

// regions generates routers joined by a transit switch, as ovn-ic(8) joins regions. Each
// router is distributed with a gateway port, or on one chassis. If real is true, ovn-ic
// makes the switch, its remote ports and the routes.
func (x *interconnect) regions(real bool) {
	n := x.newNetwork()
	ts := fmt.Sprintf("%sts%d", n.prefix, n.index)
	key, distributed, pods, secure := x.key(), x.chance(.7), x.between(1, 2), x.chance(.5)
	transit := &Switch{Name: ts}
	crossing := func(z int) []netip.Prefix { return n.prefixes("169.254.%d.%d/24", "fd97:%x::%x/64", 100+n.index, z) }
	crossingMAC := func(z int) string { return mac(0xaa, n.index, 0, z) }
	lsp := func(z int) string { return fmt.Sprintf("%sts%d-lr%d", n.prefix, n.index, z) }
	x.each(func(z int, g *generator) {
		var options []string
		if !distributed {
			options = []string{option("options", "chassis", g.gateway())}
		}
		r := g.newRouterIn(fmt.Sprintf("%slr%d", n.prefix, z), options...)
		r.Gateway = !distributed
		s := g.newSwitchIn(&Switch{Name: fmt.Sprintf("%ssw%d", n.prefix, z), index: z})
		n.switches, n.routers = append(n.switches, s), append(n.routers, r)
		g.link(s, s.Name+"-lr", r, r.Name+"-sw", mac(20+n.index, z, 0, 1), n.subnet(z), 0)
		for i := range pods {
			a := Addr{MAC: mac(20+n.index, z, 0, 3+i), IPs: hosts(n.subnet(z), 3+i)}
			n.pods[z-1] = append(n.pods[z-1], g.pod(s, fmt.Sprintf("%svm%d-%d", n.prefix, z, i), a, g.host(), secure, 0))
		}
		before := g.north
		if real {
			g.north = g.n.Joined
			g.n.Transit = append(g.n.Transit, ts)
			g.n.Switches = append(g.n.Switches, transit)
		} else {
			g.newSwitchIn(transit, option("other_config", "interconn-ts", ts), option("other_config", "requested-tnl-key", key))
		}
		portKey := z
		if real {
			portKey = 0
		}
		p := g.link(transit, lsp(z), r, r.Name+"-ts", crossingMAC(z), crossing(z), portKey)
		if distributed {
			g.do("lrp-set-gateway-chassis %s %s 20", p.Name, g.gateway())
		}
		if real {
			g.n.Joined, g.north = g.north, before
			g.set("nb_global", ".", fmt.Sprintf("name=az%d", z), option("options", "ic-route-adv", "true"), option("options", "ic-route-learn", "true"))
			return
		}
		for m, other := range x.others(z) {
			address := Addr{MAC: crossingMAC(m), IPs: ipsOf(crossing(m))}.String()
			if x.chance(.3) {
				address = "unknown"
			}
			g.remote(transit, lsp(m), address, other.gateway(), m)
			for _, net := range n.subnet(m) {
				g.do("lr-route-add %s %s %s", r.Name, net.Masked(), addressOf(crossing(m), net.Addr()))
			}
		}
	})
}

// connect joins two networks by a router of all zones. It has a port to each network's
// router in each zone; those in other zones are remote.
func (x *interconnect) connect() {
	var able []*zonedNetwork
	for _, n := range x.nets {
		if len(n.routers) > 0 && len(n.joined) > 0 && n.v4 {
			able = append(able, n)
		}
	}
	if len(able) < 2 || !x.chance(.7) {
		return
	}
	key, name := x.key(), "connect_router"
	ends := func(n *zonedNetwork, z, end int) []netip.Prefix {
		return []netip.Prefix{netip.MustParsePrefix(fmt.Sprintf("192.168.%d.%d/31", n.index, 2*z+end))}
	}
	portKey := func(n *zonedNetwork, z int) int { return 256*(n.index+1) + z }
	x.each(func(z int, g *generator) {
		cr := g.newRouterIn(name, option("options", "requested-tnl-key", key))
		for _, n := range able {
			for m, other := range x.zones {
				m++
				near, far := fmt.Sprintf("crtor-%snode%d", n.prefix, m), fmt.Sprintf("%srtocr-node%d", n.prefix, m)
				nearMAC := mac(0xc0, n.index, m, 0)
				if m == z {
					g.peers(cr, near, nearMAC, ends(n, m, 0), n.joined[z-1], far, mac(0xc0, n.index, m, 1), ends(n, m, 1))
				} else {
					g.north.Add(append([]string{"lrp-add", cr.Name, near, nearMAC}, texts(ends(n, m, 0))...)...)
					g.set("logical_router_port", near, option("options", "requested-chassis", other.gateway()))
				}
				g.set("logical_router_port", near, option("options", "requested-tnl-key", portKey(n, m)))
				g.do("lr-route-add %s 10.%d.%d.0/24 %s %s", cr.Name, 20+n.index, m, ends(n, m, 1)[0].Addr(), near)
			}
			for _, other := range able {
				if other != n {
					g.north.Add("lr-policy-add", n.joined[z-1].Name, "9001", fmt.Sprintf("inport == %s && ip4.dst == 10.%d.0.0/16", Quote("rtos-"+n.switches[z-1].Name), 20+other.index), "reroute", ends(n, z, 0)[0].Addr().String())
				}
			}
		}
	})
}

// services draws load balancers with backends in all zones, the same in each.
func (x *interconnect) services() {
	for _, n := range x.nets {
		for i := range x.between(0, 3) {
			x.service(n, i)
		}
	}
}

func (x *interconnect) service(n *zonedNetwork, i int) {
	protocol, port := pick(x.Rand, "tcp", "tcp", "udp"), pick(x.Rand, uint16(53), 80, 443)
	var pods []*Port
	for _, of := range n.pods {
		pods = append(pods, of...)
	}
	for _, v6 := range []bool{false, true} {
		if v6 && !n.v6 || !v6 && !n.v4 {
			continue
		}
		var backends []string
		for _, p := range some(x.Rand, pods, x.between(0, 3)) {
			for _, ip := range p.ips() {
				if ip.Is6() == v6 {
					backends = append(backends, fmt.Sprintf("%s:%d", bracketed(ip), 8080))
				}
			}
		}
		addr := netip.AddrFrom4([4]byte{10, 96, byte(n.index), byte(10 + i)})
		if v6 {
			addr = netip.MustParseAddr(fmt.Sprintf("fd96::%x:%x", n.index, 10+i))
		}
		vip := fmt.Sprintf("%s:%d", bracketed(addr), port)
		words := []string{fmt.Sprintf("name=svc-%s%d-%v", n.prefix, i, v6), "protocol=" + protocol, option("vips", vip, strings.Join(backends, ","))}
		add := x.zones[0].adder(&words)
		add(.5, "reject", "true")
		add(.3, "skip_snat", "true")
		add(.5, "hairpin_snat_ip", "169.254.0.5 fd69::5")
		add(.5, "neighbor_responder", "none")
		routers := x.chance(.7)
		x.each(func(z int, g *generator) {
			id := g.create("load_balancer", words...)
			g.do("add logical_switch %s load_balancer %s", n.switches[z-1].Name, id)
			if len(n.gateways) > 0 && routers {
				g.do("add logical_router %s load_balancer %s", n.gateways[z-1].Name, id)
			}
		})
		x.zones[0].n.VIPs = append(x.zones[0].n.VIPs, VIP{Addr: addr, Port: port, Protocol: protocol, Backends: backends})
		if !v6 && len(n.gateways) > 0 && len(backends) > 0 && x.chance(.4) {
			x.nodePort(n, i, protocol, backends)
		}
	}
}

// nodePort generates a service at a port of every gateway router's address, which each zone
// writes as a template.
func (x *interconnect) nodePort(n *zonedNetwork, i int, protocol string, backends []string) {
	port := 30080 + i
	x.each(func(z int, g *generator) {
		own := n.gateways[z-1].external().v4()
		id, node, ends := g.row(), fmt.Sprintf("NODEIP_%d_%d", n.index, i), fmt.Sprintf("ENDPOINTS_%d_%d", n.index, i)
		local := some(x.Rand, backends, x.between(1, len(backends)))
		for _, h := range g.hosts {
			g.north.Add("create", "chassis_template_var", "chassis="+Quote(h), option("variables", node, own), option("variables", ends, strings.Join(local, ",")))
		}
		g.north.Add("--id="+id, "create", "load_balancer", fmt.Sprintf("name=nodeport-%s%d", n.prefix, i), "protocol="+protocol,
			option("vips", fmt.Sprintf("^%s:%d", node, port), "^"+ends), option("options", "template", "true"), option("options", "address-family", "ipv4"))
		g.do("add logical_router %s load_balancer %s", n.gateways[z-1].Name, id)
		g.do("add logical_switch %s load_balancer %s", n.switches[z-1].Name, id)
		x.zones[0].n.VIPs = append(x.zones[0].n.VIPs, VIP{Addr: own, Port: uint16(port), Protocol: protocol, Backends: local})
	})
}

// policies draws ACLs over address sets that hold the addresses of pods in all
// zones, for groups of the ports of each.
func (x *interconnect) policies() {
	for _, n := range x.nets {
		if !x.chance(.6) {
			continue
		}
		family := "ip4"
		if !n.v4 {
			family = "ip6"
		}
		set, group := fmt.Sprintf("as_%d", n.index), fmt.Sprintf("pg_%d", n.index)
		var members []string
		isolated := [][]*Port{}
		for _, pods := range n.pods {
			for _, p := range pods {
				for _, ip := range p.ips() {
					if ip.Is4() == n.v4 && x.chance(.6) {
						members = append(members, ip.String())
					}
				}
			}
			isolated = append(isolated, some(x.Rand, pods, x.between(0, len(pods))))
		}
		egress, action := x.chance(.3), pick(x.Rand, "drop", "drop", "reject")
		allow := pick(x.Rand, "allow-related", "allow-related", "allow-related", "allow", "allow-stateless")
		ports := pick(x.Rand, "tcp.dst == {22, 443, 8080}", "tcp || udp.dst == 53", "icmp || tcp.dst == 8080", "ip")
		x.each(func(z int, g *generator) {
			words := []string{"create", "address_set", "name=" + set}
			if len(members) > 0 {
				words = append(words, setOf("addresses", members))
			}
			g.north.Add(words...)
			g.do("pg-add %s", group)
			if len(isolated[z-1]) > 0 {
				g.do("pg-set-ports %s %s", group, strings.Join(names(isolated[z-1]), " "))
			}
			g.north.Add("acl-add", group, "to-lport", "1000", fmt.Sprintf("outport == @%s && %s", group, family), action)
			g.north.Add("acl-add", group, "to-lport", "1001", fmt.Sprintf("outport == @%s && %s.src == $%s && (%s)", group, family, set, ports), allow)
			if egress {
				g.north.Add("--apply-after-lb", "acl-add", group, "from-lport", "1000", fmt.Sprintf("inport == @%s && %s", group, family), action)
				g.north.Add("--apply-after-lb", "acl-add", group, "from-lport", "1001", fmt.Sprintf("inport == @%s && %s.dst == $%s", group, family, set), allow)
			}
		})
		x.zones[0].n.Services = append(x.zones[0].n.Services, 22, 443, 8080, 53)
	}
}

func names(ports []*Port) (all []string) {
	for _, p := range ports {
		all = append(all, p.Name)
	}
	return all
}
